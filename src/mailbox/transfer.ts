// SPDX-License-Identifier: Apache-2.0
/**
 * COPY and MOVE between folders of one file system. A copy is a hard link: message files never change, so two names
 * may share the bytes. A crash in the middle leaves some messages copied (or moved, each of them whole), none lost.
 */
import { copyFile, link, rename, stat, unlink, utimes } from 'node:fs/promises'
import { join } from 'node:path'
import type { Deposit } from './deposit.ts'
import { printFileName } from './file-name.ts'
import type { Folder } from './folder.ts'
import type { Adoption } from './stored-message.ts'

export interface Transfer {
  /** Source UID and UID in the target, in the order of the source. */
  readonly pairs: readonly (readonly [from: number, to: number])[]
  readonly uidValidity: number
}

async function linkOrCopy(from: string, to: string): Promise<void> {
  try {
    await link(from, to)
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code
    if (code !== 'EMLINK' && code !== 'EXDEV' && code !== 'EPERM') throw cause
    await copyFile(from, to)
    const { atime, mtime } = await stat(from)
    await utimes(to, atime, mtime)
  }
}

/** Messages that are gone are passed over. Durable when it resolves; when it throws, a copy has left nothing. */
export async function transfer(
  kind: 'copy' | 'move',
  source: Folder,
  uids: readonly number[],
  target: Folder,
  deposit: Deposit,
): Promise<Transfer> {
  const done: { from: number; adoption: Adoption; path: string }[] = []
  try {
    for (const from of uids) {
      const message = source.message(from)
      if (message === undefined) continue
      const base = deposit.newName() + /(?:,.*)?$/.exec(message.base)?.[0]
      const path = join(target.directory, 'cur', printFileName(base, message.flags.system, ''))
      const put = kind === 'copy' ? linkOrCopy : rename
      if (await source.withFile(from, (old) => put(old, path))) {
        done.push({ from, adoption: { base, flags: message.flags }, path })
      }
    }
    await deposit.syncDirectory(join(target.directory, 'cur'))
  } catch (cause) {
    if (kind === 'copy') await Promise.allSettled(done.map(({ path }) => unlink(path)))
    throw cause
  }
  const adopted = await target.adopt(done.map(({ adoption }) => adoption))
  if (kind === 'move' && done.length > 0) {
    await deposit.syncDirectory(join(source.directory, 'cur'))
    await source.release(done.map(({ from }) => from))
  }
  return { uidValidity: target.uidValidity, pairs: done.map(({ from }, i) => [from, adopted[i] ?? 0] as const) }
}
