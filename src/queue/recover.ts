// SPDX-License-Identifier: Apache-2.0
/** Puts right what a crash left behind: run at start, and now and then. */
import type { BlobId, EpochMs } from '../core/brand.ts'
import type { BlobStore, Clock, Logger } from '../core/ports.ts'
import type { QuarantineStore, QueueStore } from '../core/stores.ts'

export interface RecoverOptions {
  /** The spool, whose owners may be rows of the queue and, where they share it, of the quarantine. */
  readonly blobs: BlobStore & {
    sweep(before: EpochMs): Promise<number>
    sweepBundles(before: EpochMs, isUsed: (bundle: string) => Promise<boolean>): Promise<number>
  }
  readonly owners: readonly Pick<QueueStore | QuarantineStore, 'references'>[]
  /** Only the queue has blobs in bundles: what is quarantined stays long. */
  readonly queue: Pick<QueueStore, 'refersInto'>
  readonly clock: Clock
  readonly log: Logger
  /** A blob younger than this may have a row on its way: it is no orphan yet. Longer than any commit. */
  readonly graceMs: number
}

export interface Recovered {
  readonly torn: number
  readonly orphans: number
}

const pageSize = 500

/** Ends the leases of the process that had this name before us, so that its mail need not wait for them to lapse. */
export async function reclaimLeases(store: QueueStore, holder: string, log: Logger): Promise<number> {
  const leases = await store.reclaim(holder)
  if (leases > 0) log.warn('queue.recovered_leases', { leases })
  return leases
}

/** Removes half-written files, and blobs that no row names: their clients were never told 250. */
export async function removeOrphans(options: RecoverOptions): Promise<Recovered> {
  const { blobs, clock, log } = options
  const before = (clock.now() - options.graceMs) as EpochMs
  const torn = await blobs.sweep(before)
  const bundles = await blobs.sweepBundles(before, (bundle) => options.queue.refersInto(bundle))
  let orphans = 0
  let page: BlobId[] = []
  const flush = async () => {
    const wanted = await Promise.all(options.owners.map((owner) => owner.references(page)))
    const unwanted = page.filter((id) => !wanted.some((set) => set.has(id)))
    for (const id of unwanted) await blobs.remove(id)
    orphans += unwanted.length
    page = []
  }
  for await (const { id, storedAt } of blobs.list()) {
    if (storedAt >= before) continue
    page.push(id)
    if (page.length >= pageSize) await flush()
  }
  if (page.length > 0) await flush()
  if (torn + orphans > 0) log.warn('queue.recovered_files', { torn, orphans })
  if (bundles > 0) log.info('queue.removed_bundles', { bundles })
  return { torn, orphans }
}
