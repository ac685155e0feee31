// SPDX-License-Identifier: Apache-2.0

interface Held<V> {
  readonly value: V
  readonly expiresAt: number
}

/** A map that holds at most `capacity` entries, each until its time; the one used longest ago goes first. */
export class Lru<K, V> {
  readonly #capacity: number
  readonly #held = new Map<K, Held<V>>()

  constructor(capacity: number) {
    if (!Number.isInteger(capacity) || capacity < 1) throw new RangeError(`capacity of ${capacity}`)
    this.#capacity = capacity
  }

  get size(): number {
    return this.#held.size
  }

  /** The value, or undefined when there is none or its time is over. `now` is on the clock that `set` was given. */
  get(key: K, now: number): V | undefined {
    const held = this.#held.get(key)
    if (held === undefined) return undefined
    this.#held.delete(key)
    if (held.expiresAt <= now) return undefined
    // A Map keeps the order of insertion: putting the entry back makes it the youngest.
    this.#held.set(key, held)
    return held.value
  }

  set(key: K, value: V, expiresAt: number): void {
    this.#held.delete(key)
    this.#held.set(key, { value, expiresAt })
    if (this.#held.size <= this.#capacity) return
    const oldest = this.#held.keys().next()
    if (!oldest.done) this.#held.delete(oldest.value)
  }

  delete(key: K): void {
    this.#held.delete(key)
  }

  clear(): void {
    this.#held.clear()
  }
}
