// SPDX-License-Identifier: Apache-2.0
/** Known answers for DMARC: RFC 9989 with its tree walk, and what RFC 7489 wrote that records still hold (pct=). */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Domain } from '../../../src/core/brand.ts'
import { type AssessInput, assess } from '../../../src/msgauth/assess.ts'
import { chainKey, chainLines, goodSet, hashOf, keyRecord, signedField, toMessage } from './arc-forge.ts'
import { aMessage, anInput, type Zone, zoneResolver } from './zone.ts'

const from = (author: string): Buffer => aMessage([`From: ${author}`, 'Subject: tea'])

/** A message with a good DKIM signature of the domain. */
function signedBy(domain: string, author: string): { raw: Buffer; zone: Zone } {
  const head = [`From: ${author}`, 'Subject: tea']
  const body = 'Hello.\r\n'
  const text = `v=1; a=rsa-sha256; c=relaxed/relaxed; d=${domain}; s=s; h=from; bh=${hashOf(body, 'relaxed')}; b={b}`
  const line = signedField('DKIM-Signature', head, text, ['relaxed', 'relaxed'], chainKey.privateKey)
  return { raw: toMessage([line, ...head], body), zone: { [`TXT s._domainkey.${domain}`]: [keyRecord()] } }
}

/** An SPF pass for the reverse-path of the domain. */
const pathOf = (domain: string): { over: Partial<AssessInput>; zone: Zone } => ({
  over: { reversePath: { localPart: 'a', domain: domain as Domain } },
  zone: { [`TXT ${domain}`]: ['v=spf1 +all'] },
})

async function dmarcOf(zone: Zone, over: Partial<AssessInput>) {
  const dns = zoneResolver(zone)
  const { findings, report, evidence } = await assess(anInput(zone, { dns, ...over }))
  const { result, policy, policyDomain, override } = findings.dmarc
  return { result, policy, policyDomain, override, asked: dns.asked, report, evidence }
}

const told = async (zone: Zone, author: string, over: Partial<AssessInput> = {}): Promise<string> => {
  const { result, policy, policyDomain } = await dmarcOf(zone, { raw: from(author), ...over })
  return `${result} ${policy ?? '-'} ${policyDomain || '-'}`
}

const at = (name: string, ...records: string[]): Zone => ({ [`TXT _dmarc.${name}`]: records })

describe('the record (§4.7)', () => {
  const table: readonly (readonly [string, readonly string[], string])[] = [
    ['p=none', ['v=DMARC1; p=none'], 'fail none example.com'],
    ['p=quarantine', ['v=DMARC1; p=quarantine'], 'fail quarantine example.com'],
    ['p=reject', ['v=DMARC1; p=reject'], 'fail reject example.com'],
    ['a semicolon at the end', ['v=DMARC1; p=reject;'], 'fail reject example.com'],
    ['no white space', ['v=DMARC1;p=reject'], 'fail reject example.com'],
    ['white space everywhere', ['v = DMARC1 ; p = reject ; '], 'fail reject example.com'],
    ['an unknown tag', ['v=DMARC1; tea=1; p=reject'], 'fail reject example.com'],
    ['p= is not the second tag', ['v=DMARC1; sp=none; p=reject'], 'fail reject example.com'],
    ['other TXT records beside it', ['hello', 'v=DMARC1; p=reject'], 'fail reject example.com'],
    ['no record at all', ['hello'], 'none - -'],
    ['another version', ['v=DMARC2; p=reject'], 'none - -'],
    ['a longer version', ['v=DMARC10; p=reject'], 'none - -'],
    ['the version in lower case', ['v=dmarc1; p=reject'], 'none - -'],
    ['the version is not the first tag', ['p=reject; v=DMARC1'], 'none - -'],
    ['two records are none', ['v=DMARC1; p=reject', 'v=DMARC1; p=none'], 'none - -'],
    ['no p=, but reports are wanted: none', ['v=DMARC1; rua=mailto:a@example.com'], 'fail none example.com'],
    [
      'an unknown p=, and reports are wanted: none',
      ['v=DMARC1; p=tea; rua=mailto:a@example.com'],
      'fail none example.com',
    ],
  ]
  for (const [title, records, expected] of table) {
    it(`${expected}: ${title}`, async () =>
      assert.equal(await told(at('example.com', ...records), 'a@example.com'), expected))
  }

  it('temperror: a server in trouble', async () => {
    assert.equal(await told({ 'TXT _dmarc.example.com': 'fail' }, 'a@example.com'), 'temperror - -')
  })
})

