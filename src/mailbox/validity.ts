// SPDX-License-Identifier: Apache-2.0
/**
 * UIDVALIDITY of an account's folders: the file "postern-uidvalidity" holds the number given last. A folder that is
 * deleted and made again, even within a second or after the clock went back, gets a greater one (RFC 3501 §2.3.1.1).
 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { replaceFile } from './durable.ts'
import { isMissing } from './scan.ts'

const maxValidity = 4_294_967_295

export async function nextValidity(maildir: string, nowMs: number): Promise<number> {
  const path = join(maildir, 'postern-uidvalidity')
  const last = await readFile(path, 'utf8').then(Number, (cause: unknown) => {
    if (isMissing(cause)) return 0
    throw cause
  })
  const seconds = Math.max(1, Math.floor(nowMs / 1000))
  const next = Math.min(maxValidity, Math.max(seconds, Number.isSafeInteger(last) ? last + 1 : 0))
  await replaceFile(path, `${next}\n`)
  return next
}
