// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { QueueId } from '../../../src/core/brand.ts'
import type { DeliveryOutcome } from '../../../src/core/delivery.ts'
import type { Recipient } from '../../../src/core/envelope.ts'
import { Failure } from '../../../src/core/failure.ts'
import { openMemoryStores } from '../../../src/store/memory/stores.ts'
import { anEnvelope, aRecipient, until } from '../../support/custody.ts'
import { aCustodyHouse, bounced, deferred, delivered, mail, route } from '../../support/custody-house.ts'
import { failingStores } from '../../support/failing-stores.ts'

const empty = async (house: Awaited<ReturnType<typeof aCustodyHouse>>) => {
  const depth = await house.queue.depth()
  return depth.waiting + depth.held === 0
}

describe('the way through the queue', () => {
  it('delivers what was enqueued, byte for byte, and forgets it', async () => {
    const house = await aCustodyHouse(() => delivered())
    house.scheduler.start()
    await house.enqueue()
    await until(() => empty(house))
    await house.scheduler.stop()
    assert.deepEqual(house.carried[0]?.bytes, mail)
    assert.equal(house.carried[0]?.job.attempt, 1)
    assert.deepEqual(await Array.fromAsync(house.blobs.list()), [])
    const [line] = house.log.of('queue.delivered')
    assert.equal(line?.['to'], '<user@example.org>')
    assert.equal(line?.['relay'], 'mx.example.org')
    assert.equal(line?.['status'], 'sent')
    assert.equal(line?.['dsn'], '2.0.0')
  })

  it('tries again after the backoff, only for those who are owed it', async () => {
    const recipients = [aRecipient('a@example.org'), aRecipient('b@example.org')]
    const house = await aCustodyHouse((to, job) =>
      to.address.localPart === 'b' && job.attempt === 1 ? deferred() : delivered(),
    )
    house.scheduler.start()
    await house.enqueue({ envelope: anEnvelope({ recipients }) })
    await until(() => house.log.of('queue.delivered').length === 2)
    await until(async () => (await house.queue.get('Q1' as QueueId))?.attempts === 1)
    assert.equal((await house.queue.get('Q1' as QueueId))?.lastReply, '450 4.2.0 later')
    await until(() => {
      house.clock.advance(60_000)
      return house.carried.length === 2
    })
    assert.deepEqual(
      house.carried[1]?.job.envelope.recipients.map((to) => to.address.localPart),
      ['b'],
    )
    await until(() => empty(house))
    await house.scheduler.stop()
  })

  it('keeps one message for several routes as one blob, until the last is done', async () => {
    const [a, b] = [aRecipient('a@x.example'), aRecipient('b@y.example')]
    const house = await aCustodyHouse((to) => (to === a ? delivered() : deferred()))
    const batches = [
      { route: route('smtp://x.example'), recipients: [a] },
      { route: route('maildir:'), recipients: [b] },
    ]
    await house.enqueue({ envelope: anEnvelope({ recipients: [a, b] }), batches })
    assert.deepEqual(
      (await house.queue.list(9)).map((entry) => entry.id),
      ['Q1', 'Q1.2'],
    )
    house.scheduler.start()
    await until(async () => (await house.queue.get('Q1' as QueueId)) === null)
    await until(async () => (await house.queue.get('Q1.2' as QueueId))?.attempts === 1)
    assert.equal((await Array.fromAsync(house.blobs.list())).length, 1)
    assert.equal(await house.queue.delete('Q1.2' as QueueId), true)
    assert.equal((await Array.fromAsync(house.blobs.list())).length, 0)
    await house.scheduler.stop()
  })

  it('takes the same id twice, for recipients that failed at different steps', async () => {
    const house = await aCustodyHouse(() => delivered())
    await house.enqueue()
    await house.enqueue()
    assert.deepEqual(
      (await house.queue.list(9)).map((entry) => entry.id),
      ['Q1', 'Q1.2'],
    )
  })

  it('delivers nothing that is held, and at once what is released', async () => {
    const house = await aCustodyHouse(() => delivered())
    await house.enqueue()
    assert.equal(await house.queue.hold('Q1' as QueueId), 1)
    house.scheduler.start()
    await until(() => house.log.lines.length > 0)
    assert.equal(house.carried.length, 0)
    await house.queue.release('Q1' as QueueId)
    await until(() => empty(house))
    await house.scheduler.stop()
  })

  it('flushes what would wait for its backoff', async () => {
    const house = await aCustodyHouse((_to, job) => (job.attempt === 1 ? deferred() : delivered()))
    house.scheduler.start()
    await house.enqueue()
    await until(async () => (await house.queue.get('Q1' as QueueId))?.attempts === 1)
    assert.equal(await house.queue.retry(null), 1)
    await until(() => empty(house))
    await house.scheduler.stop()
  })
})

