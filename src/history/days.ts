// SPDX-License-Identifier: Apache-2.0
/** The files of the history: one a day (UTC), "2026-01-31.jsonl", so that old ones go whole. */
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'

const fileName = /^(\d{4}-\d{2}-\d{2})\.jsonl$/

/** Of an ISO 8601 time. */
export const dayOf = (at: string): string => at.slice(0, 10)

export const dayFile = (folder: string, day: string): string => join(folder, `${day}.jsonl`)

/** The days that have a file, oldest first; none where there is no folder yet. */
export async function listDays(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder).catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return []
    throw error
  })
  return names.flatMap((name) => fileName.exec(name)?.[1] ?? []).sort()
}
