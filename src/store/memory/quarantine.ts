// SPDX-License-Identifier: Apache-2.0
import type { BlobId, EpochMs, QueueId } from '../../core/brand.ts'
import type { QuarantineEntry, QuarantineStore } from '../../core/stores.ts'

export class MemoryQuarantine implements QuarantineStore {
  readonly #entries = new Map<QueueId, QuarantineEntry>()
  readonly #claims = new Map<QueueId, EpochMs>()

  async add(entry: QuarantineEntry): Promise<boolean> {
    if (this.#entries.has(entry.id)) return false
    this.#entries.set(entry.id, entry)
    return true
  }

  async get(id: QueueId): Promise<QuarantineEntry | null> {
    return this.#entries.get(id) ?? null
  }

  async list(max: number, after?: QueueId): Promise<readonly QuarantineEntry[]> {
    const ids = [...this.#entries.keys()].filter((id) => after === undefined || id > after).sort()
    return ids.slice(0, max).flatMap((id) => this.#entries.get(id) ?? [])
  }

  async claim(id: QueueId, now: EpochMs, until: EpochMs): Promise<QuarantineEntry | null> {
    const entry = this.#entries.get(id)
    if (entry === undefined || (this.#claims.get(id) ?? 0) > now) return null
    this.#claims.set(id, until)
    return entry
  }

  async unclaim(id: QueueId): Promise<void> {
    this.#claims.delete(id)
  }

  async remove(id: QueueId): Promise<boolean> {
    this.#claims.delete(id)
    return this.#entries.delete(id)
  }

  async expired(before: EpochMs, max: number): Promise<readonly QuarantineEntry[]> {
    const old = [...this.#entries.values()].filter((entry) => entry.heldAt < before)
    return old.sort((a, b) => a.heldAt - b.heldAt).slice(0, max)
  }

  async count(): Promise<number> {
    return this.#entries.size
  }

  async references(blobs: readonly BlobId[]): Promise<ReadonlySet<BlobId>> {
    const used = new Set([...this.#entries.values()].map((entry) => entry.blob))
    return new Set(blobs.filter((blob) => used.has(blob)))
  }
}
