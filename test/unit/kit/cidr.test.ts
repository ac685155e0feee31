// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict'
import { isIP } from 'node:net'
import { test } from 'node:test'
import fc from 'fast-check'
import { contains, parseIp, parseNetwork, printIp, reversedLabels } from '../../../src/kit/cidr.ts'

test('addresses are read and printed in their shortest form', () => {
  const table: readonly (readonly [string, string | null])[] = [
    ['192.0.2.1', '192.0.2.1'],
    ['255.255.255.255', '255.255.255.255'],
    ['::', '::'],
    ['::1', '::1'],
    ['2001:DB8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['1:0:0:2:0:0:0:3', '1:0:0:2::3'],
    ['fe80::1%eth0', 'fe80::1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['64:ff9b::192.0.2.33', '64:ff9b::c000:221'],
    ['192.0.2', null],
    ['192.0.2.01', null],
    ['192.0.2.256', null],
    ['1:2:3:4:5:6:7:8:9', null],
    ['1::2::3', null],
    ['192.0.2.1::', null],
    [':1:2:3:4:5:6:7', null],
    ['g::1', null],
    ['', null],
    ['example.org', null],
  ]
  for (const [text, expected] of table) {
    const ip = parseIp(text)
    assert.equal(ip === null ? null : printIp(ip), expected, text)
  }
})

test('what is read as an address is what the platform reads', () => {
  const piece = fc.constantFrom('0', '1', 'ffff', '10', '255', '256', ':', '::', '.', 'a.b', '')
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 17 }), (pieces) => {
      const text = pieces.join('')
      assert.equal(parseIp(text) !== null, isIP(text) !== 0, text)
    }),
  )
  fc.assert(
    fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), (text) => {
      const ip = parseIp(text)
      assert.ok(ip !== null, text)
      assert.deepEqual(parseIp(printIp(ip)), ip)
    }),
  )
})

test('networks contain their addresses and no others', () => {
  const table: readonly (readonly [string, string, boolean])[] = [
    ['192.0.2.0/24', '192.0.2.255', true],
    ['192.0.2.0/24', '192.0.3.0', false],
    ['192.0.2.1', '192.0.2.1', true],
    ['192.0.2.1', '192.0.2.2', false],
    ['0.0.0.0/0', '203.0.113.9', true],
    ['0.0.0.0/0', '::1', false],
    ['::/0', '2001:db8::1', true],
    ['[::1]/128', '::1', true],
    ['2001:db8::/33', '2001:db8:7fff::1', true],
    ['2001:db8::/33', '2001:db8:8000::1', false],
    ['10.0.0.0/8', '::ffff:10.1.2.3', true],
  ]
  for (const [network, ip, expected] of table) {
    const parsed = parseNetwork(network)
    const words = parseIp(ip)
    assert.ok(typeof parsed !== 'string', network)
    assert.ok(words !== null)
    assert.equal(contains(parsed, words), expected, `${ip} in ${network}`)
  }
})

test('a network that cannot be meant is told why', () => {
  const table: readonly (readonly [string, RegExp])[] = [
    ['192.0.2.1/24', /write 192\.0\.2\.0\/24/],
    ['192.0.2.0/33', /longer than the 32 bits/],
    ['example.org', /not an address/],
    ['192.0.2', /not an IP address/],
    ['::ffff:192.0.2.0/120', /write .* as an IPv4 network/],
  ]
  for (const [network, complaint] of table) {
    const parsed = parseNetwork(network)
    assert.ok(typeof parsed === 'string', network)
    assert.match(parsed, complaint)
  }
})

test('reversed labels are what DNS lists are asked', () => {
  const table: readonly (readonly [string, string])[] = [
    ['192.0.2.99', '99.2.0.192'],
    ['2001:db8::1', '1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2'],
  ]
  for (const [ip, labels] of table) {
    const words = parseIp(ip)
    assert.ok(words !== null)
    assert.equal(reversedLabels(words), labels)
  }
})