describe('fairness and dead destinations', () => {
  it('opens no more connections to one destination than it bears, and serves others meanwhile', async () => {
    const gate = Promise.withResolvers<DeliveryOutcome>()
    const house = await aCustodyHouse((to) => (to.address.domain === 'slow.example' ? gate.promise : delivered()))
    for (let i = 0; i < 100; i++) {
      const recipients = [aRecipient(`u${i}@slow.example`)]
      const batches = [{ route: route('smtp://slow.example'), recipients }]
      await house.enqueue({ id: `S${i}` as QueueId, envelope: anEnvelope({ recipients }), batches })
    }
    await house.enqueue({ id: 'Z' as QueueId })
    house.scheduler.start()
    await until(() => house.carried.some(({ job }) => job.queueId === 'Z'))
    assert.equal(house.carried.filter(({ job }) => job.queueId !== 'Z').length, 5)
    gate.resolve(delivered())
    await until(() => empty(house))
    assert.equal(house.carried.length, 101)
    await house.scheduler.stop()
  })

  it('leaves a dead destination alone for a while, and tells its mail why', async () => {
    const house = await aCustodyHouse(() => deferred('4.4.1'))
    for (let i = 0; i < 30; i++) await house.enqueue({ id: `D${i}` as QueueId })
    house.scheduler.start()
    await until(() => house.log.of('queue.delivered').length === 30)
    assert.ok(house.carried.length < 10, `${house.carried.length} connections`)
    await until(async () => /suspended/.test((await house.queue.get('D29' as QueueId))?.lastReply ?? ''))
    await house.scheduler.stop()
  })
})

describe('stopping and failing', () => {
  it('lets deliveries end and frees what was not begun', async () => {
    const gate = Promise.withResolvers<DeliveryOutcome>()
    const house = await aCustodyHouse(() => gate.promise)
    for (let i = 0; i < 8; i++) await house.enqueue({ id: `E${i}` as QueueId })
    house.scheduler.start()
    await until(() => house.carried.length === 5)
    const stopped = house.scheduler.stop()
    gate.resolve(delivered())
    await stopped
    assert.equal(house.carried.length, 5)
    assert.equal((await house.stores.queue.lease('next', house.clock.now(), house.clock.now(), 9, [])).length, 3)
  })

  it('aborts a delivery that dawdles, which is then tried again later', async () => {
    const house = await aCustodyHouse(async (_to: Recipient, _job, signal) => {
      await new Promise((resolve) => signal.addEventListener('abort', resolve))
      return deferred()
    })
    house.scheduler.start()
    await house.enqueue()
    await until(() => house.carried.length === 1)
    const stopped = house.scheduler.stop()
    house.clock.advance(1_000)
    await stopped
    assert.equal((await house.queue.get('Q1' as QueueId))?.attempts, 1)
  })

  it('answers 4xx when a message cannot be taken into custody', async () => {
    const stores = failingStores(openMemoryStores({ maxLosable: 9, greylistKeepMs: 9 }), (call) =>
      call === 'queue.add' ? 'before' : 'no',
    )
    const house = await aCustodyHouse(() => delivered(), { stores })
    await assert.rejects(house.enqueue(), (error) => error instanceof Failure && error.temporary)
  })

  it('delivers once though the answer to the settlement is lost', async () => {
    let lost = 2
    const stores = failingStores(openMemoryStores({ maxLosable: 9, greylistKeepMs: 9 }), (call) =>
      call === 'queue.settle' && lost-- > 0 ? 'before' : 'no',
    )
    const house = await aCustodyHouse(() => delivered(), { stores })
    house.scheduler.start()
    await house.enqueue()
    await until(() => {
      house.clock.advance(500)
      return empty(house)
    })
    await house.scheduler.stop()
    assert.equal(house.carried.length, 1)
  })

  it('defers everyone when the courier throws', async () => {
    const house = await aCustodyHouse(() => Promise.reject(new Error('a bug')))
    house.scheduler.start()
    await house.enqueue()
    await until(async () => /no answer/.test((await house.queue.get('Q1' as QueueId))?.lastReply ?? ''))
    await house.scheduler.stop()
  })

  it('holds an entry whose message is missing from the spool', async () => {
    const house = await aCustodyHouse(() => delivered())
    await house.enqueue()
    const entry = await house.queue.get('Q1' as QueueId)
    assert.ok(entry !== null)
    await house.blobs.remove(entry.blob)
    house.scheduler.start()
    await until(async () => (await house.queue.depth()).held === 1)
    await house.scheduler.stop()
  })
})

