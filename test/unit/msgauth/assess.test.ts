// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { describe, it } from 'node:test'
import { dkimSign, sealMessage } from 'mailauth'
import type { Domain } from '../../../src/core/brand.ts'
import { type AssessInput, assess } from '../../../src/msgauth/assess.ts'
import { dnsRecord, type SigningKey } from '../../../src/msgauth/keys.ts'
import { signMessage } from '../../../src/msgauth/sign.ts'
import { authSymbols } from '../../../src/msgauth/symbols.ts'
import { aMessage, anInput, plainHead, testNow, type Zone } from './zone.ts'

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
const ed = generateKeyPairSync('ed25519').privateKey
const weak = generateKeyPairSync('rsa', { modulusLength: 512 }).privateKey

const rsaKey = (domain: string): SigningKey => ({
  domain: domain as Domain,
  selector: 'r',
  algorithm: 'rsa-sha256',
  key: rsa,
})
const edKey = (domain: string): SigningKey => ({
  ...rsaKey(domain),
  selector: 'e',
  algorithm: 'ed25519-sha256',
  key: ed,
})

const published = (...keys: SigningKey[]): Zone =>
  Object.fromEntries(keys.map(dnsRecord).map(({ name, value }) => [`TXT ${name}`, [value]] as const))

function signed(raw: Buffer, ...keys: SigningKey[]): Buffer {
  const edits = signMessage(raw, keys, testNow)
  const lines = edits.map((edit) => (edit.op === 'prepend' ? `${edit.name}: ${edit.value}\r\n` : ''))
  return Buffer.concat([Buffer.from(lines.join('')), raw])
}

async function symbols(zone: Zone, over: Partial<AssessInput> = {}): Promise<string[]> {
  const { evidence } = await assess(anInput(zone, over))
  const known = new Set(authSymbols.map((spec) => spec.name))
  for (const { symbol } of evidence) assert.ok(known.has(symbol), `${symbol} is not declared`)
  return evidence.map((found) => found.symbol)
}

const spf = (...records: string[]): Zone => ({ 'TXT example.com': records })

