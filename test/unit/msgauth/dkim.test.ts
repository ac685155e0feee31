// SPDX-License-Identifier: Apache-2.0
/** Known answers for DKIM: every result and limit of RFC 6376 §3.5, §3.6, §6.1, of RFC 8301 and RFC 8463. */
import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { describe, it } from 'node:test'
import { assess } from '../../../src/msgauth/assess.ts'
import { chainBody, chainHead, hashOf, keyRecord, signedField, toMessage } from './arc-forge.ts'
import { anInput, testNow, type Zone } from './zone.ts'

type Form = 'simple' | 'relaxed'

const rsa = generateKeyPairSync('rsa', { modulusLength: 1024 })
const ed = generateKeyPairSync('ed25519')
const record = keyRecord(rsa.publicKey)
const edRecord = `v=DKIM1; k=ed25519; p=${ed.publicKey.export({ type: 'spki', format: 'der' }).subarray(-32).toString('base64')}`
const keyName = 'TXT s._domainkey.example.com'
const good: Zone = { [keyName]: [record], 'TXT e._domainkey.example.com': [edRecord] }

const text =
  'v=1; a=rsa-sha256; c=relaxed/relaxed; d=example.com; s=s; t=12345;\r\n h=from:to:subject:date; bh={bh};\r\n b={b}'

interface Made {
  readonly forms?: readonly [Form, Form]
  readonly head?: readonly string[]
  readonly body?: string
  /** What bh= is made of, where it is not the whole body. */
  readonly hashed?: string
  readonly key?: typeof rsa.privateKey
}

/** A message with one signature, whose text was changed before it was made. */
function signed(
  from: string | RegExp = '',
  to = '',
  made: Made = {},
): { line: string; head: readonly string[]; body: string } {
  const { forms = ['relaxed', 'relaxed'], head = chainHead, body = chainBody } = made
  const wanted = text.replace(from, to).replace('{bh}', hashOf(made.hashed ?? body, forms[1]))
  return { line: signedField('DKIM-Signature', head, wanted, forms, made.key ?? rsa.privateKey), head, body }
}

const message = ({ line, head, body }: ReturnType<typeof signed>): Buffer => toMessage([line, ...head], body)
const meant = (from: string | RegExp, to: string, made: Made = {}): Buffer => message(signed(from, to, made))
/** Changed after it was signed. */
const changed = (from: string | RegExp, to: string): Buffer =>
  Buffer.from(message(signed()).toString('latin1').replace(from, to), 'latin1')

async function dkimOf(raw: Buffer, zone: Zone = good) {
  const { findings, report, evidence } = await assess(anInput(zone, { raw }))
  return { all: findings.dkim, first: findings.dkim[0], report, symbols: evidence.map((found): string => found.symbol) }
}

/** Relaxed, the body loses the one space at the end of a line. */
const canonicalLength = chainBody.length - 1
const later = Math.floor(testNow / 1000) + 3600

