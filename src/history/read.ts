// SPDX-License-Identifier: Apache-2.0
/** Reads the history, newest first, in bounded memory. */
import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { dayFile, dayOf, listDays } from './days.ts'
import { type HistoryRecord, parseRecord } from './record.ts'

/** Every field that is given must fit; texts fit where they are a part, in any case. */
export interface HistoryFilter {
  readonly client?: string
  readonly from?: string
  readonly to?: string
  readonly action?: string
  readonly symbol?: string
  /** ISO 8601; nothing before it. */
  readonly since?: string
}

/** The newest records that fit the filter, newest first. */
export async function listHistory(folder: string, filter: HistoryFilter, most: number): Promise<HistoryRecord[]> {
  const found: HistoryRecord[] = []
  const days = (await listDays(folder)).filter((day) => filter.since === undefined || day >= dayOf(filter.since))
  for (const day of days.toReversed()) {
    if (found.length >= most) break
    const wanted = most - found.length
    const ofDay: HistoryRecord[] = []
    for await (const record of readDay(folder, day)) {
      if (!fits(record, filter)) continue
      ofDay.push(record)
      // The last ones are wanted: let the first go now and then, not one by one.
      if (ofDay.length >= 2 * wanted) ofDay.splice(0, ofDay.length - wanted)
    }
    found.push(...ofDay.slice(-wanted).reverse())
  }
  return found
}

/** Everything that was written under an id, oldest first: a message may have had recipients refused before it. */
export async function findHistory(folder: string, id: string): Promise<HistoryRecord[]> {
  for (const day of (await listDays(folder)).toReversed()) {
    const found: HistoryRecord[] = []
    for await (const record of readDay(folder, day)) if (record.id === id) found.push(record)
    if (found.length > 0) return found
  }
  return []
}

async function* readDay(folder: string, day: string): AsyncGenerator<HistoryRecord> {
  const input = createReadStream(dayFile(folder, day))
  for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
    const record = parseRecord(line)
    if (record !== null) yield record
  }
}

function fits(record: HistoryRecord, filter: HistoryFilter): boolean {
  const has = (text: string, part: string | undefined) =>
    part === undefined || text.toLowerCase().includes(part.toLowerCase())
  return (
    (filter.client === undefined || record.client === filter.client || has(record.clientName ?? '', filter.client)) &&
    has(record.from, filter.from) &&
    (filter.to === undefined || record.to.some((to) => has(to, filter.to))) &&
    (filter.action === undefined || record.action === filter.action) &&
    (filter.symbol === undefined || record.evidence.some(({ symbol }) => symbol === filter.symbol)) &&
    (filter.since === undefined || record.at >= filter.since)
  )
}