describe('SPF (RFC 7208)', () => {
  const table: readonly (readonly [string, Zone, string])[] = [
    ['a listed address passes', spf('v=spf1 ip4:192.0.2.0/24 -all'), 'SPF_PASS'],
    ['-all fails', spf('v=spf1 -all'), 'SPF_FAIL'],
    ['~all softly fails', spf('v=spf1 ~all'), 'SPF_SOFTFAIL'],
    ['?all is neutral', spf('v=spf1 ?all'), 'SPF_NEUTRAL'],
    ['no match and no all is neutral', spf('v=spf1 ip4:198.51.100.1'), 'SPF_NEUTRAL'],
    ['no record is none', { 'TXT example.com': ['hello'] }, 'SPF_NONE'],
    ['no such domain is none', {}, 'SPF_NONE'],
    ['two records are an error', spf('v=spf1 -all', 'v=spf1 +all'), 'SPF_PERMERROR'],
    ['an unknown mechanism is an error', spf('v=spf1 foo:bar -all'), 'SPF_PERMERROR'],
    ['an error after the matching term is an error', spf('v=spf1 ip4:192.0.2.7 foo:bar'), 'SPF_PERMERROR'],
    ['SERVFAIL is temporary', { 'TXT example.com': 'fail' }, 'SPF_TEMPERROR'],
    ['an include loop ends in an error', spf('v=spf1 include:example.com -all'), 'SPF_PERMERROR'],
    [
      'a passing include matches',
      { ...spf('v=spf1 include:s.example.com -all'), 'TXT s.example.com': ['v=spf1 ip4:192.0.2.7 -all'] },
      'SPF_PASS',
    ],
    ['an include of nothing is an error', spf('v=spf1 include:nothing.example.com -all'), 'SPF_PERMERROR'],
    [
      'a redirect is followed',
      { ...spf('v=spf1 redirect=s.example.com'), 'TXT s.example.com': ['v=spf1 -all'] },
      'SPF_FAIL',
    ],
    ['a matches addresses', { ...spf('v=spf1 a -all'), 'A example.com': ['192.0.2.7'] }, 'SPF_PASS'],
    [
      'mx matches the addresses of exchangers',
      { ...spf('v=spf1 mx -all'), 'MX example.com': ['10 mx.example.com'], 'A mx.example.com': ['192.0.2.7'] },
      'SPF_PASS',
    ],
    [
      'exists takes macros',
      { ...spf('v=spf1 exists:%{ir}.%{l}.example.com -all'), 'A 7.2.0.192.alice.example.com': ['127.0.0.2'] },
      'SPF_PASS',
    ],
    [
      'ptr matches a name that leads back',
      {
        ...spf('v=spf1 ptr -all'),
        'PTR 192.0.2.7': ['mail.example.com'],
        'A mail.example.com': ['192.0.2.7'],
      },
      'SPF_PASS',
    ],
    [
      'three void lookups are an error',
      spf('v=spf1 a:x.example.com a:y.example.com a:z.example.com -all'),
      'SPF_PERMERROR',
    ],
    [
      'eleven lookups are an error',
      {
        ...spf(`v=spf1 ${Array.from({ length: 11 }, (_, i) => `a:h${i}.example.com`).join(' ')} ip4:192.0.2.7 -all`),
        ...Object.fromEntries(Array.from({ length: 11 }, (_, i) => [`A h${i}.example.com`, ['198.51.100.1']])),
      },
      'SPF_PERMERROR',
    ],
  ]
  for (const [title, zone, expected] of table) {
    it(title, async () => {
      const found = await symbols(zone)
      assert.ok(found.includes(expected), found.join(' '))
    })
  }

  it('checks the HELO name for the null reverse-path', async () => {
    const { report, evidence } = await assess(
      anInput({ 'TXT mail.example.com': ['v=spf1 ip4:192.0.2.7 -all'] }, { reversePath: null }),
    )
    assert.equal(report.spf.result, 'pass')
    assert.equal(report.spf.domain, 'mail.example.com')
    assert.match(report.header, /spf=pass smtp\.helo=mail\.example\.com/)
    assert.ok(!evidence.some((found) => found.symbol === 'SPF_HELO_PASS'))
  })

  it('knows the local part without the quotes of SMTP, and an empty one as postmaster', async () => {
    const zone = { ...spf('v=spf1 -all exp=why.example.com'), 'TXT why.example.com': ['%{l}'] }
    for (const [localPart, expected] of [
      ['two words', 'two words'],
      ['', 'postmaster'],
    ] as const) {
      const { report } = await assess(anInput(zone, { reversePath: { localPart, domain: 'example.com' as Domain } }))
      assert.equal(report.spf.explanation, expected)
    }
  })

  it('checks the HELO name beside the reverse-path', async () => {
    const found = await symbols({ ...spf('v=spf1 +all'), 'TXT mail.example.com': ['v=spf1 -all'] })
    assert.ok(found.includes('SPF_PASS'))
    assert.ok(found.includes('SPF_HELO_FAIL'))
  })

  it('treats an IPv4-mapped client as IPv4', async () => {
    const found = await symbols(spf('v=spf1 ip4:192.0.2.7 -all'), { ip: '::ffff:192.0.2.7' })
    assert.ok(found.includes('SPF_PASS'))
  })
})

