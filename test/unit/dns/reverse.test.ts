// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Domain } from '../../../src/core/brand.ts'
import type { Resolver } from '../../../src/core/ports.ts'
import { lookUpPtr } from '../../../src/dns/reverse.ts'
import { organizationalDomain } from '../../../src/dns/suffix.ts'
import { fakeClock } from '../../support/fake-clock.ts'
import { zoneResolver } from '../../support/zone-resolver.ts'

const zone = `
  192.0.2.1            PTR   mail.example.org.
  mail.example.org.    A     192.0.2.1
  2001:db8::1          PTR   mail6.example.org.
  mail6.example.org.   AAAA  2001:0db8::0001
  192.0.2.2            PTR   liar.example.org.
  liar.example.org.    A     198.51.100.1
  192.0.2.3            PTR   nowhere.example.org.
  192.0.2.4            PTR   broken.example.org.
  broken.example.org.  SERVFAIL
  192.0.2.5            PTR   nowhere.example.org.
  192.0.2.5            PTR   second.example.org.
  second.example.org.  A     192.0.2.5
  192.0.2.7            SERVFAIL
`
const options = { clock: fakeClock(), deadlineMs: 1000 }

test('a reverse name is confirmed, claimed, absent or unknown for now', async () => {
  const table: readonly (readonly [string, object])[] = [
    ['192.0.2.1', { kind: 'confirmed', name: 'mail.example.org' }],
    ['::ffff:192.0.2.1', { kind: 'confirmed', name: 'mail.example.org' }],
    ['2001:db8:0:0::1', { kind: 'confirmed', name: 'mail6.example.org' }],
    ['192.0.2.2', { kind: 'unconfirmed', claimed: 'liar.example.org', because: 'mismatch' }],
    ['192.0.2.3', { kind: 'unconfirmed', claimed: 'nowhere.example.org', because: 'no-address' }],
    ['192.0.2.4', { kind: 'unconfirmed', claimed: 'broken.example.org', because: 'tempfail' }],
    ['192.0.2.5', { kind: 'confirmed', name: 'second.example.org' }],
    ['192.0.2.6', { kind: 'absent' }],
    ['192.0.2.7', { kind: 'tempfail' }],
    ['nonsense', { kind: 'absent' }],
  ]
  for (const [ip, expected] of table)
    assert.deepEqual(await lookUpPtr(ip, { ...options, dns: zoneResolver(zone) }), expected, ip)
})

test('a confirmation that takes too long is given up', async () => {
  const clock = fakeClock()
  const asked = Promise.withResolvers<void>()
  const dns: Resolver = {
    ...zoneResolver(zone),
    a(_, signal) {
      asked.resolve()
      return new Promise((resolve) => {
        signal?.addEventListener('abort', () => resolve({ kind: 'tempfail', because: 'aborted' }))
      })
    },
  }
  const looking = lookUpPtr('192.0.2.1', { dns, clock, deadlineMs: 1000 })
  await asked.promise
  clock.advance(1000)
  assert.deepEqual(await looking, { kind: 'unconfirmed', claimed: 'mail.example.org', because: 'tempfail' })
})

test('the organizational domain ends where a registration does', () => {
  const table: readonly (readonly [string, string])[] = [
    ['mail.example.org', 'example.org'],
    ['a.b.example.co.uk', 'example.co.uk'],
    ['one.github.io', 'one.github.io'],
    ['deep.one.github.io', 'one.github.io'],
    ['co.uk', 'co.uk'],
    ['localhost', 'localhost'],
    ['_dmarc.example.org', 'example.org'],
  ]
  for (const [name, expected] of table) assert.equal(organizationalDomain(name as Domain), expected, name)
})
