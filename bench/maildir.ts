// SPDX-License-Identifier: Apache-2.0
/** Counts what has arrived: the files in every new/ below a folder. */
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'

const maxDepth = 6

/** Zero where nothing has been delivered yet. */
export async function countArrived(folder: string, depth = 0): Promise<number> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => [])
  let count = 0
  for (const entry of entries) {
    if (!entry.isDirectory() || entry.name === 'tmp' || entry.name === 'cur') continue
    const path = join(folder, entry.name)
    if (entry.name === 'new') count += (await readdir(path)).length
    else if (depth < maxDepth) count += await countArrived(path, depth + 1)
  }
  return count
}

/** Waits until so many files are there, at most so long; returns how many are. */
export async function awaitArrived(folder: string, expected: number, timeoutMs: number): Promise<number> {
  const until = performance.now() + timeoutMs
  for (;;) {
    const count = await countArrived(folder)
    if (count >= expected || performance.now() > until) return count
    await wait(20)
  }
}