describe('DKIM (RFC 6376, 8301, 8463)', () => {
  const keys = [rsaKey('example.com'), edKey('example.com')]

  it('accepts what we sign, with both algorithms', async () => {
    const { report, evidence } = await assess(
      anInput(published(...keys), { raw: signed(aMessage(plainHead), ...keys) }),
    )
    assert.deepEqual(
      report.dkim.map(({ result, selector, aligned }) => ({ result, selector, aligned })),
      [
        { result: 'pass', selector: 'r', aligned: true },
        { result: 'pass', selector: 'e', aligned: true },
      ],
    )
    assert.ok(evidence.some((found) => found.symbol === 'DKIM_ALIGNED'))
  })

  const raw = signed(aMessage(plainHead), rsaKey('example.com'))
  const good = published(rsaKey('example.com'))
  const name = 'TXT r._domainkey.example.com'
  const record = dnsRecord(rsaKey('example.com')).value
  const text = (from: string, to: string): Buffer => Buffer.from(raw.toString('latin1').replace(from, to), 'latin1')
  const table: readonly (readonly [string, Zone, Buffer, string])[] = [
    ['a changed body fails', good, text('Hello.', 'Hullo.'), 'DKIM_FAIL'],
    ['white space at line ends does not matter', good, text('Hello.\r\n', 'Hello. \t\r\n\r\n\r\n'), 'DKIM_PASS'],
    ['a changed subject fails', good, text('Subject: tea', 'Subject: gold'), 'DKIM_FAIL'],
    ['a refolded subject does not matter', good, text('Subject: tea', 'subject : \r\n tea'), 'DKIM_PASS'],
    ['an added From fails', good, text('From: Alice', 'From: x@example.net\r\nFrom: Alice'), 'DKIM_FAIL'],
    ['an added Cc fails: it is oversigned', good, text('Subject: ', 'Cc: c@example.net\r\nSubject: '), 'DKIM_FAIL'],
    ['an added Received does not matter', good, text('From: Alice', 'Received: x\r\nFrom: Alice'), 'DKIM_PASS'],
    ['no key cannot be judged', {}, raw, 'DKIM_PERMERROR'],
    ['a revoked key cannot be judged', { [name]: ['v=DKIM1; p='] }, raw, 'DKIM_PERMERROR'],
    ['a key that cannot be read is temporary', { [name]: 'fail' }, raw, 'DKIM_TEMPERROR'],
    [
      'a key for other services does not count',
      { [name]: [record.replace('k=rsa', 's=tlsrpt; k=rsa')] },
      raw,
      'DKIM_PERMERROR',
    ],
    [
      'a key for sha1 only does not count',
      { [name]: [record.replace('k=rsa', 'h=sha1; k=rsa')] },
      raw,
      'DKIM_PERMERROR',
    ],
    [
      'a bad signature of a domain in test mode is as none',
      { [name]: [record.replace('k=', 't=y; k=')] },
      text('Subject: tea', 'Subject: gold'),
      'DKIM_NONE',
    ],
    ['a key record of 64 kB cannot be judged', { [name]: [`v=DKIM1; p=${'A'.repeat(65_000)}`] }, raw, 'DKIM_PERMERROR'],
    ['no signature is none', good, aMessage(plainHead), 'DKIM_NONE'],
    ['a signature without From is not judged', good, text('h=From:From:', 'h='), 'DKIM_PERMERROR'],
    ['an unknown version is not judged', good, text('v=1;', 'v=2;'), 'DKIM_PERMERROR'],
  ]
  for (const [title, zone, message, expected] of table) {
    it(title, async () => {
      const found = await symbols(zone, { raw: message })
      assert.ok(found.includes(expected), found.join(' '))
    })
  }

  it('refuses a key of 512 bits', async () => {
    const key = { ...rsaKey('example.com'), key: weak }
    const { report } = await assess(anInput(published(key), { raw: signed(aMessage(plainHead), key) }))
    assert.equal(report.dkim[0]?.result, 'policy')
  })

  it('takes neither an expired signature nor one by SHA-1', async () => {
    const raw = aMessage(plainHead)
    const options = {
      signingDomain: 'example.com',
      selector: 'r',
      privateKey: rsa.export({ type: 'pkcs1', format: 'pem' }),
    }
    const expired = await dkimSign(raw, {
      ...options,
      signTime: new Date(testNow - 2e6),
      expires: new Date(testNow - 1e6),
      signatureData: [options],
    })
    const sha1 = await dkimSign(raw, { ...options, signatureData: [{ ...options, algorithm: 'rsa-sha1' }] })
    for (const [{ signatures }, expected] of [
      [expired, 'neutral'],
      [sha1, 'policy'],
    ] as const) {
      const { report } = await assess(anInput(good, { raw: Buffer.concat([Buffer.from(signatures), raw]) }))
      assert.equal(report.dkim[0]?.result, expected)
    }
  })

  it('knows an honest stranger from the author', async () => {
    const key = rsaKey('example.net')
    const { report } = await assess(anInput(published(key), { raw: signed(aMessage(plainHead), key) }))
    assert.deepEqual([report.dkim[0]?.result, report.dkim[0]?.aligned], ['pass', false])
  })
})

