// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { addressKey, parseAddress, parseDomain, printAddress, withoutExtension } from '../../../src/core/address.ts'

describe('parseAddress', () => {
  const read: readonly (readonly [string, string])[] = [
    ['a@example.org', 'a@example.org'],
    ['A.b+c@EXAMPLE.org', 'A.b+c@example.org'],
    ['"a b"@example.org', '"a b"@example.org'],
    ['"a.b"@example.org', 'a.b@example.org'],
    ['"a\\"b"@example.org', '"a\\"b"@example.org'],
    ['a@[192.0.2.1]', 'a@[192.0.2.1]'],
    ['a@[IPv6:2001:db8::1]', 'a@[ipv6:2001:db8::1]'],
    ['postmaster', 'postmaster'],
    ['jürgen@bücher.example', 'jürgen@xn--bcher-kva.example'],
    ['a@example.org.', 'a@example.org'],
    ['a@under_score.example', 'a@under_score.example'],
  ]
  for (const [text, printed] of read) {
    it(`reads ${text}`, () => {
      const address = parseAddress(text)
      assert.notEqual(address, null)
      assert.equal(printAddress(address), printed)
    })
  }
  const refused = [
    '',
    '@example.org',
    'a@',
    'a b@example.org',
    'a..b@example.org',
    '.a@example.org',
    'a@ex ample.org',
    'a@example..org',
    'a@-example.org',
    'a@example.org\r\nRCPT',
    `a@${'x'.repeat(64)}.org`,
    '"a\nb"@example.org',
  ]
  for (const text of refused)
    it(`refuses ${JSON.stringify(text).slice(0, 50)}`, () => assert.equal(parseAddress(text), null))

  it('never throws, and what it reads it prints and reads again as the same', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string(), (local, domain) => {
        const address = parseAddress(`${local}@${domain}`)
        if (address !== null) assert.deepEqual(parseAddress(printAddress(address)), address)
      }),
    )
  })
})

describe('parseDomain', () => {
  it('folds case, drops the last dot and makes A-labels', () => {
    assert.equal(parseDomain('BÜCHER.Example.'), 'xn--bcher-kva.example')
  })
})

describe('addressKey', () => {
  it('is lower case throughout', () => {
    const address = parseAddress('User@Example.org')
    assert.equal(address === null ? '' : addressKey(address), 'user@example.org')
  })
})

describe('withoutExtension', () => {
  const cases: readonly (readonly [string, string, string | null])[] = [
    ['user+tag@example.org', '+', 'user@example.org'],
    ['user@example.org', '+', null],
    ['+tag@example.org', '+', null],
    ['a-b+c@example.org', '+-', 'a@example.org'],
    ['user+tag@example.org', '', null],
  ]
  for (const [text, delimiter, expected] of cases) {
    it(`of ${text} with "${delimiter}" is ${expected}`, () => {
      const address = parseAddress(text)
      const bare = address === null ? null : withoutExtension(address, delimiter)
      assert.equal(bare === null ? null : printAddress(bare), expected)
    })
  }
})
