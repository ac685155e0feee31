// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { Clock } from '../../../src/core/ports.ts'
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

test('a server that is not there is a tempfail', async () => {
  const gone = await serveZone('')
  await gone[Symbol.asyncDispose]()
  const transport = openTransport({ ...impatient, servers: [gone.address] })
  assert.equal((await transport.query('A', 'example.org')).kind, 'tempfail')
})
