// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { parseResults } from '../../../src/msgauth/ar-parse.ts'
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
        'arc=none',
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

describe('every result can be read again (RFC 8601 §2.7)', () => {
  const read = (over: Partial<Findings>) =>
    parseResults(authenticationResults('gw.example.org', { ...findings, ...over }, 'alice@example.com', '192.0.2.7'))
  const results = ['pass', 'fail', 'softfail', 'neutral', 'none', 'policy', 'temperror', 'permerror'] as const
  for (const result of results) {
    it(result, () => {
      const [signature] = findings.dkim
      assert.ok(signature !== undefined)
      const dkim = [{ ...signature, result, because: result === 'policy' ? 'weak-key' : 'because (of) "it"; x=y' }]
      const spf = { ...findings.spf, result: result === 'policy' ? 'none' : result } as const
      const arc = { ...findings.arc, result, because: 'i=1 seal: bad' }
      const told = read({ spf, dkim, arc, dmarc: { ...findings.dmarc, result } })
      assert.equal(told.authservId, 'gw.example.org')
      assert.deepEqual(
        told.results.map(({ method, result: said }) => `${method} ${said}`),
        ['iprev pass', `spf ${spf.result}`, `dkim ${result}`, `arc ${result}`, `dmarc ${result}`],
      )
      const [, mail, key, ...rest] = told.results
      assert.equal(mail?.properties.get('smtp.mailfrom'), 'alice@example.com')
      assert.equal(key?.properties.get('header.d'), 'example.com')
      assert.equal(key?.properties.get('header.b'), 'abc+/==d')
      assert.equal(key?.properties.get('policy.dkim-rules'), result === 'policy' ? 'weak-key' : undefined)
      assert.equal(rest.at(-1)?.properties.get('header.from'), 'example.com')
    })
  }

  for (const [result, name] of [
    ['pass', 'mail.example.com'],
    ['fail', 'other.example'],
    ['temperror', ''],
    ['permerror', ''],
  ] as const) {
    it(`iprev ${result}`, () => {
      const [first] = read({ iprev: { result, name } }).results
      assert.deepEqual([first?.result, first?.properties.get('policy.iprev')], [result, '192.0.2.7'])
    })
  }

  it('no signature at all, and two SPF identities', () => {
    const told = read({
      dkim: [],
      heloSpf: { ...findings.spf, identity: 'helo', domain: 'mail.example.com', result: 'pass' },
    })
    assert.deepEqual(
      told.results.map(({ method, result }) => `${method}=${result}`),
      ['iprev=pass', 'spf=softfail', 'spf=pass', 'dkim=none', 'arc=none', 'dmarc=pass'],
    )
    assert.equal(told.results[2]?.properties.get('smtp.helo'), 'mail.example.com')
  })
})

describe('forged Received-SPF fields', () => {
  const edit = forgedResults(['gw.example.org']).find(
    ({ op, ...rest }) => op === 'remove' && 'name' in rest && rest.name === 'Received-SPF',
  )
  for (const [value, expected] of [
    ['pass (gw.example.org: fine) client-ip=192.0.2.7; receiver=gw.example.org;', true],
    ['pass client-ip=192.0.2.7; receiver="gw.example.org"', true],
    ['pass client-ip=192.0.2.7;\r\n\treceiver = GW.example.org', true],
    ['pass (mx.example.net: fine) receiver=mx.example.net', false],
  ] as const) {
    it(`${expected ? 'removed' : 'kept'}: ${JSON.stringify(value)}`, () => {
      assert.ok(edit?.op === 'remove')
      assert.equal(edit.when({ name: 'Received-SPF', value, start: 0, end: 0 }), expected)
    })
  }
})
