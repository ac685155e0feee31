// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Findings } from '../../../src/msgauth/findings.ts'
import { authenticationResults, claimedAuthservId, forgedResults } from '../../../src/msgauth/results.ts'

const findings: Findings = {
  spf: {
    result: 'softfail',
    domain: 'example.com',
    identity: 'mailfrom',
    because: 'not (really) listed',
    mechanism: '',
    explanation: '',
  },
  heloSpf: null,
  dkim: [
    {
      result: 'pass',
      domain: 'example.com',
      selector: 's1',
      algorithm: 'rsa-sha256',
      signature: 'abc+/==d',
      aligned: true,
      testing: false,
      keyBits: 2048,
      unsignedBytes: 0,
      because: '',
    },
  ],
  arc: { result: 'none', sealers: [], passedFor: [], coversAuthor: false, highest: 0, closed: false, because: '' },
  dmarc: {
    result: 'pass',
    policy: 'reject',
    domain: 'example.com',
    policyDomain: 'example.com',
    override: null,
    because: '',
  },
  iprev: { result: 'pass', name: 'mail.example.com' },
  bimi: null,
}

describe('authenticationResults (RFC 8601 §2.2)', () => {
  it('writes one result a line', () => {
    assert.equal(
      authenticationResults('gw.example.org', findings, 'alice@example.com', '192.0.2.7'),
      [
        'gw.example.org',
        'iprev=pass policy.iprev=192.0.2.7 (mail.example.com)',
        'spf=softfail (not \\(really\\) listed) smtp.mailfrom=alice@example.com',
        'dkim=pass header.d=example.com header.s=s1 header.a=rsa-sha256 header.b="abc+/==d"',
        'dmarc=pass (p=reject) header.from=example.com policy.dmarc=reject',
      ].join(';\r\n\t'),
    )
  })

  it('lets nobody write a result or a line of their own', () => {
    const evil = { ...findings, spf: { ...findings.spf, because: 'x); dkim=pass\r\nBcc: a' } }
    const value = authenticationResults('gw.example.org', evil, 'a"; dkim=pass "\r\nX: y@example.com', '192.0.2.7')
    assert.ok(value.split('\r\n').every((line, i) => i === 0 || line.startsWith('\t')))
    assert.match(value, /smtp\.mailfrom="a\\"; dkim=pass \\" {2}X: y@example\.com"/)
    assert.match(value, /\(x\\\); dkim=pass\?\?Bcc: a\)/)
  })

  it('keeps lines under the limit of RFC 5322 §2.1.1', () => {
    const value = authenticationResults('gw.example.org', findings, `${'a'.repeat(2000)}@example.com`, '192.0.2.7')
    assert.ok(value.split('\r\n').every((line) => line.length < 998))
  })
})

describe('claimedAuthservId', () => {
  for (const [field, expected] of [
    ['gw.example.org; spf=pass', 'gw.example.org'],
    ['gw.example.org 1; spf=pass', 'gw.example.org'],
    [' (a (nested) comment) GW.Example.ORG; none', 'gw.example.org'],
    ['"gw.example.org"; spf=pass', 'gw.example.org'],
    ['"gw.\\example.org"; spf=pass', 'gw.example.org'],
    ['gw.example.org(comment); none', 'gw.example.org'],
    ['gw.example.org', 'gw.example.org'],
    ['(no end', null],
    ['', null],
    ['; spf=pass', null],
    ['"no end', null],
  ] as const) {
    it(`reads ${JSON.stringify(field)}`, () => assert.equal(claimedAuthservId(field), expected))
  }

  it('reads a field of a million parentheses', () => {
    assert.equal(claimedAuthservId('('.repeat(1_000_000)), null)
  })
})

describe('forgedResults', () => {
  const [edit] = forgedResults(['gw.example.org'])
  const removed = (value: string): boolean =>
    edit?.op === 'remove' && edit.when({ name: edit.name, value, start: 0, end: 0 })
  for (const [value, expected] of [
    ['GW.example.org; spf=pass', true],
    ['mx2.gw.example.org; spf=pass', true],
    ['gw.example.org.; spf=pass', true],
    ['', true],
    ['mx.example.net; spf=pass', false],
    ['notgw.example.org; spf=pass', false],
  ] as const) {
    it(`${expected ? 'removes' : 'keeps'} ${JSON.stringify(value)}`, () => assert.equal(removed(value), expected))
  }
})
