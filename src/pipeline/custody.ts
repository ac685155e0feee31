// SPDX-License-Identifier: Apache-2.0
/** Where the way hands a message over for keeps. app.ts builds these from queue, quarantine and delivery. */
import type { SealFacts } from '../core/auth.ts'
import type { QueueId } from '../core/brand.ts'
import type { DeliveryJob, DeliveryOutcome, Route } from '../core/delivery.ts'
import type { Envelope, Recipient } from '../core/envelope.ts'
import type { TraceLine } from '../core/ruling.ts'
import type { Verdict } from '../core/verdict.ts'
import type { Enqueue } from '../queue/queue.ts'

/** inline: delivered while the client waits; queue: kept durably and delivered later. */
export interface Destination {
  readonly route: Route
  readonly mode: 'inline' | 'queue'
  /** In-line only, while the next hop cannot be reached: the client comes again, or the message is queued. */
  readonly whenDown?: 'defer' | 'queue'
  /** In the queue's mode: it is tried before the client is answered, and only what it does not take is queued. */
  readonly tryFirst?: boolean
}

export interface Hold {
  readonly id: QueueId
  readonly bytes: Uint8Array
  readonly envelope: Envelope
  readonly because: string
  readonly verdict: Verdict
  readonly trace: readonly TraceLine[]
  /** For sealing it when it is released; absent where that has been done. */
  readonly auth?: SealFacts
}

export interface Custody {
  /** null: we have no way to this recipient. Throws a temporary Failure where the operator's tables name no route. */
  destinationOf(recipient: Recipient): Destination | null
  /** False: the recipient must come in a transaction of its own (RFC 5321 §4.5.3.1.10 speaks of 452 for that). */
  mayShare(others: readonly Recipient[], recipient: Recipient): boolean
  /** Answers for every recipient of the job's envelope. */
  deliver(job: DeliveryJob, route: Route, signal: AbortSignal): Promise<ReadonlyMap<Recipient, DeliveryOutcome>>
  /** Durable when it resolves. */
  enqueue(request: Enqueue): Promise<void>
  /** Durable when it resolves. */
  hold(request: Hold): Promise<void>
}
