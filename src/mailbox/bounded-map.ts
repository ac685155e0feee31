// SPDX-License-Identifier: Apache-2.0

/** A map that forgets what was used longest ago when the sum of the weights grows beyond its ceiling. */
export class BoundedMap<V> {
  readonly #entries = new Map<string, { readonly value: V; readonly weight: number }>()
  readonly #ceiling: number
  #sum = 0

  constructor(ceiling: number) {
    this.#ceiling = ceiling
  }

  get(key: string): V | undefined {
    const entry = this.#entries.get(key)
    if (entry === undefined) return undefined
    this.#entries.delete(key)
    this.#entries.set(key, entry)
    return entry.value
  }

  set(key: string, value: V, weight = 1): void {
    this.delete(key)
    if (weight > this.#ceiling) return
    this.#entries.set(key, { value, weight })
    this.#sum += weight
    for (const oldest of this.#entries.keys()) {
      if (this.#sum <= this.#ceiling) break
      this.delete(oldest)
    }
  }

  delete(key: string): void {
    const entry = this.#entries.get(key)
    if (entry === undefined) return
    this.#entries.delete(key)
    this.#sum -= entry.weight
  }
}
