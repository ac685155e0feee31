// SPDX-License-Identifier: Apache-2.0
/**
 * Who waits for the greeting. Programs that only send spam talk at once; a client that has waited lately has shown that
 * it is none of them, and need not again for a while (postscreen(8): postscreen_greet_ttl).
 */
import { Lru } from '../kit/lru.ts'

/** Clients that are remembered. */
const capacity = 50_000

export class Patience {
  readonly #waitMs: number
  readonly #ttlMs: number
  readonly #waited = new Lru<string, true>(capacity)

  /** Milliseconds: how long strangers wait, and how long it counts; 0: it never does. */
  constructor(waitMs: number, ttlMs: number) {
    this.#waitMs = waitMs
    this.#ttlMs = ttlMs
  }

  /** Milliseconds until the client may be greeted. */
  waitOf(ip: string, now: number): number {
    return this.#waited.get(ip, now) === undefined ? this.#waitMs : 0
  }

  waited(ip: string, now: number): void {
    if (this.#ttlMs > 0) this.#waited.set(ip, true, now + this.#ttlMs)
  }

  talkedTooSoon(ip: string): void {
    this.#waited.delete(ip)
  }
}
