// SPDX-License-Identifier: Apache-2.0
/** Answers kept for as long as they may be (RFC 1035 §3.2.1, RFC 2308). */
import type { DnsAnswer, KnownAnswer } from '../core/ports.ts'
import { Lru } from '../kit/lru.ts'

export interface CacheTimes {
  /** Bounds of what an answer's own TTL may ask for, seconds. */
  readonly minSeconds: number
  readonly maxSeconds: number
  /** For "no such name" and "no such record" of a server that shows no SOA, which would tell it (RFC 2308 §5), seconds. */
  readonly untoldSeconds: number
  /** For servers that failed, seconds. At most five minutes (RFC 2308 §7). */
  readonly failedSeconds: number
}

const maxFailedSeconds = 300

export class AnswerCache {
  readonly #answers: Lru<string, KnownAnswer>
  readonly #times: CacheTimes

  constructor(entries: number, times: CacheTimes) {
    this.#answers = new Lru(entries)
    this.#times = times
  }

  get(key: string, now: number): KnownAnswer | undefined {
    return this.#answers.get(key, now)
  }

  put(key: string, answer: DnsAnswer<unknown>, now: number): void {
    const seconds = this.#secondsFor(answer)
    const until = now + seconds * 1000
    if (seconds > 0) this.#answers.set(key, { answer, until }, until)
  }

  clear(): void {
    this.#answers.clear()
  }

  #secondsFor(answer: DnsAnswer<unknown>): number {
    const times = this.#times
    switch (answer.kind) {
      case 'found':
      case 'nodata':
      case 'nxdomain':
        return Math.min(Math.max(answer.ttlSeconds ?? times.untoldSeconds, times.minSeconds), times.maxSeconds)
      case 'tempfail':
        return Math.min(times.failedSeconds, maxFailedSeconds)
    }
  }
}
