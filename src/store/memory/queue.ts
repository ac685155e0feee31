// SPDX-License-Identifier: Apache-2.0
import type { BlobId, EpochMs, QueueId } from '../../core/brand.ts'
import {
  destinationOf,
  type Lease,
  type QueueChange,
  type QueueEntry,
  type QueueStore,
  type Settlement,
} from '../../core/stores.ts'

function byDue(a: QueueEntry, b: QueueEntry): number {
  return a.due - b.due || (a.id < b.id ? -1 : 1)
}

export class MemoryQueue implements QueueStore {
  readonly #entries = new Map<QueueId, QueueEntry>()
  readonly #leases = new Map<QueueId, Lease>()

  async add(entries: readonly QueueEntry[], lease?: Lease): Promise<boolean> {
    if (entries.some((entry) => this.#entries.has(entry.id))) return false
    for (const entry of entries) {
      this.#entries.set(entry.id, entry)
      if (lease !== undefined) this.#leases.set(entry.id, lease)
    }
    return true
  }

  async lease(
    holder: string,
    now: EpochMs,
    until: EpochMs,
    max: number,
    skip: readonly string[],
  ): Promise<readonly QueueEntry[]> {
    const due = this.#free(now, skip).filter((entry) => entry.due <= now)
    const taken = due.sort(byDue).slice(0, max)
    for (const entry of taken) this.#leases.set(entry.id, { holder, until })
    return taken
  }

  async renew(holder: string, ids: readonly QueueId[], until: EpochMs): Promise<void> {
    for (const id of ids) if (this.#leases.get(id)?.holder === holder) this.#leases.set(id, { holder, until })
  }

  async reclaim(holder: string): Promise<number> {
    const lost = [...this.#leases].filter(([, lease]) => lease.holder === holder)
    for (const [id] of lost) this.#leases.delete(id)
    return lost.length
  }

  async settle(holder: string, id: QueueId, rest: QueueEntry | null): Promise<Settlement> {
    const now = this.#entries.get(id)
    if (now === undefined || this.#leases.get(id)?.holder !== holder) return { settled: false, freed: null }
    this.#leases.delete(id)
    if (rest === null) this.#entries.delete(id)
    else this.#entries.set(id, { ...rest, held: rest.held || now.held })
    const used = await this.references([now.blob])
    return { settled: true, freed: used.size === 0 ? now.blob : null }
  }

  async change(id: QueueId | null, change: QueueChange): Promise<number> {
    const meant = [...this.#entries.values()].filter((entry) => id === null || entry.id === id)
    for (const entry of meant) {
      this.#entries.set(entry.id, { ...entry, ...change })
    }
    return meant.length
  }

  async remove(id: QueueId): Promise<QueueEntry | null> {
    const entry = this.#entries.get(id) ?? null
    this.#entries.delete(id)
    this.#leases.delete(id)
    return entry
  }

  async list(max: number, after?: QueueId): Promise<readonly QueueEntry[]> {
    const ids = [...this.#entries.keys()].filter((id) => after === undefined || id > after).sort()
    return ids.slice(0, max).flatMap((id) => this.#entries.get(id) ?? [])
  }

  async get(id: QueueId): Promise<QueueEntry | null> {
    return this.#entries.get(id) ?? null
  }

  async nextDue(now: EpochMs, skip: readonly string[]): Promise<EpochMs | null> {
    const [first] = this.#free(now, skip).sort(byDue)
    return first?.due ?? null
  }

  async depth(): Promise<{ readonly waiting: number; readonly held: number }> {
    const held = [...this.#entries.values()].filter((entry) => entry.held).length
    return { waiting: this.#entries.size - held, held }
  }

  async references(blobs: readonly BlobId[]): Promise<ReadonlySet<BlobId>> {
    const used = new Set([...this.#entries.values()].map((entry) => entry.blob))
    return new Set(blobs.filter((blob) => used.has(blob)))
  }

  async refersInto(prefix: string): Promise<boolean> {
    return [...this.#entries.values()].some((entry) => entry.blob.startsWith(prefix))
  }

  #free(now: EpochMs, skip: readonly string[]): QueueEntry[] {
    return [...this.#entries.values()].filter(
      (entry) =>
        !entry.held && !skip.includes(destinationOf(entry.route)) && (this.#leases.get(entry.id)?.until ?? 0) <= now,
    )
  }
}
