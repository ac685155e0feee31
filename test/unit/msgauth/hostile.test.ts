// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { assess, defaultAssessLimits } from '../../../src/msgauth/assess.ts'
import { aMessage, anInput, plainHead, zoneResolver } from './zone.ts'

const signature = (i: number, more = ''): string =>
  `DKIM-Signature: v=1; a=rsa-sha256; c=simple/simple; d=d${i}.example; s=s; h=From${more}; l=${i}; bh=AAAA; b=AAAA`

describe('hostile input ends within the budget', () => {
  it('judges only the first of 500 signatures', async () => {
    const head = [...Array.from({ length: 500 }, (_, i) => signature(i)), ...plainHead]
    const { report, evidence } = await assess(anInput({}, { raw: aMessage(head, 'x\r\n'.repeat(50_000)) }))
    assert.equal(report.dkim.length, defaultAssessLimits.signatures)
    assert.deepEqual(evidence.find((found) => found.symbol === 'DKIM_TOO_MANY')?.details, ['492'])
  })

  it('does not read signatures of a header of 10 MB', async () => {
    const head = [...plainHead, `X-Long: ${'x'.repeat(10_000_000)}`]
    const { report } = await assess(anInput({ 'TXT example.com': ['v=spf1 +all'] }, { raw: aMessage(head) }))
    assert.equal(report.spf.result, 'pass')
    assert.equal(report.dmarc.result, 'permerror')
  })

  it('does not read more fields than the limit', async () => {
    const head = [...plainHead, ...Array.from({ length: 5000 }, () => 'a:')]
    const { report } = await assess(anInput({}, { raw: aMessage(head) }))
    assert.equal(report.dmarc.result, 'permerror')
  })

  it('reads a header of one field with 80,000 folds', async () => {
    const head = [...plainHead, 'X-Folds: a', ...Array.from({ length: 80_000 }, () => ' ')]
    const { report } = await assess(anInput({}, { raw: aMessage([signature(1), ...head]) }))
    assert.equal(report.dkim.length, 1)
  })

  it('does not compare a huge h= list with every field', async () => {
    const head = [signature(1, ':a'.repeat(100_000)), ...plainHead]
    const { report, evidence } = await assess(anInput({}, { raw: aMessage(head) }))
    assert.equal(report.dkim.length, 0)
    assert.ok(evidence.some((found) => found.symbol === 'DKIM_TOO_MANY'))
  })

  it('gives up on DNS that never answers', async () => {
    const zone = {
      'TXT example.com': 'never',
      'TXT mail.example.com': 'never',
      'TXT s._domainkey.d1.example': 'never',
    } as const
    const limits = { ...defaultAssessLimits, dnsMs: 20 }
    const raw = aMessage(
      [signature(1).replace('l=1; bh=AAAA', 'bh=frcCV1k9oG9oKj3dpUqdJg1PxRT2RSN/XKdLCPjaYaY='), ...plainHead],
      '',
    )
    const { report } = await assess(anInput(zone, { raw, limits }))
    assert.equal(report.spf.result, 'temperror')
    assert.equal(report.dkim[0]?.result, 'temperror')
    assert.equal(report.dmarc.result, 'temperror')
  })

  it('ends at once when the message is given up', async () => {
    const { report } = await assess(anInput({ 'TXT example.com': 'never' }, { signal: AbortSignal.abort() }))
    assert.equal(report.spf.result, 'temperror')
  })

  it('asks no more names than the budget', async () => {
    const zone: Record<string, readonly string[]> = { 'TXT example.com': ['v=spf1 ptr mx -all'] }
    zone['MX example.com'] = Array.from({ length: 10 }, (_, i) => `${i} mx${i}.example.com`)
    const dns = zoneResolver(zone)
    const { report } = await assess(anInput(zone, { dns, limits: { ...defaultAssessLimits, queries: 5 } }))
    assert.ok(dns.asked.length <= 5)
    assert.equal(report.dmarc.result, 'temperror')
  })

  it('does not read a key record of 64 kB', async () => {
    const signed = signature(1).replace('l=1; bh=AAAA', 'bh=frcCV1k9oG9oKj3dpUqdJg1PxRT2RSN/XKdLCPjaYaY=')
    const zone = { 'TXT s._domainkey.d1.example': [`v=DKIM1; p=${'A'.repeat(65_000)}`] }
    const { report, evidence } = await assess(anInput(zone, { raw: aMessage([signed, ...plainHead], '') }))
    assert.equal(report.dkim[0]?.result, 'neutral')
    assert.ok(evidence.some((found) => found.symbol === 'DKIM_PERMERROR'))
  })

  for (const [title, zone] of [
    ['an include of itself', { 'TXT example.com': ['v=spf1 include:example.com -all'] }],
    [
      'includes in a circle, of many names',
      Object.fromEntries(
        Array.from({ length: 50 }, (_, i) => [
          i === 0 ? 'TXT example.com' : `TXT i${i}.example.com`,
          [`v=spf1 include:i${(i + 1) % 50}.example.com include:example.com -all`],
        ]),
      ),
    ],
    [
      'a redirect in a circle',
      { 'TXT example.com': ['v=spf1 redirect=r.example.com'], 'TXT r.example.com': ['v=spf1 redirect=example.com'] },
    ],
  ] as const) {
    it(`ends ${title} as SPF says (RFC 7208 §4.6.4)`, async () => {
      const dns = zoneResolver(zone)
      const { report } = await assess(anInput(zone, { dns }))
      assert.equal(report.spf.result, 'permerror')
      assert.ok(dns.asked.filter((question) => !question.startsWith('TXT _dmarc.')).length <= 12, dns.asked.join('\n'))
    })
  }

  it('does not read an SPF record of 64 kB', async () => {
    const zone = { 'TXT example.com': [`v=spf1 ${'ip4:192.0.2.1 '.repeat(4600)}-all`] }
    assert.equal((await assess(anInput(zone))).report.spf.result, 'permerror')
  })

  it('gives up a chain whose keys never come, and one of 500 sets', async () => {
    const set = (i: number): string[] => [
      `ARC-Seal: i=${i}; a=rsa-sha256; cv=${i === 1 ? 'none' : 'pass'}; d=d${i}.example; s=s; b=AAAA`,
      `ARC-Message-Signature: i=${i}; a=rsa-sha256; c=simple/simple; d=d${i}.example; s=s; h=from; bh=frcCV1k9oG9oKj3dpUqdJg1PxRT2RSN/XKdLCPjaYaY=; b=AAAA`,
      `ARC-Authentication-Results: i=${i}; d${i}.example; none`,
    ]
    const limits = { ...defaultAssessLimits, dnsMs: 20 }
    const never = { 'TXT s._domainkey.d1.example': 'never' } as const
    const one = await assess(anInput(never, { raw: aMessage([...set(1), ...plainHead], ''), limits }))
    assert.equal(one.report.arc.result, 'temperror')
    const many = Array.from({ length: 500 }, (_, i) => set(i + 1)).flat()
    const dns = zoneResolver({})
    const { report } = await assess(anInput({}, { raw: aMessage([...many, ...plainHead], ''), dns }))
    assert.equal(report.arc.result, 'fail')
    assert.ok(!dns.asked.some((question) => question.includes('_domainkey')))
  })

  it('survives messages that are no messages', async () => {
    for (const text of [
      '',
      '\r\n',
      ':',
      '\r\n\r\n',
      '\n\n',
      'From',
      'From:\r\n',
      ' x\r\n y\r\n\r\n',
      '\u0000\u00ff:\r\n\r\n',
    ]) {
      const { report } = await assess(anInput({}, { raw: Buffer.from(text, 'latin1') }))
      assert.equal(report.spf.result, 'none')
    }
  })

  it('survives a resolver that throws', async () => {
    const dns = { ...zoneResolver({}), txt: () => Promise.reject(new Error('no')) }
    const { report } = await assess(anInput({}, { dns }))
    assert.equal(report.spf.result, 'temperror')
  })
})
