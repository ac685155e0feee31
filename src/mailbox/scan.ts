// SPDX-License-Identifier: Apache-2.0
/** What lies in a folder's new/ and cur/ at this moment. */
import { readdir, stat, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { isMessageName, parseFileName } from './file-name.ts'

export interface Found {
  readonly base: string
  readonly where: 'new' | 'cur'
  readonly name: string
  readonly letters: string
}

/** Modification times of the two directories; equal stamps of settled directories mean that nothing happened. */
export interface Stamp {
  readonly new: bigint
  readonly cur: bigint
}

export async function stampOf(directory: string): Promise<Stamp | null> {
  try {
    const [fresh, cur] = await Promise.all([
      stat(join(directory, 'new'), { bigint: true }),
      stat(join(directory, 'cur'), { bigint: true }),
    ])
    return { new: fresh.mtimeNs, cur: cur.mtimeNs }
  } catch (cause) {
    if (isMissing(cause)) return null
    throw cause
  }
}

/**
 * Every message by its base; null where the folder is gone. new/ is read first: a message that another program moves
 * to cur/ meanwhile is then seen twice rather than never, and cur/ wins.
 */
export async function scan(directory: string): Promise<Map<string, Found> | null> {
  const found = new Map<string, Found>()
  try {
    for (const where of ['new', 'cur'] as const) {
      for (const name of await readdir(join(directory, where))) {
        if (!isMessageName(name)) continue
        const { base, letters } = parseFileName(name)
        found.set(base, { base, where, name, letters })
      }
    }
  } catch (cause) {
    if (isMissing(cause)) return null
    throw cause
  }
  return found
}

/** What a delivery leaves in tmp/ when its program dies, as maildir(5) has it: nobody writes to one for 36 hours. */
const temporaryMs = 36 * 3_600_000

export async function removeOldTemporaries(directory: string, now: number): Promise<void> {
  const names = await readdir(join(directory, 'tmp')).catch(() => [])
  for (const name of names) {
    const path = join(directory, 'tmp', name)
    const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: now }))
    // Another program may have removed it meanwhile.
    if (mtimeMs < now - temporaryMs) await unlink(path).catch(() => undefined)
  }
}

export function isMissing(cause: unknown): boolean {
  const code = (cause as NodeJS.ErrnoException | null)?.code
  return code === 'ENOENT' || code === 'ENOTDIR'
}