describe('which record (the tree walk, §4.10)', () => {
  const org = at('example.com', 'v=DMARC1; p=reject; sp=quarantine')
  const table: readonly (readonly [string, Zone, string, string])[] = [
    [
      'the author’s own',
      { ...org, ...at('mail.example.com', 'v=DMARC1; p=none') },
      'a@mail.example.com',
      'fail none mail.example.com',
    ],
    [
      'the organization’s, its sp=',
      { ...org, 'A mail.example.com': ['192.0.2.1'] },
      'a@mail.example.com',
      'fail quarantine example.com',
    ],
    [
      'p= where there is no sp=',
      { ...at('example.com', 'v=DMARC1; p=reject'), 'A mail.example.com': ['192.0.2.1'] },
      'a@mail.example.com',
      'fail reject example.com',
    ],
    [
      'np= for a name that does not exist',
      at('example.com', 'v=DMARC1; p=none; sp=quarantine; np=reject'),
      'a@nowhere.example.com',
      'fail reject example.com',
    ],
    [
      'np= is not for names that exist',
      { ...at('example.com', 'v=DMARC1; p=none; sp=quarantine; np=reject'), 'A mail.example.com': ['192.0.2.1'] },
      'a@mail.example.com',
      'fail quarantine example.com',
    ],
    [
      'sp= for a name that does not exist, where there is no np=',
      at('example.com', 'v=DMARC1; p=reject; sp=none'),
      'a@nowhere.example.com',
      'fail none example.com',
    ],
    [
      'a public suffix’s (psd=y), its np=',
      at('com', 'v=DMARC1; p=none; np=reject; psd=y'),
      'a@nowhere.com',
      'fail reject com',
    ],
    [
      'a public suffix’s, its sp= for who exists',
      { ...at('com', 'v=DMARC1; p=none; sp=quarantine; np=reject; psd=y'), 'A example.com': ['192.0.2.1'] },
      'a@example.com',
      'fail quarantine com',
    ],
    [
      'not a public suffix’s where the organization has one',
      { ...at('com', 'v=DMARC1; p=reject; psd=y'), ...at('example.com', 'v=DMARC1; p=none') },
      'a@mail.example.com',
      'fail none example.com',
    ],
    [
      'psd=n ends the walk',
      {
        ...at('sub.example.com', 'v=DMARC1; p=quarantine; psd=n'),
        ...at('example.com', 'v=DMARC1; p=reject'),
        'A a.sub.example.com': ['192.0.2.1'],
      },
      'a@a.sub.example.com',
      'fail quarantine sub.example.com',
    ],
    ['none anywhere', { 'A mail.example.com': ['192.0.2.1'] }, 'a@mail.example.com', 'none - -'],
  ]
  for (const [title, zone, author, expected] of table) {
    it(`${expected}: ${title}`, async () => assert.equal(await told(zone, author), expected))
  }

  it('asks at most eight names for an author of many labels (§4.10)', async () => {
    const deep = `a@${Array.from({ length: 20 }, (_, i) => `l${i}`).join('.')}.example.com`
    const { asked, policyDomain } = await dmarcOf(at('example.com', 'v=DMARC1; p=reject'), { raw: from(deep) })
    const names = asked.filter((question) => question.startsWith('TXT _dmarc.'))
    assert.equal(policyDomain, 'example.com')
    assert.ok(new Set(names).size <= 8, names.join('\n'))
    assert.ok(names.includes('TXT _dmarc.l15.l16.l17.l18.l19.example.com'))
  })
})

