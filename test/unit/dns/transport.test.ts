// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { Clock } from '../../../src/core/ports.ts'
import { parseServer } from '../../../src/dns/exchange.ts'
import { decodeReply } from '../../../src/dns/message.ts'
import { createResolver, resolverDefaults } from '../../../src/dns/resolver.ts'
import { openTransport } from '../../../src/dns/transport.ts'
import { proveResolver } from '../../conformance/resolver.ts'
import { serveZone } from '../../support/dns-server.ts'
import { fakeClock } from '../../support/fake-clock.ts'
import { silentMeter } from '../../support/silent.ts'
import { zoneResolver } from '../../support/zone-resolver.ts'

const impatient = { tryTimeoutMs: 300, tries: 1 }

suite('the fake resolver over a written zone', () => {
  proveResolver(async (zone) => ({ resolver: zoneResolver(zone), async [Symbol.asyncDispose]() {} }))
})

suite('the real resolver over a real socket', () => {
  proveResolver(async (zone) => {
    const server = await serveZone(zone)
    const transport = openTransport({ ...impatient, servers: [server.address] })
    const clock: Clock = fakeClock()
    const resolver = createResolver({ ...resolverDefaults, transport, clock, meter: silentMeter })
    return { resolver, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() }
  })
})

test('an answer that does not fit a datagram is fetched over TCP', async () => {
  const many = Array.from({ length: 60 }, (_, i) => `many.example. A 192.0.2.${i}`)
  await using server = await serveZone(many.join('\n'))
  const transport = openTransport({ ...impatient, servers: [server.address] })
  const answer = await transport.query('A', 'many.example')
  assert.ok(answer.kind === 'found')
  assert.equal(answer.records.length, 60)
  assert.equal(server.questions.length, 2)
})

suite('a "no" holds for as long as the SOA beside it says (RFC 2308 §5)', () => {
  const lookUp = async (zone: string, name: string) => {
    await using server = await serveZone(zone)
    return await openTransport({ ...impatient, servers: [server.address] }).query('MX', name)
  }
  for (const [what, zone, name, expected] of [
    ['its own TTL', 'example.org SOA 900\n', 'example.org', { kind: 'nxdomain', ttlSeconds: 300 }],
    ['its minimum', 'example.org 3600 SOA 900\n', 'no.example.org', { kind: 'nxdomain', ttlSeconds: 900 }],
    [
      'another type',
      'example.org SOA 120\nexample.org A 192.0.2.1',
      'example.org',
      { kind: 'nodata', ttlSeconds: 120 },
    ],
    ['nobody tells', 'example.org A 192.0.2.1', 'example.org', { kind: 'nodata' }],
  ] as const) {
    test(what, async () => assert.deepEqual(await lookUp(zone, name), expected))
  }
})

test('a server that is not there is a tempfail', async () => {
  const gone = await serveZone('')
  await gone[Symbol.asyncDispose]()
  const transport = openTransport({ ...impatient, servers: [gone.address] })
  assert.equal((await transport.query('A', 'example.org')).kind, 'tempfail')
})

suite('what a server has validated', () => {
  const ask = async (address: string, validates: boolean, trustAd: boolean): Promise<boolean | null> => {
    await using server = await serveZone(
      'example.org A 192.0.2.1\nsub.example.org CNAME example.org',
      address,
      0,
      validates,
    )
    const transport = openTransport({ ...impatient, servers: [server.address], trustAd })
    const answer = await transport.query('A', 'sub.example.org')
    return answer.kind === 'found' ? answer.secure : null
  }
  test('is told apart', async () => assert.equal(await ask('127.0.0.1', true, false), true))
  test('is not claimed where the server does not', async () => assert.equal(await ask('127.0.0.1', false, true), false))
})

suite('who is believed', () => {
  const head = (flags: number): Buffer => Buffer.from([0, 7, flags >> 8, flags & 255, 0, 1, 0, 0, 0, 0, 0, 0])
  const question = Buffer.concat([head(0x0120), Buffer.from('\x01a\x07example\x00\x00\x01\x00\x01', 'latin1')])
  const reply = (bytes: Buffer): unknown => decodeReply(bytes, 7, 'A', 'a.example')

  test('an answer to another question is none', () => {
    const answer = Buffer.from(question)
    answer.writeUInt16BE(0x8180, 2)
    assert.deepEqual(reply(answer), { rcode: 0, truncated: false, authentic: false, records: [], ttlSeconds: null })
    assert.equal(decodeReply(answer, 8, 'A', 'a.example'), null)
    assert.equal(decodeReply(answer, 7, 'MX', 'a.example'), null)
    assert.equal(decodeReply(answer, 7, 'A', 'b.example'), null)
    assert.equal(reply(question), null)
  })

  test('a name that points at itself ends', () => {
    const answer = Buffer.concat([head(0x8180), Buffer.from([0xc0, 12, 0, 1, 0, 1])])
    assert.equal(reply(answer), null)
  })

  test('no mutation of an answer throws', () => {
    const whole = Buffer.concat([
      question,
      Buffer.from('\xc0\x0c\x00\x05\x00\x01\x00\x00\x00\x09\x00\x04\x01b\xc0\x0e', 'latin1'),
      Buffer.from('\x01b\xc0\x0e\x00\x01\x00\x01\x00\x00\x00\x05\x00\x04\xc0\x00\x02\x01', 'latin1'),
    ])
    whole.writeUInt16BE(0x81a0, 2)
    whole.writeUInt16BE(2, 6)
    const expected = { rcode: 0, truncated: false, authentic: true, records: ['192.0.2.1'], ttlSeconds: 5 }
    assert.deepEqual(reply(whole), expected)
    const alias = Buffer.from('\xc0\x0c\x00\x05\x00\x01\x00\x00\x00\x07\x00\x04\x01b\xc0\x0e', 'latin1')
    const soa = Buffer.concat([
      Buffer.from('\xc0\x0e\x00\x06\x00\x01\x00\x00\x00\x09\x00\x18\xc0\x0e\xc0\x0e', 'latin1'),
      Buffer.from('0000000100001c2000000384001275000000003c', 'hex'),
    ])
    const no = Buffer.concat([question, alias, soa])
    no.writeUInt16BE(0x8183, 2)
    no.writeUInt16BE(1, 6)
    no.writeUInt16BE(1, 8)
    // An alias of seven seconds leads to a name that does not exist for nine.
    assert.deepEqual(reply(no), { rcode: 3, truncated: false, authentic: false, records: [], ttlSeconds: 7 })
    for (const sound of [whole, no]) {
      for (let at = 0; at < sound.length; at++) {
        reply(sound.subarray(0, at))
        for (let value = 0; value < 256; value++) {
          const mutated = Buffer.from(sound)
          mutated[at] = value
          reply(mutated)
        }
      }
    }
  })

  for (const [text, expected] of [
    ['192.0.2.53', '192.0.2.53 53 far'],
    ['127.0.0.53:5353', '127.0.0.53 5353 near'],
    ['::1', '::1 53 near'],
    ['[2001:db8::53]:54', '2001:db8::53 54 far'],
    ['ns.example.org', 'none'],
    ['', 'none'],
  ] as const) {
    test(`a server is written as an address: "${text}"`, () => {
      const server = parseServer(text)
      const told = server === null ? 'none' : `${server.host} ${server.port} ${server.isLoopback ? 'near' : 'far'}`
      assert.equal(told, expected)
    })
  }

  test('a server that is none is a complaint', () => {
    assert.throws(() => openTransport({ ...impatient, servers: ['dns.example'] }), { name: 'UserError' })
  })
})