describe('the signature field (§3.5, §6.1.1)', () => {
  const table: readonly (readonly [string, Buffer, string])[] = [
    ['as it should be', meant('', ''), 'pass'],
    ['simple/simple', meant('relaxed/relaxed', 'simple/simple', { forms: ['simple', 'simple'] }), 'pass'],
    ['simple/relaxed', meant('relaxed/relaxed', 'simple/relaxed', { forms: ['simple', 'relaxed'] }), 'pass'],
    ['relaxed/simple', meant('relaxed/relaxed', 'relaxed/simple', { forms: ['relaxed', 'simple'] }), 'pass'],
    ['c=relaxed, body simple', meant('relaxed/relaxed', 'relaxed', { forms: ['relaxed', 'simple'] }), 'pass'],
    ['no c=, both simple', meant(' c=relaxed/relaxed;', '', { forms: ['simple', 'simple'] }), 'pass'],
    ['no c=, signed as relaxed', meant(' c=relaxed/relaxed;', ''), 'fail'],
    ['an unknown c=', meant('relaxed/relaxed', 'tea/tea'), 'neutral'],
    ['Ed25519', meant(/rsa-sha256(.*)s=s/, 'ed25519-sha256$1s=e', { key: ed.privateKey }), 'pass'],
    ['no version', meant('v=1; ', ''), 'neutral'],
    ['another version', meant('v=1', 'v=2'), 'neutral'],
    ['v=1.0', meant('v=1', 'v=1.0'), 'neutral'],
    ['the version is not the first tag', meant(/v=1; (a=rsa-sha256;)/, '$1 v=1;'), 'pass'],
    ['no a=', meant(' a=rsa-sha256;', ''), 'neutral'],
    ['an unknown algorithm', meant('rsa-sha256', 'rsa-sha512'), 'neutral'],
    ['an algorithm that is not the key’s', meant('rsa-sha256', 'ed25519-sha256'), 'neutral'],
    ['no b=', changed(/ b=[^;]*$/m, ' '), 'neutral'],
    ['no bh=', meant(/ bh=\{bh\};/, ''), 'neutral'],
    ['another bh=', meant('bh={bh}', 'bh=AAAA'), 'fail'],
    ['b= that is no Base64', changed(' b=', ' b=%'), 'fail'],
    ['white space in b=', changed(/ b=(.{9})/, ' b=$1 \t'), 'pass'],
    ['no d=', meant(' d=example.com;', ''), 'neutral'],
    ['d= that is no domain', meant('d=example.com', 'd=example..com'), 'neutral'],
    ['d= that is a single label', meant('d=example.com', 'd=com'), 'neutral'],
    ['d= in upper case', meant('d=example.com', 'd=EXAMPLE.com'), 'pass'],
    ['no s=', meant(' s=s;', ''), 'neutral'],
    ['s= that is no name', meant('s=s', 's=s_s'), 'neutral'],
    ['no h=', meant(/ h=[^;]*;/, ''), 'neutral'],
    ['an empty h=', meant(/ h=[^;]*;/, ' h=;'), 'neutral'],
    ['h= without From', meant('h=from:to:', 'h=to:'), 'neutral'],
    ['h= in upper case, with white space', meant('h=from:to:', 'h=FROM : To:\r\n '), 'pass'],
    ['h= with a field that is not there', meant('h=from:', 'h=reply-to:from:'), 'pass'],
    ['h= with DKIM-Signature: not itself', meant('h=from:', 'h=dkim-signature:from:'), 'pass'],
    ['i= of the domain', meant('d=example.com', 'd=example.com; i=@example.com'), 'pass'],
    ['i= of a user below the domain', meant('d=example.com', 'd=example.com; i=a@b.example.com'), 'pass'],
    ['i= in quoted-printable', meant('d=example.com', 'd=example.com; i=a=3Db@example.com'), 'pass'],
    ['i= of another domain', meant('d=example.com', 'd=example.com; i=@example.net'), 'neutral'],
    ['i= that only ends alike', meant('d=example.com', 'd=example.com; i=@badexample.com'), 'neutral'],
    ['i= above the domain', meant('d=example.com', 'd=example.com; i=@com'), 'neutral'],
    ['i= without an at sign', meant('d=example.com', 'd=example.com; i=example.com'), 'neutral'],
    ['q=dns/txt', meant('s=s;', 's=s; q=dns/txt;'), 'pass'],
    ['q= with another beside it', meant('s=s;', 's=s; q=tea/pot:dns/txt;'), 'pass'],
    ['q= that nobody knows', meant('s=s;', 's=s; q=tea/pot;'), 'neutral'],
    ['z= is only copied', meant('s=s;', 's=s; z=From:a@b|To:c;'), 'pass'],
    ['an unknown tag', meant('s=s;', 's=s; tea=yes;'), 'pass'],
    ['a tag twice', meant('s=s;', 's=s; s=s;'), 'neutral'],
    ['a tag name in upper case', meant(' s=s;', ' S=s;'), 'neutral'],
    ['an invalid tag name', meant('s=s;', 's=s; 1a=b;'), 'neutral'],
    ['an empty tag', meant('s=s;', 's=s;;'), 'neutral'],
    ['t= that is no number', meant('t=12345', 't=noon'), 'neutral'],
    ['x= to come', meant('t=12345', `t=12345; x=${later}`), 'pass'],
    ['x= that is over', meant('t=12345', 't=12345; x=12346'), 'neutral'],
    ['x= before t=', meant('t=12345', `t=${later}; x=${later - 9}`), 'neutral'],
    ['x= that is no number', meant('t=12345', 't=12345; x=soon'), 'neutral'],
    ['l= of the whole body', meant('s=s;', `s=s; l=${chainBody.length};`), 'pass'],
    ['l= that is no number', meant('s=s;', 's=s; l=-1;'), 'neutral'],
    ['l= of 77 digits', meant('s=s;', `s=s; l=${'9'.repeat(77)};`), 'neutral'],
  ]
  for (const [title, raw, expected] of table) {
    it(`${expected}: ${title}`, async () => {
      const { first } = await dkimOf(raw)
      assert.equal(first?.result, expected, first?.because)
    })
  }
})

