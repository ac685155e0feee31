// SPDX-License-Identifier: Apache-2.0
/** A reader who puts mail into Junk, or takes it out again, says what it is. */
import { basename } from 'node:path'
import type { Contents } from './content.ts'
import type { Folder } from './folder.ts'
import { canonicalName, folderPath, specialUseOf } from './folder-name.ts'
import type { Transfer } from './transfer.ts'

export interface Judgement {
  readonly account: string
  readonly spam: boolean
  /** The message as it lies in the mailbox; null when it is gone already. */
  bytes(): Promise<Buffer | null>
}

const junkDirectory = basename(folderPath('/', 'Junk'))

/** What a transfer says of a message; null is nothing. Mail thrown away from Junk is no less junk. */
export function judgementOf(source: Folder, target: string): boolean | null {
  const wasJunk = basename(source.directory) === junkDirectory
  const use = specialUseOf(canonicalName(target))
  if (use === '\\Junk') return wasJunk ? null : true
  return wasJunk && use !== '\\Trash' ? false : null
}

/** One judgement for each message of a transfer. */
export function judgements(
  account: string,
  spam: boolean,
  done: Transfer,
  into: Folder,
  contents: Contents,
): Judgement[] {
  return done.pairs.map(([, uid]) => ({ account, spam, bytes: () => contents.bytes(into, uid) }))
}
