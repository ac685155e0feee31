// SPDX-License-Identifier: Apache-2.0
/** What is held, for people. */
import type { QueueId } from '../core/brand.ts'
import type { Blob } from '../core/message.ts'
import type { QuarantineEntry } from '../core/stores.ts'
import type { HoldOptions } from './hold.ts'

/** Everything, page by page, oldest id first: a list of any length costs the memory of one page. */
export async function* list(options: HoldOptions, pageSize: number): AsyncGenerator<QuarantineEntry> {
  let after: QueueId | undefined
  for (;;) {
    const page = await options.store.list(pageSize, after)
    yield* page
    after = page.at(-1)?.id
    if (page.length < pageSize) return
  }
}

/** A held message with its verdict; null when there is none. The blob is null when the spool has lost it. */
export async function show(
  id: QueueId,
  options: HoldOptions,
): Promise<{ readonly entry: QuarantineEntry; readonly blob: Blob | null } | null> {
  const entry = await options.store.get(id)
  return entry === null ? null : { entry, blob: await options.blobs.get(entry.blob) }
}