describe('what is covered', () => {
  const table: readonly (readonly [string, string | RegExp, string, string])[] = [
    ['the body', 'tea is', 'tea was', 'fail'],
    ['the end of the body', /$/, 'P.S.\r\n', 'fail'],
    ['not white space at line ends', 'all,', 'all,  \t', 'pass'],
    ['not how much white space there is', 'tea is', 'tea \t  is', 'pass'],
    ['but that there is some', 'tea is', 'teais', 'fail'],
    ['not empty lines at the end', /$/, '\r\n\r\n', 'pass'],
    ['a signed field', 'Subject: Tea', 'Subject: Gold', 'fail'],
    ['not one that is not named', 'Received: by 192.0.2.3', 'Received: by 192.0.2.9', 'pass'],
    ['a field of a signed name, added below', 'Subject: Tea at four', 'Subject: Tea at four\r\nSubject: Gold', 'fail'],
    ['not one added above', 'Subject: Tea', 'Subject: Gold\r\nSubject: Tea', 'pass'],
  ]
  for (const [title, from, to, expected] of table) {
    it(`${expected}: ${title}`, async () => {
      const { first } = await dkimOf(changed(from, to))
      assert.equal(first?.result, expected, first?.because)
    })
  }

  it('simple: white space counts', async () => {
    const made = signed('relaxed/relaxed', 'simple/simple', { forms: ['simple', 'simple'] })
    const touched = (from: string, to: string): Buffer =>
      Buffer.from(message(made).toString('latin1').replace(from, to), 'latin1')
    assert.equal((await dkimOf(touched('Subject: Tea', 'Subject:  Tea'))).first?.because, 'bad signature')
    assert.equal((await dkimOf(touched('tea is', 'tea  is'))).first?.because, 'body hash did not verify')
    assert.equal((await dkimOf(Buffer.concat([message(made), Buffer.from('\r\n\r\n')]))).first?.result, 'pass')
  })

  for (const [form, body] of [
    ['simple', ''],
    ['simple', '\r\n\r\n'],
    ['relaxed', ''],
    ['relaxed', ' \t\r\n\r\n'],
  ] as const) {
    it(`pass: the body ${JSON.stringify(body)} in the ${form} form (§3.4.3, §3.4.4)`, async () => {
      const raw = meant('relaxed/relaxed', `relaxed/${form}`, { forms: ['relaxed', form], body })
      assert.equal((await dkimOf(raw)).first?.result, 'pass')
    })
  }

  it('l= leaves the rest unsigned, and that is told (§8.2)', async () => {
    const raw = meant('s=s;', `s=s; l=${canonicalLength};`, { body: `${chainBody}Buy gold.\r\n`, hashed: chainBody })
    const { first, symbols } = await dkimOf(raw)
    assert.deepEqual([first?.result, first?.unsignedBytes], ['pass', 11])
    assert.ok(symbols.includes('DKIM_PARTIAL'))
    const zone = { ...good, 'TXT _dmarc.example.com': ['v=DMARC1; p=reject'] }
    assert.ok((await dkimOf(raw, zone)).symbols.some((name) => name.startsWith('DMARC_')))
  })
})

