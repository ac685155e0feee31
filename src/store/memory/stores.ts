// SPDX-License-Identifier: Apache-2.0
import type { Stores } from '../../core/stores.ts'
import { MemoryAccounts } from './accounts.ts'
import { MemoryCounters, MemoryGreylist } from './losable.ts'
import { MemoryQuarantine } from './quarantine.ts'
import { MemoryQueue } from './queue.ts'

/** Everything is forgotten at the end of the process. */
export function openMemoryStores(limits: { readonly maxLosable: number; readonly greylistKeepMs: number }): Stores {
  return {
    greylist: new MemoryGreylist(limits.maxLosable, limits.greylistKeepMs),
    counters: new MemoryCounters(limits.maxLosable),
    accounts: new MemoryAccounts(),
    queue: new MemoryQueue(),
    quarantine: new MemoryQuarantine(),
    [Symbol.asyncDispose]: async () => undefined,
  }
}
