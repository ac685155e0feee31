// SPDX-License-Identifier: Apache-2.0
/** Takes a message in for a person to look at, with everything that was found out about it. */
import type { SealFacts } from '../core/auth.ts'
import type { QueueId } from '../core/brand.ts'
import type { Envelope } from '../core/envelope.ts'
import { Failure } from '../core/failure.ts'
import type { BlobStore, Clock, Logger, Meter } from '../core/ports.ts'
import { replies } from '../core/replies.ts'
import type { TraceLine } from '../core/ruling.ts'
import type { QuarantineEntry, QuarantineStore } from '../core/stores.ts'
import type { Verdict } from '../core/verdict.ts'

export interface Hold {
  readonly id: QueueId
  readonly bytes: Uint8Array | AsyncIterable<Uint8Array>
  readonly envelope: Envelope
  readonly because: string
  /** Null for a message that was accepted and could later be neither delivered nor returned. */
  readonly verdict: Verdict | null
  readonly trace: readonly TraceLine[]
  /** For sealing it when it is released; absent where that has been done, or must not be. */
  readonly auth?: SealFacts
}

export interface HoldOptions {
  readonly store: QuarantineStore
  readonly blobs: BlobStore
  readonly clock: Clock
  readonly log: Logger
  readonly meter: Meter
}

/** Times that one message may be held under one id: for recipients who failed at different times. */
const maxParts = 1_000

/** The verdict as people and scripts read it; details of evidence included, for they are why it is here. */
export function evidenceJson({ verdict, trace, auth }: Pick<Hold, 'verdict' | 'trace' | 'auth'>): string {
  const evidence = (verdict?.priced ?? []).map(({ evidence: { symbol, details }, points, source }) => ({
    symbol,
    points,
    details,
    source,
  }))
  const kept = auth === undefined ? {} : { auth: { header: auth.header, arc: auth.arc } }
  return JSON.stringify({ decidedBy: verdict?.decidedBy ?? 'queue', evidence, trace, ...kept })
}

/** Undefined where the entry was held without. */
export function sealFactsOf({ evidence }: Pick<QuarantineEntry, 'evidence'>): SealFacts | undefined {
  return (JSON.parse(evidence) as { readonly auth?: SealFacts }).auth
}

/** Durable when it resolves, with the id under which it is held; throws a temporary Failure when it is not. */
export async function hold(request: Hold, options: HoldOptions): Promise<QueueId> {
  const { store, blobs, clock, log, meter } = options
  try {
    const blob = await blobs.put(request.bytes)
    const entry: QuarantineEntry = {
      id: request.id,
      blob: blob.id,
      sizeBytes: blob.size,
      envelope: request.envelope,
      heldAt: clock.now(),
      score: request.verdict?.score ?? 0,
      because: request.because,
      evidence: evidenceJson(request),
    }
    const id = await addUnderFreeId(store, entry)
    log.info('quarantine.held', { queueId: id, score: entry.score, because: entry.because, sizeBytes: entry.sizeBytes })
    meter.count('postern_quarantine_messages_total', { event: 'held' })
    return id
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error)
    throw new Failure(replies.localError, `not held: ${detail}`, error)
  }
}

async function addUnderFreeId(store: QuarantineStore, entry: QuarantineEntry): Promise<QueueId> {
  for (let part = 1; part < maxParts; part++) {
    const id = (part === 1 ? entry.id : `${entry.id}.${part}`) as QueueId
    if (await store.add({ ...entry, id })) return id
  }
  throw new Error(`the id ${entry.id} is taken`)
}
