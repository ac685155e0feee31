// SPDX-License-Identifier: Apache-2.0
/** The room's front: what can be done with held messages. */
import type { QueueId } from '../core/brand.ts'
import type { Blob } from '../core/message.ts'
import type { QuarantineEntry } from '../core/stores.ts'
import { expire, remove } from './expire.ts'
import { type Hold, type HoldOptions, hold } from './hold.ts'
import { type Redeliver, type Release, release } from './release.ts'
import { list, show } from './show.ts'

export interface QuarantineOptions extends HoldOptions {
  readonly redeliver: Redeliver
  readonly lifetimeMs: number
}

const pageSize = 100

export class Quarantine {
  readonly #options: QuarantineOptions

  constructor(options: QuarantineOptions) {
    this.#options = options
  }

  /** Durable when it resolves, with the id under which it is held; throws a temporary Failure when it is not. */
  hold(request: Hold): Promise<QueueId> {
    return hold(request, this.#options)
  }

  /** Rejects, and keeps the message, when it cannot be delivered. */
  release(id: QueueId): Promise<Release> {
    return release(id, this.#options.redeliver, this.#options)
  }

  list(): AsyncGenerator<QuarantineEntry> {
    return list(this.#options, pageSize)
  }

  show(id: QueueId): Promise<{ readonly entry: QuarantineEntry; readonly blob: Blob | null } | null> {
    return show(id, this.#options)
  }

  /** False when there is no such message. */
  delete(id: QueueId): Promise<boolean> {
    return remove(id, this.#options)
  }

  /** Deletes what was held for longer than the lifetime; returns its number. */
  expire(): Promise<number> {
    return expire(this.#options.lifetimeMs, this.#options)
  }

  count(): Promise<number> {
    return this.#options.store.count()
  }
}
