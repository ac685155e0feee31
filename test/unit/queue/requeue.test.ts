// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { QueueId } from '../../../src/core/brand.ts'
import type { Recipient } from '../../../src/core/envelope.ts'
import { destinationOf } from '../../../src/core/stores.ts'
import { requeue } from '../../../src/queue/requeue.ts'
import { parseRoute } from '../../../src/queue/route.ts'
import { openMemoryStores } from '../../../src/store/memory/stores.ts'
import { anEntry, anEnvelope, aRecipient, at, epoch, HandClock } from '../../support/custody.ts'

const id = 'A' as QueueId

async function requeued(hosts: readonly (string | null)[]) {
  const { queue: store } = openMemoryStores({ maxLosable: 9, greylistKeepMs: 9 })
  const recipients = hosts.map((_, i) => aRecipient(`u${i}@example.org`))
  await store.add([anEntry('A', { envelope: anEnvelope({ recipients }), due: at(9_000), attempts: 3 })])
  const routeOf = (to: Recipient) => {
    const host = hosts[recipients.indexOf(to)] ?? null
    return host === null ? null : parseRoute(`smtp://${host}:25`)
  }
  assert.equal(await requeue(id, { store, clock: new HandClock(), routeOf }), true)
  const entries = await store.list(9)
  return entries.map(({ id, route, due, attempts, envelope }) => {
    assert.deepEqual([due, attempts], [epoch, 3])
    return `${id} ${destinationOf(route)} ${envelope.recipients.length}`
  })
}

describe('requeue', () => {
  it('sends a message where it would go now', async () =>
    assert.deepEqual(await requeued(['new.example', 'new.example']), ['A smtp://new.example:25 2']))

  it('splits a message whose recipients part ways now', async () =>
    assert.deepEqual(await requeued(['a.example', 'b.example', 'a.example']), [
      'A.2 smtp://a.example:25 2',
      'A.3 smtp://b.example:25 1',
    ]))

  it('leaves the route of a message with a recipient that has none now', async () =>
    assert.deepEqual(await requeued(['a.example', null]), [`A ${destinationOf(anEntry('A').route)} 2`]))

  it('says when there is no such message', async () => {
    const { queue: store } = openMemoryStores({ maxLosable: 9, greylistKeepMs: 9 })
    assert.equal(await requeue(id, { store, clock: new HandClock(), routeOf: () => null }), false)
  })
})
