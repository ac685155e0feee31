// SPDX-License-Identifier: Apache-2.0
/** Gives a held message back to the way, once. */
import type { EpochMs, QueueId } from '../core/brand.ts'
import type { Blob } from '../core/message.ts'
import type { QuarantineEntry } from '../core/stores.ts'
import type { HoldOptions } from './hold.ts'

/** The same bytes to the same recipients; durable when it resolves. */
export type Redeliver = (entry: QuarantineEntry, blob: Blob) => Promise<void>

export type Release =
  | { readonly kind: 'released'; readonly entry: QuarantineEntry }
  /** Unknown, or just being released by somebody else. */
  | { readonly kind: 'not-here' }
  /** The row is there and the message is not: a damaged spool. */
  | { readonly kind: 'lost' }

/** How long a release that died keeps others from trying. */
const claimMs = 10 * 60_000

/**
 * Delivers a held message and forgets it. Rejects, and keeps it, when it cannot be delivered. Only a crash between the
 * delivery and the forgetting can deliver it a second time, and only when a person asks again.
 */
export async function release(id: QueueId, redeliver: Redeliver, options: HoldOptions): Promise<Release> {
  const { store, blobs, clock, log, meter } = options
  const now = clock.now()
  const entry = await store.claim(id, now, (now + claimMs) as EpochMs)
  if (entry === null) return { kind: 'not-here' }
  const blob = await blobs.get(entry.blob)
  if (blob === null) {
    await store.unclaim(id)
    log.error('quarantine.blob_missing', new Error('the message is missing from the spool'), { queueId: id })
    return { kind: 'lost' }
  }
  try {
    await redeliver(entry, blob)
  } catch (error) {
    await store.unclaim(id)
    throw error
  }
  await store.remove(id)
  await blobs.remove(entry.blob)
  log.info('quarantine.released', { queueId: id })
  meter.count('postern_quarantine_messages_total', { event: 'released' })
  return { kind: 'released', entry }
}
