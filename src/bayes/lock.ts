// SPDX-License-Identifier: Apache-2.0
/** One writer at a time, among processes: a file with the holder's process id. Held for one batch, not for a run. */
import { randomBytes } from 'node:crypto'
import { linkSync, readFileSync, renameSync, unlinkSync, writeFileSync } from 'node:fs'
import { UserError } from '../core/failure.ts'

const pauseMs = 5
/** Waited for another writer; a batch takes it less than a second. */
const patienceMs = 30_000

/** Does work while holding the lock. Blocks. UserErrors: 73 no lock can be made; 75 somebody holds it for too long. */
export function underLock<T>(path: string, work: () => T): T {
  take(path)
  try {
    return work()
  } finally {
    unlinkSync(path)
  }
}

/** Tells us from a namesake: after a restart another process may have our id, as everybody's is 1 in a container. */
const self = `${process.pid} ${randomBytes(8).toString('hex')}`
const cell = new Int32Array(new SharedArrayBuffer(4))

function take(path: string): void {
  const mine = `${path}.${randomBytes(4).toString('hex')}`
  try {
    writeFileSync(mine, self, { flag: 'wx' })
  } catch (cause) {
    throw new UserError(73, [{ file: path, line: 0, text: (cause as Error).message, hint: null }])
  }
  try {
    for (let waited = 0; !tryLink(mine, path); waited += pauseMs) {
      const holder = read(path)
      if (isStale(holder)) takeAway(path, holder, mine)
      else if (waited >= patienceMs) {
        const hint = 'wait for it to end'
        const text = `process ${holder.split(' ')[0]} is training this model`
        throw new UserError(75, [{ file: path, line: 0, text, hint }])
      } else Atomics.wait(cell, 0, 0, pauseMs)
    }
  } finally {
    unlinkSync(mine)
  }
}

/** A link appears with its content or not at all. */
function tryLink(mine: string, path: string): boolean {
  try {
    linkSync(mine, path)
    return true
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw cause
  }
}

/** "" while nobody holds it. */
function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

function isStale(holder: string): boolean {
  const pid = Number(holder.split(' ')[0]) || 0
  return pid > 0 && (pid === process.pid ? holder !== self : !isAlive(pid))
}

/** Removes the lock of one that was killed; another may do so at the same moment and hold it already. */
function takeAway(path: string, holder: string, mine: string): void {
  const aside = `${mine}.stale`
  try {
    renameSync(path, aside)
    if (readFileSync(aside, 'utf8') !== holder) tryLink(aside, path)
    unlinkSync(aside)
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') throw cause
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (cause) {
    return (cause as NodeJS.ErrnoException).code === 'EPERM'
  }
}
