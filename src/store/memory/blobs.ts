// SPDX-License-Identifier: Apache-2.0
import { Readable } from 'node:stream'
import type { BlobId, EpochMs } from '../../core/brand.ts'
import type { Blob } from '../../core/message.ts'
import type { BlobStore, Clock } from '../../core/ports.ts'

function blobOf(id: BlobId, bytes: Uint8Array): Blob {
  return { id, size: bytes.byteLength, bytes: async () => bytes, open: () => Readable.from([bytes]) }
}

/** The spool of a throw-away gateway. */
export class MemoryBlobs implements BlobStore {
  readonly #clock: Clock
  readonly #blobs = new Map<BlobId, { readonly blob: Blob; readonly storedAt: EpochMs }>()
  #next = 1

  constructor(clock: Clock) {
    this.#clock = clock
  }

  async put(content: Uint8Array | AsyncIterable<Uint8Array>): Promise<Blob> {
    const chunks: Uint8Array[] = []
    for await (const chunk of content instanceof Uint8Array ? [content] : content) chunks.push(chunk)
    const blob = blobOf(`M${this.#next++}` as BlobId, Buffer.concat(chunks))
    this.#blobs.set(blob.id, { blob, storedAt: this.#clock.now() })
    return blob
  }

  async detach(id: BlobId): Promise<BlobId> {
    return id
  }

  async get(id: BlobId): Promise<Blob | null> {
    return this.#blobs.get(id)?.blob ?? null
  }

  async remove(id: BlobId): Promise<void> {
    this.#blobs.delete(id)
  }

  async *list(): AsyncIterable<{ readonly id: BlobId; readonly storedAt: EpochMs }> {
    for (const [id, { storedAt }] of this.#blobs) yield { id, storedAt }
  }
}
