// SPDX-License-Identifier: Apache-2.0
/** When the next attempt is due, and when there is none (RFC 5321 §4.5.4.1). */
import type { EpochMs } from '../core/brand.ts'
import type { QueueEntry } from '../core/stores.ts'
import { backoffMs } from '../kit/backoff.ts'

export interface RetryPolicy {
  readonly minBackoffMs: number
  readonly maxBackoffMs: number
  /** After this a message is returned to its sender. */
  readonly lifetimeMs: number
  /** The same for mail that may not be returned, such as DSNs. */
  readonly bounceLifetimeMs: number
  /** After this the sender is told, once, that the message is late; null: never. */
  readonly warnAfterMs: number | null
}

/** Half as early or as late again at most: mail that failed together is spread out. */
const jitter = 0.5

/** random is in 0..1. The last attempt falls on the end of the lifetime, not after it. */
export function nextAttempt(policy: RetryPolicy, entry: QueueEntry, now: EpochMs, random: number): EpochMs {
  const ladder = { minMs: policy.minBackoffMs, maxMs: policy.maxBackoffMs, jitter }
  const due = now + backoffMs(ladder, entry.attempts + 1, random)
  const end = entry.arrivedAt + lifetimeOf(policy, entry)
  return (now < end ? Math.min(due, end) : due) as EpochMs
}

export function isExpired(policy: RetryPolicy, entry: QueueEntry, now: EpochMs): boolean {
  return now - entry.arrivedAt >= lifetimeOf(policy, entry)
}

/** True when the sender should hear of the delay now. */
export function isLate(policy: RetryPolicy, entry: QueueEntry, now: EpochMs): boolean {
  return policy.warnAfterMs !== null && !entry.warned && now - entry.arrivedAt >= policy.warnAfterMs
}

function lifetimeOf(policy: RetryPolicy, entry: QueueEntry): number {
  return entry.envelope.reversePath === null ? policy.bounceLifetimeMs : policy.lifetimeMs
}
