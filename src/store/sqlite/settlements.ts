// SPDX-License-Identifier: Apache-2.0
/**
 * Settlements go to the store with the entries that come in next, or after a few milliseconds: nobody but the slot of a
 * delivery waits for them, and a commit of its own for each costs more than the settlement.
 */
import type { QueueEntry, QueueStore, Settlement } from '../../core/stores.ts'
import type { SettleRequest } from './queue.ts'

/** A crash makes a delivery whose settlement waits happen again: this much longer than the commit takes. */
const maxWaitMs = 5
const maxWaiting = 100

interface Waiting {
  readonly request: SettleRequest
  readonly resolve: (settlement: Settlement) => void
  readonly reject: (error: unknown) => void
}

export class Settlements {
  readonly #send: (requests: readonly SettleRequest[]) => Promise<readonly Settlement[]>
  #waiting: Waiting[] = []
  #timer: NodeJS.Timeout | null = null

  constructor(send: (requests: readonly SettleRequest[]) => Promise<readonly Settlement[]>) {
    this.#send = send
  }

  settle(...request: SettleRequest): Promise<Settlement> {
    const { promise, resolve, reject } = Promise.withResolvers<Settlement>()
    this.#waiting.push({ request, resolve, reject })
    if (this.#waiting.length >= maxWaiting) this.flush()
    else this.#timer ??= setTimeout(() => this.flush(), maxWaitMs)
    return promise
  }

  /** Sends what waits. */
  flush(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    const group = this.#waiting
    if (group.length === 0) return
    this.#waiting = []
    this.#send(group.map(({ request }) => request)).then(
      (settlements) => {
        for (const [i, { resolve }] of group.entries()) resolve(settlements[i] ?? { settled: false, freed: null })
      },
      (error: unknown) => {
        for (const { reject } of group) reject(error)
      },
    )
  }

  /** The store, whose new entries take along the settlements that wait. */
  joined(store: Omit<QueueStore, 'settle'>): QueueStore {
    return {
      ...store,
      add: (entries: readonly QueueEntry[], lease) => {
        this.flush()
        return store.add(entries, lease)
      },
      settle: (...request) => this.settle(...request),
    }
  }
}
