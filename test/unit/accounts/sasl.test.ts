// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { offeredMechanisms } from '../../../src/accounts/sasl.ts'
import { decodeLogin, decodePlain } from '../../../src/accounts/sasl-plain.ts'

const b64 = (text: string): string => Buffer.from(text).toString('base64')

describe('decodePlain (RFC 4616)', () => {
  const tim = { username: 'tim', password: 'tanstaaftanstaaf' }
  for (const [title, response, expected] of [
    ['reads name and password', b64('\0tim\0tanstaaftanstaaf'), tim],
    ['takes an authorization identity that is the name', b64('tim\0tim\0tanstaaftanstaaf'), tim],
    ['lets nobody act as somebody else', b64('Ursel\0Kurt\0xipj3plmq'), null],
    ['reads UTF-8', b64('\0j\u00fcrgen\0p\u00e4ss'), { username: 'j\u00fcrgen', password: 'p\u00e4ss' }],
    ['wants a name', b64('\0\0secret'), null],
    ['wants a password', b64('\0tim\0'), null],
    ['wants two NULs', b64('tim\0secret'), null],
    ['wants two NULs only', b64('\0tim\0sec\0ret'), null],
    ['wants base64', 'not base64!', null],
    ['wants whole base64', 'AHRpbQBzZWNyZX', null],
    ['wants UTF-8', Buffer.from([0, 0xff, 0, 0x61, 0x61, 0x61]).toString('base64'), null],
    ['does not take the cancel sign', '*', null],
    ['does not take nothing', '', null],
    ['does not take a novel', b64(`\0tim\0${'x'.repeat(5000)}`), null],
  ] as const) {
    it(title, () => assert.deepEqual(decodePlain(response), expected))
  }
})

describe('decodeLogin', () => {
  it('reads one answer', () => assert.equal(decodeLogin(b64('tim@example.com')), 'tim@example.com'))
  for (const bad of ['', '*', b64(''), b64('a\0b'), b64('x'.repeat(2000))]) {
    it(`refuses ${JSON.stringify(bad.slice(0, 12))}`, () => assert.equal(decodeLogin(bad), null))
  }
})

describe('offeredMechanisms', () => {
  it('offers nothing in clear', () => assert.deepEqual(offeredMechanisms(false, false), []))
  it('offers passwords under TLS, or where the operator says so', () => {
    assert.deepEqual(offeredMechanisms(true, false), ['PLAIN', 'LOGIN'])
    assert.deepEqual(offeredMechanisms(false, true), ['PLAIN', 'LOGIN'])
  })
})
