// SPDX-License-Identifier: Apache-2.0
import { Lru } from './lru.ts'

export interface BucketRate {
  /** Tokens of a full bucket. */
  readonly burst: number
  /** Milliseconds until one token has come back. */
  readonly refillMs: number
}

interface Bucket {
  readonly tokens: number
  readonly at: number
}

/**
 * One token bucket per key, for so many keys; a bucket nobody knows is full. When there are too many keys the one used
 * longest ago is forgotten, so a flood of keys needs a wider key beside it. Time is handed in, in milliseconds.
 */
export class TokenBuckets {
  readonly #rate: BucketRate
  readonly #buckets: Lru<string, Bucket>

  constructor(rate: BucketRate, capacity: number) {
    this.#rate = rate
    this.#buckets = new Lru(capacity)
  }

  /** Tokens that the key has now. */
  level(key: string, now: number): number {
    const { burst, refillMs } = this.#rate
    const bucket = this.#buckets.get(key, now)
    if (bucket === undefined) return burst
    // A clock that steps back brings no tokens and takes none.
    return Math.min(burst, bucket.tokens + Math.max(0, now - bucket.at) / refillMs)
  }

  /** Takes one token; false, and nothing taken, when there is less than one. */
  take(key: string, now: number): boolean {
    const level = this.level(key, now)
    if (level < 1) return false
    this.#keep(key, level - 1, now)
    return true
  }

  /** Puts one token back that was taken for nothing. */
  giveBack(key: string, now: number): void {
    this.#keep(key, Math.min(this.#rate.burst, this.level(key, now) + 1), now)
  }

  #keep(key: string, tokens: number, now: number): void {
    const { burst, refillMs } = this.#rate
    if (tokens >= burst) this.#buckets.delete(key)
    else this.#buckets.set(key, { tokens, at: now }, now + Math.ceil((burst - tokens) * refillMs))
  }
}