describe('keys (§3.6.1, §6.1.2)', () => {
  const raw = message(signed())
  const one = (value: string): Zone => ({ [keyName]: [value] })
  const bare = rsa.publicKey.export({ type: 'pkcs1', format: 'der' }).toString('base64')
  const table: readonly (readonly [string, Zone, string])[] = [
    ['no record', {}, 'neutral'],
    ['an empty record', one(''), 'neutral'],
    ['a record that is none', one('hello world'), 'neutral'],
    ['a revoked key', one('v=DKIM1; p='), 'neutral'],
    ['p= that is no Base64', one('v=DKIM1; p=%%%%'), 'neutral'],
    ['p= that is no key', one('v=DKIM1; p=AAAA'), 'neutral'],
    ['another key', one(keyRecord(generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey)), 'fail'],
    ['no version', one(record.replace('v=DKIM1; ', '')), 'pass'],
    ['another version', one(record.replace('DKIM1', 'DKIM2')), 'neutral'],
    ['the version is not the first tag', one(record.replace(/v=DKIM1; (k=rsa;)/, '$1 v=DKIM1;')), 'neutral'],
    ['no k=', one(record.replace('k=rsa; ', '')), 'pass'],
    ['an unknown k=', one(record.replace('k=rsa', 'k=tea')), 'neutral'],
    ['k=ed25519 for an RSA key', one(record.replace('k=rsa', 'k=ed25519')), 'neutral'],
    ['h=sha256', one(record.replace('k=rsa', 'h=sha256; k=rsa')), 'pass'],
    ['h= of several', one(record.replace('k=rsa', 'h=sha1 : sha256; k=rsa')), 'pass'],
    ['h=sha1 alone', one(record.replace('k=rsa', 'h=sha1; k=rsa')), 'neutral'],
    ['s=email', one(record.replace('k=rsa', 's=email; k=rsa')), 'pass'],
    ['s=*', one(record.replace('k=rsa', 's=*; k=rsa')), 'pass'],
    ['s= of something else', one(record.replace('k=rsa', 's=tlsrpt; k=rsa')), 'neutral'],
    ['t=y', one(record.replace('k=rsa', 't=y; k=rsa')), 'pass'],
    ['n= and unknown tags', one(record.replace('k=rsa', 'n=hello; tea=1; k=rsa')), 'pass'],
    [
      'white space everywhere',
      one(record.replaceAll('; ', ' ;  ').replaceAll('=', ' = ').replace(' =  = ', '==')),
      'pass',
    ],
    ['the bare form of RFC 6376', one(`p=${bare}`), 'pass'],
    ['two records: the first counts (§3.6.2.2)', { [keyName]: [record, 'v=DKIM1; p='] }, 'pass'],
    ['a server in trouble', { [keyName]: 'fail' }, 'temperror'],
  ]
  for (const [title, zone, expected] of table) {
    it(`${expected}: ${title}`, async () => {
      const { first } = await dkimOf(raw, zone)
      assert.equal(first?.result, expected, first?.because)
    })
  }

  it('t=s binds i= to the very domain', async () => {
    const zone = one(record.replace('k=rsa', 't=y:s; k=rsa'))
    const below = meant('d=example.com', 'd=example.com; i=@b.example.com')
    assert.deepEqual(
      [(await dkimOf(below, zone)).first?.result, (await dkimOf(raw, zone)).first?.result],
      ['neutral', 'pass'],
    )
  })

  for (const [bits, result, because] of [
    [512, 'policy', 'weak-key'],
    [768, 'policy', 'weak-key'],
    [1024, 'pass', ''],
    [2048, 'pass', ''],
    [4096, 'pass', ''],
  ] as const) {
    it(`${result}: a key of ${bits} bits (RFC 8301 §3.2)`, async () => {
      const pair = generateKeyPairSync('rsa', { modulusLength: bits })
      const { first } = await dkimOf(meant('', '', { key: pair.privateKey }), one(keyRecord(pair.publicKey)))
      assert.deepEqual([first?.result, first?.because], [result, because])
    })
  }

  it('a test key (t=y) is told, and its failure is no failure (§3.6.1)', async () => {
    const zone = one(record.replace('k=rsa', 't=y; k=rsa'))
    assert.equal((await dkimOf(raw, zone)).first?.testing, true)
    assert.ok((await dkimOf(changed('Subject: Tea', 'Subject: x'), zone)).symbols.includes('DKIM_NONE'))
  })
})

describe('several signatures (§4.2, §6.1)', () => {
  it('are judged each for itself, in their order', async () => {
    const made = signed()
    const second = signedField(
      'DKIM-Signature',
      chainHead,
      text.replace(/rsa-sha256(.*)s=s/, 'ed25519-sha256$1s=e').replace('{bh}', hashOf(chainBody, 'relaxed')),
      ['relaxed', 'relaxed'],
      ed.privateKey,
    )
    const broken = made.line.replace('d=example.com', 'd=example.net')
    const raw = toMessage([broken, second, made.line, ...chainHead], chainBody)
    const { all, symbols, report } = await dkimOf(raw)
    assert.deepEqual(
      all.map(({ selector, result }) => `${selector} ${result}`),
      ['s neutral', 'e pass', 's pass'],
    )
    assert.ok(symbols.includes('DKIM_PASS') && symbols.includes('DKIM_ALIGNED'))
    assert.equal(report.header.match(/dkim=/g)?.length, 3)
  })
})

it('the message of RFC 8463 appendix A', async () => {
  const raw = Buffer.from(
    [
      'DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed;',
      ' d=football.example.com; i=@football.example.com;',
      ' q=dns/txt; s=brisbane; t=1528637909; h=from : to :',
      ' subject : date : message-id : from : subject : date;',
      ' bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;',
      ' b=/gCrinpcQOoIfuHNQIbq4pgh9kyIK3AQUdt9OdqQehSwhEIug4D11Bus',
      ' Fa3bT3FY5OsU7ZbnKELq+eXdp1Q1Dw==',
      'From: Joe SixPack <joe@football.example.com>',
      'To: Suzie Q <suzie@shopping.example.net>',
      'Subject: Is dinner ready?',
      'Date: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)',
      'Message-ID: <20030712040037.46341.5F8J@football.example.com>',
      '',
      'Hi.',
      '',
      'We lost the game.  Are you hungry yet?',
      '',
      'Joe.',
      '',
    ].join('\r\n'),
  )
  const zone = {
    'TXT brisbane._domainkey.football.example.com': [
      'v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=',
    ],
  }
  assert.equal((await dkimOf(raw, zone)).first?.result, 'pass')
})
