// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { MxRecord } from '../../../src/core/ports.ts'
import { hostsOf } from '../../../src/delivery/mx.ts'
import { localRoute, type Zone, zone } from '../../support/couriers.ts'

const mx = (preference: number, exchange: string): MxRecord => ({ preference, exchange })

const world: Zone = {
  mx: {
    'plain.example': [mx(20, 'b.example'), mx(10, 'a.example')],
    'null.example': [mx(0, '')],
    'backup.example': [mx(10, 'a.example'), mx(20, 'gw.example.org'), mx(30, 'b.example')],
    'ours.example': [mx(10, 'gw.example.org')],
    'loop.example': [mx(10, 'loopback.example')],
    'gone.example': 'nxdomain',
    'slow.example': 'tempfail',
    'empty.example': [mx(10, 'nowhere.example')],
    'doubt.example': [mx(10, 'doubtful.example')],
    'equal.example': [mx(10, 'a.example'), mx(10, 'b.example')],
    'many.example': [mx(10, 'many-addresses.example')],
  },
  a: {
    'a.example': ['192.0.2.1'],
    'b.example': ['192.0.2.2', '192.0.2.3'],
    'implicit.example': ['192.0.2.9'],
    'loopback.example': ['127.0.0.1'],
    'doubtful.example': 'tempfail',
    'many-addresses.example': Array.from({ length: 50 }, (_, i) => `198.51.100.${i}`),
  },
}

async function hosts(name: string, kind: 'mx' | 'smtp' = 'mx', random = () => 0.5): Promise<string> {
  const options = {
    dns: zone(world),
    random,
    ownNames: new Set(['gw.example.org']),
    isOwnAddress: (ip: string) => ip.startsWith('127.'),
    family: 'any' as const,
  }
  const found = await hostsOf(localRoute(kind, 25, name), options, new AbortController().signal)
  return found.kind === 'none'
    ? `${found.reply.code} ${found.reply.enhanced}`
    : found.hosts.map((h) => h.address).join(' ')
}

describe('hostsOf an MX route', () => {
  const table: readonly (readonly [why: string, domain: string, said: string])[] = [
    ['goes by preference', 'plain.example', '192.0.2.1 192.0.2.2 192.0.2.3'],
    ['takes the domain itself where there is no MX', 'implicit.example', '192.0.2.9'],
    ['bounces for a null MX', 'null.example', '556 5.1.10'],
    ['uses only exchanges better than ourselves', 'backup.example', '192.0.2.1'],
    ['finds that we are the only exchange', 'ours.example', '554 5.4.6'],
    ['does not talk to itself over loopback', 'loop.example', '554 5.4.6'],
    ['bounces for a domain that does not exist', 'gone.example', '550 5.1.2'],
    ['waits for a DNS that does not answer', 'slow.example', '451 4.4.3'],
    ['bounces for an exchange without address', 'empty.example', '550 5.4.4'],
    ['waits for an exchange whose address is in doubt', 'doubt.example', '451 4.4.3'],
    ['tries only so many addresses', 'many.example', [0, 1, 2, 3, 4].map((i) => `198.51.100.${i}`).join(' ')],
  ]
  for (const [why, domain, said] of table) it(why, async () => assert.equal(await hosts(domain), said))

  it('shuffles exchanges of equal preference', async () => {
    const chances = [0.9, 0.1]
    assert.equal(await hosts('equal.example', 'mx', () => chances.pop() ?? 0), '192.0.2.1 192.0.2.2 192.0.2.3')
    const others = [0.1, 0.9]
    assert.equal(await hosts('equal.example', 'mx', () => others.pop() ?? 0), '192.0.2.2 192.0.2.3 192.0.2.1')
  })
})

describe('hostsOf a named next hop', () => {
  it('takes addresses as they are, localhost without DNS, and names DNS does not know as the system may', async () => {
    assert.equal(await hosts('192.0.2.77', 'smtp'), '192.0.2.77')
    assert.equal(await hosts('2001:db8::1', 'smtp'), '2001:db8::1')
    assert.equal(await hosts('localhost', 'smtp'), '127.0.0.1 ::1')
    assert.equal(await hosts('b.example', 'smtp'), '192.0.2.2 192.0.2.3')
    assert.equal(await hosts('mail-container', 'smtp'), 'mail-container')
    assert.equal(await hosts('doubtful.example', 'smtp'), '451 4.4.3')
  })
})
