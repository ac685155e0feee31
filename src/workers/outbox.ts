// SPDX-License-Identifier: Apache-2.0

/** What is put in during one turn of the event loop leaves in one message: waking a thread costs more than reading. */
export class Outbox<T> {
  readonly #post: (batch: readonly T[]) => void
  #batch: T[] = []

  constructor(post: (batch: readonly T[]) => void) {
    this.#post = post
  }

  put(item: T): void {
    if (this.#batch.push(item) === 1) setImmediate(() => this.flush())
  }

  /** Sends what is there now, for whoever is about to keep the thread busy. */
  flush(): void {
    if (this.#batch.length === 0) return
    const batch = this.#batch
    this.#batch = []
    this.#post(batch)
  }
}
