// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { DnsAnswer } from '../../../src/core/ports.ts'
import { createResolver, resolverDefaults } from '../../../src/dns/resolver.ts'
import type { DnsTransport, QueryType, RecordOf } from '../../../src/dns/transport.ts'
import { fakeClock } from '../../support/fake-clock.ts'
import { silentMeter } from '../../support/silent.ts'

const found = (ttlSeconds: number): DnsAnswer<never> => ({ kind: 'found', records: [], ttlSeconds, secure: false })

/** A transport that answers when told to, and remembers what it was asked. */
function heldTransport() {
  const asked: string[] = []
  const waiting: PromiseWithResolvers<DnsAnswer<never>>[] = []
  const transport: DnsTransport = {
    query<T extends QueryType>(type: T, name: string): Promise<DnsAnswer<RecordOf[T]>> {
      asked.push(`${type} ${name}`)
      const held = Promise.withResolvers<DnsAnswer<never>>()
      waiting.push(held)
      return held.promise
    },
  }
  const answer = (reply: DnsAnswer<never>): void => waiting.shift()?.resolve(reply)
  return { transport, asked, answer }
}

function open() {
  const clock = fakeClock()
  const held = heldTransport()
  const dns = createResolver({ ...resolverDefaults, transport: held.transport, clock, meter: silentMeter })
  return { ...held, clock, dns }
}

test('two who ask the same share one question', async () => {
  const { dns, asked, answer } = open()
  const both = Promise.all([dns.a('example.org'), dns.a('Example.ORG.')])
  answer({ kind: 'nodata' })
  assert.deepEqual(await both, [{ kind: 'nodata' }, { kind: 'nodata' }])
  assert.deepEqual(asked, ['A example.org'])
})

test('an answer is kept for its time, within bounds', async () => {
  const table: readonly (readonly [DnsAnswer<never>, number])[] = [
    [found(120), 120],
    [found(1), 5],
    [found(99_999), 3600],
    [found(0), 5],
    [{ kind: 'nxdomain' }, 60],
    [{ kind: 'nodata' }, 60],
    [{ kind: 'nxdomain', ttlSeconds: 900 }, 900],
    [{ kind: 'nodata', ttlSeconds: 86_400 }, 3600],
    [{ kind: 'nodata', ttlSeconds: 0 }, 5],
    [{ kind: 'tempfail', because: 'SERVFAIL' }, 5],
  ]
  for (const [reply, seconds] of table) {
    const { dns, asked, answer, clock } = open()
    const first = dns.mx('example.org')
    answer(reply)
    assert.deepEqual(await first, reply)
    clock.advance(seconds * 1000 - 1)
    assert.deepEqual(await dns.mx('example.org'), reply)
    assert.equal(asked.length, 1, JSON.stringify(reply))
    clock.advance(1)
    const again = dns.mx('example.org')
    assert.equal(asked.length, 2, JSON.stringify(reply))
    answer(reply)
    await again
  }
})

test('what is known is told at once, and until when', async () => {
  const { dns, answer, clock } = open()
  assert.equal(dns.known?.('mx', 'example.org'), undefined)
  const asked = dns.mx('example.org')
  answer(found(120))
  await asked
  const until = clock.now() + 120_000
  clock.advance(119_999)
  assert.deepEqual(dns.known?.('mx', 'Example.ORG.'), { answer: found(120), until })
  assert.equal(dns.known?.('txt', 'example.org'), undefined)
  clock.advance(1)
  assert.equal(dns.known?.('mx', 'example.org'), undefined)
})

test('of a reverse name only domain names are known', async () => {
  const { dns, answer } = open()
  const records = ['Mail.Example.org', 'not a name'] as readonly string[] as readonly never[]
  const asked = dns.ptr('192.0.2.1')
  answer({ kind: 'found', records, ttlSeconds: 60, secure: false })
  const told = await asked
  assert.deepEqual(dns.known?.('ptr', '192.0.2.1')?.answer, told)
  assert.equal(dns.known?.('ptr', 'nonsense'), undefined)
})

test('a server that stays silent is given up at the deadline', async () => {
  const { dns, clock } = open()
  const question = dns.txt('example.org')
  clock.advance(resolverDefaults.deadlineMs)
  assert.equal((await question).kind, 'tempfail')
})

test('one who leaves does not take the answer from the others', async () => {
  const { dns, answer } = open()
  const leaving = new AbortController()
  const [left, stayed] = [dns.a('example.org', leaving.signal), dns.a('example.org')]
  leaving.abort()
  assert.equal((await left).kind, 'tempfail')
  answer(found(60))
  assert.equal((await stayed).kind, 'found')
})

test('a transaction that asks too much gets no more answers, but may read what is known', async () => {
  const { dns, answer, asked } = open()
  const transaction = dns.forTransaction(2)
  for (const name of ['one.example', 'two.example']) {
    const question = transaction.a(name)
    answer(found(60))
    assert.equal((await question).kind, 'found')
  }
  assert.equal((await transaction.a('three.example')).kind, 'tempfail')
  assert.equal((await transaction.a('one.example')).kind, 'found')
  assert.equal(asked.length, 2)
})

test('a name that is too long is never asked for', async () => {
  const { dns, asked } = open()
  assert.equal((await dns.a(`${'a'.repeat(63)}.`.repeat(4))).kind, 'nxdomain')
  assert.deepEqual(asked, [])
})