describe('alignment (§4.4)', () => {
  const reject = 'v=DMARC1; p=reject'
  const table: readonly (readonly [string, string, 'spf' | 'dkim', string, string, string])[] = [
    ['DKIM of the author’s domain', 'example.com', 'dkim', 'a@example.com', reject, 'pass'],
    ['DKIM of the domain above', 'example.com', 'dkim', 'a@mail.example.com', reject, 'pass'],
    ['DKIM of a domain below', 'mail.example.com', 'dkim', 'a@example.com', reject, 'pass'],
    ['DKIM of a sister', 'news.example.com', 'dkim', 'a@mail.example.com', reject, 'pass'],
    ['DKIM of a stranger', 'example.net', 'dkim', 'a@example.com', reject, 'fail'],
    ['DKIM of a name that ends alike', 'notexample.com', 'dkim', 'a@example.com', reject, 'fail'],
    ['DKIM of the domain above, strict', 'example.com', 'dkim', 'a@mail.example.com', `${reject}; adkim=s`, 'fail'],
    ['DKIM of the very domain, strict', 'example.com', 'dkim', 'a@example.com', `${reject}; adkim=s`, 'pass'],
    ['strict SPF says nothing about DKIM', 'mail.example.com', 'dkim', 'a@example.com', `${reject}; aspf=s`, 'pass'],
    ['an unknown adkim= is relaxed', 'mail.example.com', 'dkim', 'a@example.com', `${reject}; adkim=x`, 'pass'],
    ['SPF of the author’s domain', 'example.com', 'spf', 'a@example.com', reject, 'pass'],
    ['SPF of a domain below', 'bounce.example.com', 'spf', 'a@example.com', reject, 'pass'],
    ['SPF of a domain below, strict', 'bounce.example.com', 'spf', 'a@example.com', `${reject}; aspf=s`, 'fail'],
    ['SPF of a stranger', 'example.net', 'spf', 'a@example.com', reject, 'fail'],
    ['names in another case', 'example.com', 'spf', 'a@EXAMPLE.Com', reject, 'pass'],
  ]
  for (const [title, domain, by, author, record, expected] of table) {
    it(`${expected}: ${title}`, async () => {
      const signed = by === 'dkim' ? signedBy(domain, author) : { raw: from(author), zone: {} }
      const path = by === 'spf' ? pathOf(domain) : { over: {}, zone: {} }
      const zone = { ...signed.zone, ...path.zone, ...at('example.com', record) }
      assert.equal((await dmarcOf(zone, { raw: signed.raw, ...path.over })).result, expected)
    })
  }

  it('the null reverse-path is aligned by the HELO name (RFC 7489 §3.1.2)', async () => {
    const zone = { ...at('example.com', reject), 'TXT mail.example.com': ['v=spf1 +all'] }
    assert.equal((await dmarcOf(zone, { raw: from('a@example.com'), reversePath: null })).result, 'pass')
  })

  it('the HELO name beside a reverse-path proves no author', async () => {
    const zone = { ...at('example.com', reject), 'TXT mail.example.com': ['v=spf1 +all'] }
    const reversePath = { localPart: 'a', domain: 'example.net' as Domain }
    assert.equal((await dmarcOf(zone, { raw: from('a@example.com'), reversePath })).result, 'fail')
  })

  it('only a pass counts', async () => {
    for (const record of ['v=spf1 ~all', 'v=spf1 ?all', 'v=spf1 -all', 'v=spf1 tea']) {
      const zone = { ...at('example.com', reject), 'TXT example.com': [record] }
      assert.equal((await dmarcOf(zone, { raw: from('a@example.com') })).result, 'fail', record)
    }
  })
})

