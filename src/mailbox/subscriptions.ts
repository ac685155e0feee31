// SPDX-License-Identifier: Apache-2.0
/** The file "subscriptions" of an account: one folder name a line, UTF-8. Absent: the default folders. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { replaceFile } from './durable.ts'
import { defaultFolders } from './folder-name.ts'
import { isMissing } from './scan.ts'

/** RFC 3501 sets no ceiling; a person needs fewer. */
const maxSubscriptions = 5000

export async function readSubscriptions(maildir: string): Promise<readonly string[]> {
  try {
    const text = await readFile(join(maildir, 'subscriptions'), 'utf8')
    return text.split('\n').filter((line) => line !== '')
  } catch (cause) {
    if (isMissing(cause)) return ['INBOX', ...defaultFolders]
    throw cause
  }
}

/** Adds or removes a name; false when there would be too many. */
export async function changeSubscription(maildir: string, name: string, subscribe: boolean): Promise<boolean> {
  const before = await readSubscriptions(maildir)
  if (before.includes(name) === subscribe) return true
  const after = subscribe ? [...before, name] : before.filter((have) => have !== name)
  if (after.length > maxSubscriptions) return false
  await replaceFile(join(maildir, 'subscriptions'), after.map((line) => `${line}\n`).join(''))
  return true
}
