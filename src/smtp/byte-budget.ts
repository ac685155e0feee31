// SPDX-License-Identifier: Apache-2.0

/** How many bytes of messages may be under way at once, over all listeners: 4xx before memory grows. */
export class ByteBudget {
  readonly #limit: number
  #used = 0

  constructor(limitBytes: number) {
    this.#limit = limitBytes
  }

  get used(): number {
    return this.#used
  }

  /** False, and nothing taken, when the budget has no room. */
  take(bytes: number): boolean {
    if (this.#used + bytes > this.#limit) return false
    this.#used += bytes
    return true
  }

  give(bytes: number): void {
    this.#used -= bytes
  }
}
