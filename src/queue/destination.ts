// SPDX-License-Identifier: Apache-2.0
/** What is known about one destination: how much at once it bears, and whether it is alive. */
import type { EpochMs } from '../core/brand.ts'
import type { DeliveryOutcome } from '../core/delivery.ts'
import type { Reply } from '../core/reply.ts'
import type { QueueEntry } from '../core/stores.ts'

export interface ConcurrencyPolicy {
  /** Deliveries at once to a destination of which nothing is known yet. */
  readonly initial: number
  readonly max: number
  /** Attempts without any connection, in a row, after which a destination is left alone. */
  readonly deadAfter: number
  readonly deadForMs: number
}

/** RFC 3463 §3.5: X.4.x is trouble with the network or with routing, not with the message. */
function isTrouble(outcome: DeliveryOutcome): boolean {
  return outcome.kind === 'deferred' && outcome.reply.enhanced.startsWith('4.4.')
}

export class Destination {
  readonly waiting: QueueEntry[] = []
  running = 0
  /** The store has entries for it that were not taken for want of room: what comes in now must wait behind them. */
  behind = false
  readonly #policy: ConcurrencyPolicy
  #window: number
  #troubles = 0
  #deadUntil = 0
  #lastReply: Reply | null = null

  constructor(policy: ConcurrencyPolicy) {
    this.#policy = policy
    this.#window = Math.min(policy.initial, policy.max)
  }

  get idle(): boolean {
    return this.running === 0 && this.waiting.length === 0
  }

  /** True when it has as much in hand as it may run twice over: leasing more for it would starve others. */
  get saturated(): boolean {
    return this.running + this.waiting.length >= this.#window * 2
  }

  /** True when what comes in may be taken in hand at once: nothing older waits for it, and so much is not in hand yet. */
  mayTake(max: number, now: EpochMs): boolean {
    return !this.behind && this.running + this.waiting.length < max && this.suspended(now) === null
  }

  get mayStart(): boolean {
    return this.waiting.length > 0 && this.running < this.#window
  }

  /** Worth remembering although nothing waits: it was dead a moment ago. */
  remembers(now: EpochMs): boolean {
    return this.#troubles > 0 && now < this.#deadUntil + this.#policy.deadForMs
  }

  /** While it is dead, the answer that everything for it gets without a connection; else null. */
  suspended(now: EpochMs): Reply | null {
    if (now >= this.#deadUntil || this.#lastReply === null) return null
    return { ...this.#lastReply, text: `delivery is suspended for a while: ${this.#lastReply.text}` }
  }

  learn(outcomes: ReadonlyMap<unknown, DeliveryOutcome>, now: EpochMs): void {
    const all = [...outcomes.values()]
    const first = all[0]
    if (first === undefined) return
    if (!all.every(isTrouble)) {
      this.#troubles = 0
      this.#deadUntil = 0
      this.#window = Math.min(this.#window + 1, this.#policy.max)
      return
    }
    this.#troubles += 1
    this.#window = Math.max(this.#window - 1, 1)
    this.#lastReply = first.reply
    if (this.#troubles >= this.#policy.deadAfter) this.#deadUntil = now + this.#policy.deadForMs
  }
}