describe('DMARC (RFC 7489, 9989)', () => {
  const dmarc = (record: string, name = '_dmarc.example.com'): Zone => ({ [`TXT ${name}`]: [record] })
  const raw = signed(aMessage(plainHead), rsaKey('example.com'))
  const table: readonly (readonly [string, Zone, Partial<AssessInput>, string])[] = [
    ['aligned SPF passes', { ...dmarc('v=DMARC1; p=reject'), ...spf('v=spf1 +all') }, {}, 'DMARC_PASS'],
    [
      'aligned DKIM passes',
      { ...dmarc('v=DMARC1; p=reject'), ...published(rsaKey('example.com')) },
      { raw },
      'DMARC_PASS',
    ],
    ['neither fails with p=reject', dmarc('v=DMARC1; p=reject'), {}, 'DMARC_FAIL_REJECT'],
    ['neither fails with p=quarantine', dmarc('v=DMARC1; p=quarantine'), {}, 'DMARC_FAIL_QUARANTINE'],
    ['neither fails with p=none', dmarc('v=DMARC1; p=none'), {}, 'DMARC_FAIL_NONE'],
    ['test mode asks for one less', dmarc('v=DMARC1; p=reject; t=y'), {}, 'DMARC_FAIL_QUARANTINE'],
    ['no record is none', spf('v=spf1 +all'), {}, 'DMARC_NONE'],
    ['SERVFAIL is temporary', { 'TXT _dmarc.example.com': 'fail' }, {}, 'DMARC_TEMPERROR'],
    [
      'sp= is for subdomains',
      dmarc('v=DMARC1; p=none; sp=reject'),
      { raw: aMessage(['From: a@sub.example.com']) },
      'DMARC_FAIL_REJECT',
    ],
    [
      'strict SPF alignment does not take a parent',
      { ...dmarc('v=DMARC1; p=reject; aspf=s', '_dmarc.sub.example.com'), ...spf('v=spf1 +all') },
      { raw: aMessage(['From: a@sub.example.com']) },
      'DMARC_FAIL_REJECT',
    ],
    [
      'relaxed SPF alignment takes a parent',
      { ...dmarc('v=DMARC1; p=reject'), ...spf('v=spf1 +all') },
      { raw: aMessage(['From: a@sub.example.com']) },
      'DMARC_PASS',
    ],
    [
      'no From cannot be judged',
      dmarc('v=DMARC1; p=reject'),
      { raw: aMessage(['To: a@b.example']) },
      'DMARC_PERMERROR',
    ],
    [
      'two From fields of two domains cannot be judged',
      dmarc('v=DMARC1; p=reject'),
      { raw: aMessage(['From: a@example.com', 'From: b@example.net']) },
      'DMARC_PERMERROR',
    ],
  ]
  for (const [title, zone, over, expected] of table) {
    it(title, async () => {
      const found = await symbols(zone, over)
      assert.ok(found.includes(expected), found.join(' '))
    })
  }
})

describe('ARC (RFC 8617)', () => {
  const sealer = rsaKey('list.example')
  const zone: Zone = { ...published(sealer), 'TXT _dmarc.example.com': ['v=DMARC1; p=reject'] }

  async function sealed(results: string): Promise<Buffer> {
    const raw = aMessage(plainHead)
    const head = await sealMessage(raw, {
      signingDomain: 'list.example',
      selector: 'r',
      privateKey: rsa.export({ type: 'pkcs8', format: 'pem' }),
      cv: 'none',
      authResults: `list.example; ${results}`,
    })
    return Buffer.concat([head, raw])
  }

  const trusted = { trustedSealers: new Set(['list.example']) }
  const passed = 'dmarc=pass header.from=example.com'

  it('passes DMARC on where a trusted sealer saw it pass', async () => {
    const found = await symbols(zone, { raw: await sealed(passed), ...trusted })
    assert.ok(found.includes('ARC_TRUSTED') && found.includes('DMARC_ARC_OVERRIDE'), found.join(' '))
  })
  it('does not believe a stranger', async () => {
    const found = await symbols(zone, { raw: await sealed(passed) })
    assert.ok(found.includes('ARC_PASS') && found.includes('DMARC_FAIL_REJECT'), found.join(' '))
  })
  it('does not stretch a pass to another author', async () => {
    const found = await symbols(zone, { raw: await sealed('dmarc=pass header.from=example.net'), ...trusted })
    assert.ok(found.includes('DMARC_FAIL_REJECT'), found.join(' '))
  })
  it('fails a chain whose message was changed', async () => {
    const raw = Buffer.from((await sealed(passed)).toString('latin1').replace('Hello', 'Hullo'), 'latin1')
    const found = await symbols(zone, { raw, ...trusted })
    assert.ok(found.includes('ARC_FAIL') && found.includes('DMARC_FAIL_REJECT'), found.join(' '))
  })
  it('calls a key that cannot be asked temporary', async () => {
    const raw = await sealed(passed)
    const found = await symbols({ ...zone, 'TXT r._domainkey.list.example': 'fail' }, { raw, ...trusted })
    assert.ok(found.includes('ARC_TEMPERROR'), found.join(' '))
  })
})
