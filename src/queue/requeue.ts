// SPDX-License-Identifier: Apache-2.0
/** Sends what waits where the settings say now, instead of where they said when it came. */
import type { EpochMs, QueueId } from '../core/brand.ts'
import type { Recipient } from '../core/envelope.ts'
import type { Clock } from '../core/ports.ts'
import { destinationOf, type QueueEntry, type QueueStore } from '../core/stores.ts'
import { batchByRoute, type RouteBatch } from './route.ts'

export interface RequeueOptions {
  readonly store: QueueStore
  readonly clock: Clock
  /** Null: there is no way there now; then the entry stays as it is. */
  readonly routeOf: (recipient: Recipient) => RouteBatch['route'] | null
}

/** Times that one message may be split. */
const maxParts = 1_000

/**
 * Routes an entry anew and makes it due. One that is just being delivered is not called back: what it leaves goes on as
 * before. False when there was no such entry.
 */
export async function requeue(id: QueueId, options: RequeueOptions): Promise<boolean> {
  const { store, clock } = options
  const entry = await store.get(id)
  if (entry === null) return false
  const due = clock.now()
  const routed = entry.envelope.recipients.flatMap((recipient) => {
    const route = options.routeOf(recipient)
    return route === null ? [] : [{ route, recipient }]
  })
  const batches = batchByRoute(routed)
  const [first] = batches
  if (first === undefined || routed.length < entry.envelope.recipients.length)
    return (await store.change(id, { due })) > 0
  if (batches.length > 1) return split(entry, batches, due, store)
  return (await store.change(id, { due, route: first.route })) > 0
}

/** New entries first: a crash between the two delivers twice rather than never. */
async function split(
  entry: QueueEntry,
  batches: readonly RouteBatch[],
  due: EpochMs,
  store: QueueStore,
): Promise<boolean> {
  for (let part = 2; part < maxParts; part++) {
    const entries = batches.map(({ route, recipients }, i): QueueEntry => {
      const id = `${entry.id}.${part + i}` as QueueId
      return { ...entry, id, route, due, envelope: { ...entry.envelope, recipients } }
    })
    if (await store.add(entries)) return (await store.remove(entry.id)) !== null
  }
  throw new Error(`${entry.id} was split too often: ${destinationOf(entry.route)}`)
}