describe('less than p= asks', () => {
  const draw = (number: number) => ({ sample: () => number })
  const table: readonly (readonly [string, string, Partial<AssessInput>, string, string | null])[] = [
    ['t=y: quarantine for reject', 'p=reject; t=y', {}, 'quarantine', 'policy_test_mode'],
    ['t=y: none for quarantine', 'p=quarantine; t=y', {}, 'none', 'policy_test_mode'],
    ['t=n', 'p=reject; t=n', {}, 'reject', null],
    ['pct=100', 'p=reject; pct=100', draw(99), 'reject', null],
    ['pct=0: one less, always', 'p=reject; pct=0', draw(0), 'quarantine', 'sampled_out'],
    ['pct=25, in the sample', 'p=reject; pct=25', draw(24), 'reject', null],
    ['pct=25, out of it', 'p=reject; pct=25', draw(25), 'quarantine', 'sampled_out'],
    ['pct= of quarantine', 'p=quarantine; pct=0', draw(0), 'none', 'sampled_out'],
    ['pct= that is no number', 'p=reject; pct=half', draw(99), 'reject', null],
    ['t= takes the place of pct=', 'p=reject; pct=0; t=n', draw(0), 'reject', null],
  ]
  for (const [title, record, over, policy, override] of table) {
    it(title, async () => {
      const found = await dmarcOf(at('example.com', `v=DMARC1; ${record}`), { raw: from('a@example.com'), ...over })
      assert.deepEqual([found.policy, found.override], [policy, override])
      assert.equal(found.report.dmarc.override ?? null, override)
    })
  }

  it('a trusted sealer saw it pass (RFC 8617 §7.2.1)', async () => {
    const lines = chainLines({ head: ['From: a@example.com'], body: 'x\r\n', sets: [goodSet(1)] })
    const zone = { ...at('example.com', 'v=DMARC1; p=reject'), 'TXT dummy._domainkey.example.org': [keyRecord()] }
    const over = { raw: toMessage(lines, 'x\r\n'), trustedSealers: new Set(['example.org']) }
    const { override, evidence } = await dmarcOf(zone, over)
    assert.equal(override, 'trusted_forwarder')
    assert.ok(evidence.some(({ symbol }) => symbol === 'DMARC_ARC_OVERRIDE'))
  })
})

describe('the author (§5.3.1)', () => {
  const zone = at('example.com', 'v=DMARC1; p=reject')
  const table: readonly (readonly [string, readonly string[], string])[] = [
    ['a plain address', ['From: a@example.com'], 'fail'],
    ['a display name', ['From: "a@example.net" <a@example.com>'], 'fail'],
    ['a display name without quotes', ['From: Bank <a@example.com>'], 'fail'],
    ['comments', ['From: (a@example.net) a@example.com (b@example.net)'], 'fail'],
    ['an encoded word', ['From: =?utf-8?q?Bank?= <a@example.com>'], 'fail'],
    ['folded', ['From: Bank\r\n <a@example.com>'], 'fail'],
    ['a trailing dot', ['From: a@example.com.'], 'fail'],
    ['in a group', ['From: us: a@example.com;'], 'fail'],
    ['two of one domain', ['From: a@example.com, b@example.com'], 'fail'],
    ['two of two domains', ['From: a@example.com, b@example.net'], 'permerror'],
    ['two fields of two domains', ['From: a@example.com', 'From: b@example.net'], 'permerror'],
    ['no field', ['To: a@example.com'], 'permerror'],
    ['an empty field', ['From: '], 'permerror'],
    ['no domain', ['From: a'], 'permerror'],
    ['an empty group', ['From: nobody:;'], 'permerror'],
  ]
  for (const [title, head, expected] of table) {
    it(`${expected}: ${title}`, async () => {
      assert.equal((await dmarcOf(zone, { raw: aMessage([...head, 'Subject: x']) })).result, expected)
    })
  }
})
