// SPDX-License-Identifier: Apache-2.0
/** Deletes what was held long enough, or what a person does not want. */
import type { EpochMs, QueueId } from '../core/brand.ts'
import type { QuarantineEntry } from '../core/stores.ts'
import type { HoldOptions } from './hold.ts'

const pageSize = 200

async function forget(entry: QuarantineEntry, options: HoldOptions, event: 'expired' | 'deleted'): Promise<boolean> {
  const { store, blobs, log, meter } = options
  // The row first: a blob without a row is an orphan and goes later, a row without a blob is a lost message.
  const removed = await store.remove(entry.id)
  if (!removed) return false
  await blobs.remove(entry.blob)
  log.info(`quarantine.${event}`, { queueId: entry.id })
  meter.count('postern_quarantine_messages_total', { event })
  return true
}

/** Deletes everything that was held for longer than lifetimeMs; returns its number. */
export async function expire(lifetimeMs: number, options: HoldOptions): Promise<number> {
  const before = (options.clock.now() - lifetimeMs) as EpochMs
  let number = 0
  for (;;) {
    const page = await options.store.expired(before, pageSize)
    for (const entry of page) if (await forget(entry, options, 'expired')) number += 1
    if (page.length < pageSize) break
  }
  options.meter.gauge('postern_quarantine_entries', await options.store.count())
  return number
}

/** False when there is no such message. */
export async function remove(id: QueueId, options: HoldOptions): Promise<boolean> {
  const entry = await options.store.get(id)
  return entry === null ? false : await forget(entry, options, 'deleted')
}
