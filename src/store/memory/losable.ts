// SPDX-License-Identifier: Apache-2.0
/** State that strangers fill and that may be lost: bounded, the least recently used first to go. */
import type { EpochMs } from '../../core/brand.ts'
import type { CounterStore, GreylistStore, Sight } from '../../core/stores.ts'

function remember<T>(map: Map<string, T>, key: string, value: T, max: number): void {
  map.delete(key)
  map.set(key, value)
  if (map.size <= max) return
  for (const oldest of map.keys()) {
    map.delete(oldest)
    return
  }
}

export class MemoryGreylist implements GreylistStore {
  readonly #max: number
  readonly #keepMs: number
  readonly #seen = new Map<
    string,
    { readonly firstSeen: EpochMs; readonly passes: number; readonly lastSeen: EpochMs }
  >()

  constructor(max: number, keepMs: number) {
    this.#max = max
    this.#keepMs = keepMs
  }

  async touch(key: string, now: EpochMs): Promise<Sight> {
    const known = this.#seen.get(key)
    const fresh = known === undefined || known.lastSeen + this.#keepMs <= now
    const next = fresh
      ? { firstSeen: now, passes: 0, lastSeen: now }
      : { firstSeen: known.firstSeen, passes: known.passes + 1, lastSeen: now }
    remember(this.#seen, key, next, this.#max)
    return { firstSeen: next.firstSeen, passes: next.passes }
  }

  async peek(key: string, now: EpochMs): Promise<Sight | null> {
    const known = this.#seen.get(key)
    if (known === undefined || known.lastSeen + this.#keepMs <= now) return null
    return { firstSeen: known.firstSeen, passes: known.passes }
  }
}

export class MemoryCounters implements CounterStore {
  readonly #max: number
  readonly #counts = new Map<string, { readonly window: number; readonly value: number }>()

  constructor(max: number) {
    this.#max = max
  }

  async add(key: string, by: number, windowMs: number, now: EpochMs): Promise<number> {
    const window = Math.floor(now / windowMs)
    const known = this.#counts.get(key)
    const value = (known?.window === window ? known.value : 0) + by
    remember(this.#counts, key, { window, value }, this.#max)
    return value
  }
}
