// SPDX-License-Identifier: Apache-2.0
/** What a power cut may leave of the writes that faults.c has logged: nothing that was not synced can be relied on. */
import { closeSync, existsSync, openSync, renameSync, statSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'

export interface Call {
  readonly op: string
  readonly className: string
  readonly path: string
  readonly offset: number
  readonly bytes: number
  readonly second: string
}

export function parseCalls(log: string): Call[] {
  return log
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [op = '', className = '', path = '', offset = '0', bytes = '0', second = ''] = line.split('\t')
      return { op, className, path, offset: Number(offset), bytes: Number(bytes), second }
    })
}

interface Range {
  readonly from: number
  readonly bytes: number
}

/** Files with writes that no sync followed, and renames whose directory was not synced. */
export function unsynced(calls: readonly Call[]) {
  const ends = new Map<string, number>()
  const ranges = new Map<string, Range[]>()
  const renames = new Map<string, string>()
  for (const { op, path, offset, bytes, second } of calls) {
    if (op === 'open') ends.set(path, 0)
    if (op === 'write') {
      const from = offset < 0 ? (ends.get(path) ?? 0) : offset
      ends.set(path, Math.max(ends.get(path) ?? 0, from + bytes))
      ranges.set(path, [...(ranges.get(path) ?? []), { from, bytes }])
    }
    if (op === 'rename') {
      ranges.set(path, ranges.get(second) ?? [])
      ranges.delete(second)
      renames.set(path, second)
    }
    if (op === 'unlink') {
      ranges.delete(path)
      renames.delete(path)
    }
    if (op === 'sync') {
      ranges.delete(path)
      for (const to of renames.keys()) if (dirname(to) === path) renames.delete(to)
    }
  }
  return { ranges, renames }
}

/**
 * Spoils, by the flip of a coin, what was not synced: bytes become zeros, as pages that never reached the disk, and
 * files get their old names back. Returns how much was undone.
 */
export function cutPower(calls: readonly Call[], flip: () => boolean): { zeroed: number; renamed: number } {
  const { ranges, renames } = unsynced(calls)
  const done = { zeroed: 0, renamed: 0 }
  for (const [path, list] of ranges) {
    if (!existsSync(path) || path.includes('.losable') || path.endsWith('-shm')) continue
    const size = statSync(path).size
    const file = openSync(path, 'r+')
    for (const { from, bytes } of list) {
      const length = Math.min(bytes, size - from)
      if (length <= 0 || !flip()) continue
      writeSync(file, Buffer.alloc(length), 0, length, from)
      done.zeroed += 1
    }
    closeSync(file)
  }
  for (const [to, from] of renames) {
    if (!existsSync(to) || !flip()) continue
    renameSync(to, from)
    done.renamed += 1
  }
  return done
}