describe('notices', () => {
  it('bounces to the sender, and the bounce travels with the null reverse-path', async () => {
    const house = await aCustodyHouse((to) => (to.address.domain === 'example.org' ? bounced() : delivered()))
    house.scheduler.start()
    await house.enqueue()
    await until(() => house.carried.length === 2)
    await until(() => empty(house))
    await house.scheduler.stop()
    const dsn = house.carried[1]
    assert.equal(dsn?.job.envelope.reversePath, null)
    assert.equal(dsn?.route.kind, 'mx')
    const text = dsn?.bytes.toString() ?? ''
    assert.match(text, /^Status: 5\.1\.1\r$/m)
    assert.match(text, /^Subject: hello\r$/m)
  })

  it('keeps for a person what may not be returned, and never bounces a bounce', async () => {
    const house = await aCustodyHouse(() => bounced())
    house.scheduler.start()
    await house.enqueue({ returnable: false })
    await house.enqueue({ id: 'Q2' as QueueId, envelope: anEnvelope({ reversePath: null }) })
    await until(() => empty(house))
    await house.scheduler.stop()
    assert.equal(house.carried.length, 2)
    assert.deepEqual(house.kept.map(({ entry }) => entry.id).sort(), ['Q1', 'Q2'])
    assert.match(house.kept[0]?.because ?? '', /550 5\.1\.1 no such user/)
  })

  it('says nothing to a sender that does not want to know', async () => {
    const house = await aCustodyHouse(() => bounced())
    house.scheduler.start()
    await house.enqueue({ envelope: anEnvelope({ recipients: [aRecipient('u@example.org', { notify: ['never'] })] }) })
    await until(() => empty(house))
    await house.scheduler.stop()
    assert.deepEqual([house.carried.length, house.kept.length], [1, 0])
  })

  it('gives up after the lifetime, and warns once before', async () => {
    const house = await aCustodyHouse((to) => (to.address.domain === 'example.org' ? deferred() : delivered()), {
      retry: {
        minBackoffMs: 300_000,
        maxBackoffMs: 4_000_000,
        lifetimeMs: 10_000_000,
        bounceLifetimeMs: 10_000_000,
        warnAfterMs: 1_000_000,
      },
    })
    house.scheduler.start()
    await house.enqueue()
    await until(async () => {
      house.clock.advance(60_000)
      return empty(house)
    })
    await house.scheduler.stop()
    const notices = house.log.of('queue.notified').map((fields) => fields['action'])
    assert.deepEqual(notices, ['delayed', 'failed'])
    const last = house.carried.at(-1)?.bytes.toString() ?? ''
    assert.match(last, /^Status: 5\.4\.7\r$/m)
  })

  it('keeps owing the message while the sender cannot be told', async () => {
    let broken = true
    const real = openMemoryStores({ maxLosable: 9, greylistKeepMs: 9 })
    const house = await aCustodyHouse((to) => (to.address.domain === 'example.org' ? bounced() : delivered()), {
      stores: failingStores(real, (call) => (call === 'queue.add' && broken ? 'before' : 'no')),
    })
    broken = false
    await house.enqueue()
    broken = true
    house.scheduler.start()
    await until(async () => (await real.queue.get('Q1' as QueueId))?.attempts === 1)
    broken = false
    await until(async () => {
      house.clock.advance(60_000)
      return empty(house)
    })
    await house.scheduler.stop()
    assert.equal(house.log.of('queue.notified').length, 1)
  })

  it('tells of success who asked for it, unless the next hop will', async () => {
    const recipients = ['a', 'b', 'c'].map((name) =>
      aRecipient(`${name}@example.org`, { notify: name === 'c' ? [] : ['success'] }),
    )
    const house = await aCustodyHouse((to) =>
      to.address.localPart === 'b' ? ({ ...delivered(), dsnPassedOn: true } as DeliveryOutcome) : delivered(),
    )
    house.scheduler.start()
    await house.enqueue({ envelope: anEnvelope({ recipients }) })
    await until(() => house.carried.length === 2)
    await until(() => empty(house))
    await house.scheduler.stop()
    const text = house.carried[1]?.bytes.toString() ?? ''
    assert.match(text, /^Action: relayed\r$/m)
    assert.match(text, /a@example\.org/)
    assert.doesNotMatch(text, /[bc]@example\.org/)
  })
})
