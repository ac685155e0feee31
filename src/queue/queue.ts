// SPDX-License-Identifier: Apache-2.0
/** Takes messages into custody, and does with them what an operator says. */
import type { QueueId } from '../core/brand.ts'
import type { Folder } from '../core/delivery.ts'
import type { Envelope } from '../core/envelope.ts'
import { Failure } from '../core/failure.ts'
import type { Blob } from '../core/message.ts'
import type { BlobStore, Clock, Logger, Meter } from '../core/ports.ts'
import { replies } from '../core/replies.ts'
import type { Lease, QueueEntry, QueueStore } from '../core/stores.ts'
import type { RouteBatch } from './route.ts'

export interface Enqueue {
  readonly id: QueueId
  /** Lines end in CRLF; all header edits are made. */
  readonly bytes: Uint8Array | AsyncIterable<Uint8Array>
  /** Its recipients are replaced by those of each batch. */
  readonly envelope: Envelope
  readonly folder: Folder
  readonly batches: readonly RouteBatch[]
  /** False: the sender may be forged, so a failure is kept for a person and never bounced. */
  readonly returnable: boolean
}

export interface QueueOptions {
  readonly store: QueueStore
  readonly blobs: BlobStore
  readonly clock: Clock
  readonly log: Logger
  readonly meter: Meter
}

/** A place in hand for entries that are just coming in. */
export interface Reservation {
  readonly lease: Lease
  /** They are in the store now. */
  take(): void
  /** They are not. */
  cancel(): void
}

/** Delivers what has just come without asking the store for it again. Null: it must wait for its turn. */
export type Reserve = (entries: readonly QueueEntry[]) => Reservation | null

/** Times that one message may be enqueued under one id: for recipients who failed at different steps. */
const maxParts = 1_000

const full = new Set(['ENOSPC', 'EDQUOT', 'EFBIG', 'SQLITE_FULL'])

function refusal(error: unknown): Failure {
  const code = (error as NodeJS.ErrnoException).code ?? ''
  const detail = error instanceof Error ? error.message : String(error)
  return new Failure(full.has(code) ? replies.busy : replies.localError, `not taken into custody: ${detail}`, error)
}

export class Queue {
  readonly #options: QueueOptions
  readonly #listeners = new Set<() => void>()
  #reserve: Reserve = () => null

  constructor(options: QueueOptions) {
    this.#options = options
  }

  /** Calls the listener whenever something may have become due. */
  onChange(listener: () => void): void {
    this.#listeners.add(listener)
  }

  /** Who takes what has just come at once, where it has room. */
  handTo(reserve: Reserve): void {
    this.#reserve = reserve
  }

  /**
   * Durable when it resolves: only then may anybody be told 250. Throws a temporary Failure when it is not; the message
   * may then be in the queue all the same, and will be delivered twice rather than lost.
   */
  async enqueue(request: Enqueue): Promise<void> {
    const { store, blobs, log, meter } = this.#options
    if (request.batches.length === 0) return
    try {
      const blob = await blobs.put(request.bytes, 'brief')
      await this.#addRows(store, request, blob)
      log.info('queue.enqueued', {
        queueId: request.id,
        sizeBytes: blob.size,
        recipients: request.batches.reduce((sum, batch) => sum + batch.recipients.length, 0),
      })
    } catch (error) {
      throw refusal(error)
    }
    meter.count('postern_queue_enqueued_total')
  }

  async #addRows(store: QueueStore, request: Enqueue, blob: Blob): Promise<void> {
    // An id is taken when parts of the same message were enqueued before.
    for (let first = 1; first < maxParts; first += request.batches.length) {
      const entries = this.#entries(request, blob, first)
      const reserved = this.#reserve(entries)
      const added = await store.add(entries, reserved?.lease).catch((error: unknown) => {
        reserved?.cancel()
        throw error
      })
      if (!added) {
        reserved?.cancel()
        continue
      }
      if (reserved === null) this.#changed()
      else reserved.take()
      return
    }
    throw new Error(`the id ${request.id} is taken`)
  }

  #entries(request: Enqueue, blob: Blob, first: number): QueueEntry[] {
    const now = this.#options.clock.now()
    return request.batches.map(({ route, recipients }, i) => ({
      id: (first + i === 1 ? request.id : `${request.id}.${first + i}`) as QueueId,
      blob: blob.id,
      sizeBytes: blob.size,
      envelope: { ...request.envelope, recipients },
      route,
      folder: request.folder,
      arrivedAt: now,
      due: now,
      attempts: 0,
      lastReply: null,
      warned: false,
      returnable: request.returnable,
      held: false,
    }))
  }

  /** In pages of at most max, by id. */
  list(max: number, after?: QueueId): Promise<readonly QueueEntry[]> {
    return this.#options.store.list(max, after)
  }

  get(id: QueueId): Promise<QueueEntry | null> {
    return this.#options.store.get(id)
  }

  /** The message of an entry; null when it is gone. */
  async content(entry: QueueEntry): Promise<Blob | null> {
    return this.#options.blobs.get(entry.blob)
  }

  depth(): Promise<{ readonly waiting: number; readonly held: number }> {
    return this.#options.store.depth()
  }

  /** Nothing held is delivered; null holds everything. Returns how many entries there were. */
  hold(id: QueueId | null): Promise<number> {
    return this.#options.store.change(id, { held: true })
  }

  /** Due at once. */
  release(id: QueueId | null): Promise<number> {
    return this.#due(id, false)
  }

  /** Makes an entry due now, or all of them ("flush"); what is held stays held. */
  retry(id: QueueId | null): Promise<number> {
    return this.#due(id)
  }

  /** Without a word to the sender. False when there was none. */
  async delete(id: QueueId): Promise<boolean> {
    const entry = await this.#options.store.remove(id)
    if (entry === null) return false
    this.#options.log.info('queue.deleted', { queueId: id })
    await removeUnused(this.#options.store, this.#options.blobs, entry)
    return true
  }

  async #due(id: QueueId | null, held?: boolean): Promise<number> {
    const due = this.#options.clock.now()
    const number = await this.#options.store.change(id, held === undefined ? { due } : { due, held })
    this.#changed()
    return number
  }

  #changed(): void {
    for (const listener of this.#listeners) listener()
  }
}

/** Removes the blob of an entry that is gone, unless other entries of the message still need it. */
export async function removeUnused(store: QueueStore, blobs: BlobStore, entry: QueueEntry): Promise<void> {
  const used = await store.references([entry.blob])
  if (used.size === 0) await blobs.remove(entry.blob)
}
