// SPDX-License-Identifier: Apache-2.0

interface Waiter {
  readonly grant: () => void
}

/** So many at once and no more; who came first goes first. */
export class Semaphore {
  readonly #limit: number
  #taken = 0
  readonly #waiting: Waiter[] = []

  constructor(limit: number) {
    this.#limit = limit
  }

  get taken(): number {
    return this.#taken
  }

  get waiting(): number {
    return this.#waiting.length
  }

  /** A permit, given back when disposed of; rejects with the signal's reason when aborted while waiting. */
  async acquire(signal?: AbortSignal): Promise<Disposable> {
    signal?.throwIfAborted()
    if (this.#taken < this.#limit) this.#taken += 1
    else await this.#wait(signal)
    return this.#permit()
  }

  #wait(signal: AbortSignal | undefined): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const abort = () => {
      this.#waiting.splice(this.#waiting.indexOf(waiter), 1)
      reject(signal?.reason)
    }
    const waiter: Waiter = {
      grant: () => {
        signal?.removeEventListener('abort', abort)
        resolve()
      },
    }
    this.#waiting.push(waiter)
    signal?.addEventListener('abort', abort, { once: true })
    return promise
  }

  #permit(): Disposable {
    let given = false
    return {
      [Symbol.dispose]: () => {
        if (given) return
        given = true
        // The permit is handed on, not returned and fought for: otherwise a newcomer could overtake.
        const next = this.#waiting.shift()
        if (next === undefined) this.#taken -= 1
        else next.grant()
      },
    }
  }
}
