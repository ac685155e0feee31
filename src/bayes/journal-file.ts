// SPDX-License-Identifier: Apache-2.0
/** Where a model's journal lies, and whether anything was written to it, without reading it. */
import { statSync } from 'node:fs'

/** Bytes before the first record. */
export const headLength = 32

export function journalOf(model: string): string {
  return `${model}.journal`
}

/** Another text whenever somebody has learnt or forgotten, in whatever process; "" where nothing is in the journal. */
export function journalStamp(model: string): string {
  const now = statSync(journalOf(model), { throwIfNoEntry: false })
  return now === undefined || now.size <= headLength ? '' : `${now.ino} ${now.size} ${now.mtimeMs}`
}
