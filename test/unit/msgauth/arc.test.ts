// SPDX-License-Identifier: Apache-2.0
/** Known answers for ARC: every condition of RFC 8617 §4 and §5.2, each as one change to a chain that is good. */
import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { describe, it } from 'node:test'
import { type AssessInput, assess } from '../../../src/msgauth/assess.ts'
import { chainBody, chainHead, chainKey, chainLines, goodSet, keyRecord, type SetText, toMessage } from './arc-forge.ts'
import { anInput, testNow, type Zone } from './zone.ts'

const keyName = 'TXT dummy._domainkey.example.org'
const good: Zone = { [keyName]: [keyRecord()] }

const sets = (count: number): SetText[] => Array.from({ length: count }, (_, i) => goodSet(i + 1))
const chain = (list: readonly SetText[], head = chainHead, body = chainBody): string[] =>
  chainLines({ head, body, sets: list })
const message = (lines: readonly string[], body = chainBody): Buffer => toMessage(lines, body)

async function arcOf(raw: Buffer, zone: Zone = good, over: Partial<AssessInput> = {}) {
  const { report, findings, evidence } = await assess(anInput(zone, { raw, ...over }))
  return {
    ...report.arc,
    because: findings.arc.because,
    findings,
    symbols: evidence.map((found): string => found.symbol),
  }
}

/** One set, written otherwise before it is signed: what is signed so is what the sealer meant. */
const meant = (change: Partial<SetText>): Buffer => message(chain([{ ...goodSet(1), ...change }]))
const ams = (from: string | RegExp, to: string, forms?: SetText['forms']): Buffer =>
  meant({ message: goodSet(1).message.replace(from, to), ...(forms === undefined ? {} : { forms }) })
const seal = (from: string | RegExp, to: string): Buffer => meant({ seal: goodSet(1).seal.replace(from, to) })
const results = (from: string | RegExp, to: string): Buffer => meant({ results: goodSet(1).results.replace(from, to) })

/** One set, changed after it was signed, in the field of this name. */
const changed = (name: string, from: string | RegExp, to: string, list = sets(1)): Buffer => {
  let isDone = false
  return message(
    chain(list).map((line) => {
      if (isDone || !line.startsWith(`${name}:`)) return line
      isDone = true
      return line.replace(from, to)
    }),
  )
}
const without = (count: number, name: string, instance: number): Buffer =>
  message(chain(sets(count)).filter((line) => !(line.startsWith(`${name}:`) && line.includes(`i=${instance};`))))

const [A, M, S] = ['ARC-Authentication-Results', 'ARC-Message-Signature', 'ARC-Seal']

describe('no chain', () => {
  for (const [title, raw] of [
    ['an empty message', Buffer.alloc(0)],
    ['a message without a header', Buffer.from('\r\nDear all,\r\n')],
    ['a message without a body', Buffer.from(`${chainHead.join('\r\n')}\r\n`)],
    ['a message without ARC fields', message(chainHead)],
  ] as const) {
    it(`none: ${title}`, async () => assert.equal((await arcOf(raw)).result, 'none'))
  }
})

describe('chains that are whole (§5.2)', () => {
  for (const count of [1, 2, 3, 5, 10, 50]) {
    it(`pass: ${count} sets`, async () => {
      const arc = await arcOf(message(chain(sets(count))))
      assert.equal(arc.result, 'pass', arc.because)
      assert.equal(arc.sealers.length, count)
      assert.equal(arc.highest, count)
    })
  }

  it('pass: an older message signature need not fit any more (step 4)', async () => {
    const edit = (lines: readonly string[]): string[] =>
      lines.map((line) => line.replace('Subject: Tea', 'Subject: [list] Tea'))
    assert.equal((await arcOf(message(edit(chain(sets(1)))))).result, 'fail')
    assert.equal((await arcOf(message(chain([goodSet(1), { ...goodSet(2), edit }])))).result, 'pass')
  })

  it('pass: the fields may stand anywhere, in any order (§5.1)', async () => {
    const lines = chain(sets(2))
    const [top = '', ...rest] = lines
    assert.equal((await arcOf(message([...rest, top]))).result, 'pass')
  })
})

describe('sets (§5.2 steps 1 to 3)', () => {
  const table: readonly (readonly [string, Buffer])[] = [
    ['no seal', without(1, S, 1)],
    ['no message signature', without(1, M, 1)],
    ['no results', without(1, A, 1)],
    ['no seal of the first of two', without(2, S, 1)],
    ['no results of the second', without(2, A, 2)],
    ['no message signature of the first of two', without(2, M, 1)],
    ['a gap', message(chain([goodSet(1), { ...goodSet(3), seal: goodSet(2).seal.replace('i=2', 'i=3') }]))],
    ['two seals of one instance', message([...chain(sets(1)), ...chain(sets(1)).filter((l) => l.startsWith(S))])],
    ['two message signatures', message([...chain(sets(1)), ...chain(sets(1)).filter((l) => l.startsWith(M))])],
    ['two results', message([...chain(sets(1)), ...chain(sets(1)).filter((l) => l.startsWith(A))])],
    ['a set twice', message([...chain(sets(1)), ...chain(sets(1)).slice(0, 3)])],
    ['51 sets (§4.2.1)', message(chain(sets(51)))],
    ['a seal without i=', changed(S, / i=1;/, '')],
    ['an empty i= of a seal', changed(S, 'i=1', 'i=')],
    ['i=0', changed(S, 'i=1', 'i=0')],
    ['i=a', changed(S, 'i=1', 'i=a')],
    ['i=51', changed(S, 'i=1', 'i=51')],
    ['i=001 (1*2DIGIT, §4.2.1)', seal('i=1', 'i=001')],
    ['a message signature without i=', changed(M, / i=1;/, '')],
    ['i=0 of a message signature', changed(M, 'i=1', 'i=0')],
    ['i=-1 of a message signature', changed(M, 'i=1', 'i=-1')],
    ['results without i=', results('i=1; ', '')],
    ['results with an empty i=', results('i=1', 'i=')],
    ['results with another i=', results('i=1', 'i=2')],
    ['results with i=0', results('i=1', 'i=0')],
    ['results whose i= does not come first (§4.1.1)', results(/^i=1; lists.example.org;/, 'lists.example.org; i=1;')],
    ['results without a semicolon behind i=', results('i=1;', 'i=1')],
    ['cv=pass in the first set', seal('cv=none', 'cv=pass')],
    ['cv=fail in the first set', seal('cv=none', 'cv=fail')],
    [
      'cv=none in the second',
      message(chain([goodSet(1), { ...goodSet(2), seal: goodSet(2).seal.replace('cv=pass', 'cv=none') }])),
    ],
    [
      'cv=fail in the second',
      message(chain([goodSet(1), { ...goodSet(2), seal: goodSet(2).seal.replace('cv=pass', 'cv=fail') }])),
    ],
    ['no cv=', seal(' cv=none;', '')],
    ['an empty cv=', seal('cv=none', 'cv=')],
    ['an unknown cv=', seal('cv=none', 'cv=maybe')],
  ]
  for (const [title, raw] of table) {
    it(`fail: ${title}`, async () => {
      const arc = await arcOf(raw)
      assert.equal(arc.result, 'fail')
      assert.ok(arc.symbols.includes('ARC_FAIL'))
    })
  }
})

describe('tag lists (RFC 6376 §3.2)', () => {
  const both: readonly (readonly [string, string, string, 'pass' | 'fail'])[] = [
    ['white space around a semicolon', '; s=dummy', ' ;  s=dummy', 'pass'],
    ['white space around an equals sign', 's=dummy', 's = dummy', 'pass'],
    ['folds around an equals sign', 's=dummy', 's\r\n = \r\n dummy', 'pass'],
    ['a semicolon at the end', 't=12345', 't=12345;', 'pass'],
    ['an unknown tag', 't=12345', 't=12345; w=catnip', 'pass'],
    ['two semicolons', '; s=dummy', ';; s=dummy', 'fail'],
    ['a tag twice', 's=dummy', 's=dummy; s=dummy', 'fail'],
    ['a tag twice with another value', 's=dummy', 's=other; s=dummy', 'fail'],
    ['an invalid tag name', 't=12345', 't=12345; _=a', 'fail'],
    ['a tag name with a hyphen', 't=12345', 't=12345; a-b=c', 'fail'],
    ['a tag without a value sign', 't=12345', 't=12345; nothing', 'fail'],
    ['a tag name in upper case', 's=dummy', 'S=dummy', 'fail'],
    ['white space within a number', 't=12345', 't=12 345', 'fail'],
    ['no a=', 'a=rsa-sha256;', '', 'fail'],
    ['an empty a=', 'a=rsa-sha256', 'a=', 'fail'],
    ['a=rsa-sha1 (RFC 8301)', 'a=rsa-sha256', 'a=rsa-sha1', 'fail'],
    ['an unknown algorithm', 'a=rsa-sha256', 'a=rsa-sha512', 'fail'],
    ['an algorithm of another key', 'a=rsa-sha256', 'a=ed25519-sha256', 'fail'],
    ['no d=', ' d=example.org;', '', 'fail'],
    ['an empty d=', 'd=example.org', 'd=', 'fail'],
    ['d= that is no domain', 'd=example.org', 'd=example...', 'fail'],
    ['no s=', 's=dummy;', '', 'fail'],
    ['an empty s=', 's=dummy', 's=', 'fail'],
    ['a selector without a key', 's=dummy', 's=other', 'fail'],
    ['an empty t=', 't=12345', 't=', 'fail'],
    ['t= that is no number', 't=12345', 't=noon', 'fail'],
    ['no t=', '; t=', '', 'pass'],
  ]
  for (const [title, from, to, expected] of both) {
    const pattern = from === '; t=' ? /;\s*t=12345/ : from
    it(`${expected}: ${title}, in a seal`, async () => assert.equal((await arcOf(seal(pattern, to))).result, expected))
    it(`${expected}: ${title}, in a message signature`, async () => {
      assert.equal((await arcOf(ams(pattern, to))).result, expected)
    })
  }

  it('fail: h= in a seal (§4.1.3)', async () =>
    assert.equal((await arcOf(seal('t=12345', 't=12345; h=from'))).result, 'fail'))
})

describe('the message signature (§4.1.2, RFC 6376)', () => {
  const table: readonly (readonly [string, Buffer, 'pass' | 'fail'])[] = [
    ['a changed body', message(chain(sets(1)), chainBody.replace('tea', 'gold')), 'fail'],
    ['a changed subject', changed('Subject', 'Tea', 'Gold'), 'fail'],
    ['an unsigned field that is changed', changed('Received', '192.0.2.3', '192.0.2.4'), 'pass'],
    ['white space at line ends of the body', message(chain(sets(1)), chainBody.replace('all,', 'all, \t')), 'pass'],
    ['longer white space in the body', message(chain(sets(1)), chainBody.replace('tea is', 'tea  \t is')), 'pass'],
    ['empty lines at the end of the body', message(chain(sets(1)), `${chainBody}\r\n\r\n`), 'pass'],
    ['no line end at the end of the body', message(chain(sets(1)), chainBody.slice(0, -2)), 'pass'],
    ['field names in another case', changed('Subject', 'Subject', 'SUBJECT'), 'pass'],
    ['a folded field', changed('From', 'Alice <', 'Alice\r\n <'), 'pass'],
    ['white space around the colon', changed('Subject', 'Subject: ', 'Subject :   '), 'pass'],
    ['white space at the end of a field', changed('Subject', /$/, '  '), 'pass'],
    ['c=relaxed/simple', ams('relaxed/relaxed', 'relaxed/simple', ['relaxed', 'simple']), 'pass'],
    ['c=simple/relaxed', ams('relaxed/relaxed', 'simple/relaxed', ['simple', 'relaxed']), 'pass'],
    ['c=simple/simple', ams('relaxed/relaxed', 'simple/simple', ['simple', 'simple']), 'pass'],
    ['c=relaxed leaves the body simple', ams('relaxed/relaxed', 'relaxed', ['relaxed', 'simple']), 'pass'],
    ['no c=, and signed so (simple)', ams(' c=relaxed/relaxed;', '', ['simple', 'simple']), 'pass'],
    ['no c=, and signed as in the drafts (relaxed)', ams(' c=relaxed/relaxed;', ''), 'pass'],
    ['c= that is not how it was signed', ams('relaxed/relaxed', 'simple/simple'), 'fail'],
    ['an empty c=', ams('c=relaxed/relaxed', 'c='), 'fail'],
    ['an unknown c=', ams('relaxed/relaxed', 'pancake/waffle'), 'fail'],
    ['no h=', ams(/\r\n h=[^;]*;/, ''), 'fail'],
    ['an empty h=', ams(/ h=[^;]*;/, ' h=;'), 'pass'],
    ['an empty name in h=', ams('from:to:', 'from:to::'), 'pass'],
    ['white space in h=', ams('from:to:', 'from : to :\r\n '), 'pass'],
    ['h= in upper case', ams('from:to:', 'FROM:To:'), 'pass'],
    ['h= in another order than signed', changed(M, 'from:to:', 'to:from:'), 'fail'],
    ['h= with ARC-Message-Signature', ams('from:to:', 'from:to:arc-message-signature:'), 'pass'],
    ['h= with ARC-Seal (§4.1.2)', ams('from:to:', 'from:to:arc-seal:'), 'fail'],
    ['a field that does not stand there', message(chain(sets(1), chainHead.slice(1))), 'pass'],
    ['and is added later', message(['MIME-Version: 1.0', ...chain(sets(1), chainHead.slice(1))]), 'fail'],
    ['no bh=', ams(/\r\n bh=\{bh\};/, ''), 'fail'],
    ['an empty bh=', ams('bh={bh}', 'bh='), 'fail'],
    ['bh= that is no Base64', ams('bh={bh}', 'bh=&{bh}'), 'fail'],
    ['bh= of something else', ams('bh={bh}', 'bh=Z3JlbWxpbnM='), 'fail'],
    ['white space in bh=', changed(M, /bh=(.{9})/, 'bh=$1 \r\n '), 'fail'],
    ['no b=', changed(M, /b=[^;]*;/, ''), 'fail'],
    ['an empty b=', changed(M, /b=[^;]*;/, 'b=;'), 'fail'],
    ['b= that is no Base64', changed(M, 'b=', 'b=%'), 'fail'],
    ['another b=', changed(M, /b=.{8}/, 'b=AAAAAAAA'), 'fail'],
    ['l= that covers the body', ams('i=1;', 'i=1; l=30;'), 'fail'],
    ['l= that is no number', ams('i=1;', 'i=1; l=many;'), 'fail'],
    ['x= that is over', ams('t=12345', 't=12345; x=12346'), 'fail'],
    ['x= to come', ams('t=12345', `t=12345; x=${Math.floor(testNow / 1000) + 60}`), 'pass'],
    ['x= that is no number', ams('t=12345', 't=12345; x=soon'), 'fail'],
  ]
  for (const [title, raw, expected] of table) {
    it(`${expected}: ${title}`, async () => {
      const arc = await arcOf(raw)
      assert.equal(arc.result, expected, arc.because)
    })
  }

  it('pass, and vouches for nobody: h= without From', async () => {
    const zone = { ...good, 'TXT _dmarc.example.com': ['v=DMARC1; p=reject'] }
    const trusted = { trustedSealers: new Set(['example.org']) }
    const bare = await arcOf(ams('from:to:', 'to:'), zone, trusted)
    assert.deepEqual([bare.result, bare.symbols.includes('DMARC_FAIL_REJECT')], ['pass', true])
    const whole = await arcOf(message(chain(sets(1))), zone, trusted)
    assert.deepEqual([whole.result, whole.symbols.includes('DMARC_ARC_OVERRIDE')], ['pass', true])
  })

  it('bottom up among fields of one name (RFC 6376 §5.4.2)', async () => {
    const two = [...chainHead, 'To: a@example.org', 'To: b@example.org']
    const list = [{ ...goodSet(1), message: goodSet(1).message.replace('from:to:', 'from:to:to:') }]
    const lines = chain(list, two)
    assert.equal((await arcOf(message(lines))).result, 'pass')
    const at = lines.indexOf('To: a@example.org')
    const swapped = lines.toSpliced(at, 2, 'To: b@example.org', 'To: a@example.org')
    assert.equal((await arcOf(message(swapped))).result, 'fail')
  })
})

describe('the seal (§5.1.1)', () => {
  const table: readonly (readonly [string, Buffer, 'pass' | 'fail'])[] = [
    ['other results of this set', changed(A, 'spf=pass', 'spf=fail'), 'fail'],
    ['other results of the first set, sealed by the second', changed(A, 'spf=pass', 'spf=fail', sets(2)), 'fail'],
    [
      'another seal of the first set',
      message(chain(sets(2)).map((l) => (l.includes('cv=none') ? l.replace('t=12345', 't=12346') : l))),
      'fail',
    ],
    [
      'another message signature of the first set',
      message(chain(sets(2)).map((l, i) => (i === 4 ? l.replace('t=12345', 't=1') : l))),
      'fail',
    ],
    ['results refolded', changed(A, '; spf', ';\r\n\tspf'), 'pass'],
    ['its name in upper case', changed(S, 'ARC-Seal', 'ARC-SEAL'), 'pass'],
    ['white space in b=', changed(S, /b=(.{9})/, 'b=$1 \r\n '), 'pass'],
    ['no b=', changed(S, /b=[^;]*;/, ''), 'fail'],
    ['an empty b=', changed(S, /b=[^;]*;/, 'b=;'), 'fail'],
    ['b= that is no Base64', changed(S, 'b=', 'b=%'), 'fail'],
    ['another b=', changed(S, /b=.{8}/, 'b=AAAAAAAA'), 'fail'],
    ['another d=', changed(S, 'd=example.org', 'd=example.net'), 'fail'],
  ]
  for (const [title, raw, expected] of table) {
    it(`${expected}: ${title}`, async () => {
      const arc = await arcOf(raw)
      assert.equal(arc.result, expected, arc.because)
    })
  }

  for (const [bits, expected] of [
    [512, 'fail'],
    [1024, 'pass'],
    [2048, 'pass'],
  ] as const) {
    it(`${expected}: a key of ${bits} bits (RFC 8301 §3.2)`, async () => {
      const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: bits })
      const raw = message(chain([{ ...goodSet(1), key: privateKey }]))
      assert.equal((await arcOf(raw, { [keyName]: [keyRecord(publicKey)] })).result, expected)
    })
  }
})

describe('keys', () => {
  const raw = message(chain(sets(1)))
  const other = keyRecord(generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey)
  const table: readonly (readonly [string, Zone, string])[] = [
    ['no key', {}, 'fail'],
    ['a record that is none', { [keyName]: ['tea'] }, 'fail'],
    ['a broken key', { [keyName]: ['v=DKIM1; p=AAAA'] }, 'fail'],
    ['a revoked key', { [keyName]: ['v=DKIM1; p='] }, 'fail'],
    ['another key', { [keyName]: [other] }, 'fail'],
    ['another version', { [keyName]: [keyRecord().replace('DKIM1', 'DKIM2')] }, 'fail'],
    ['another kind of key', { [keyName]: [keyRecord().replace('k=rsa', 'k=tea')] }, 'fail'],
    ['other hashes', { [keyName]: [keyRecord().replace('k=rsa', 'k=rsa; h=sha1')] }, 'fail'],
    ['other services', { [keyName]: [keyRecord().replace('k=rsa', 'k=rsa; s=tea')] }, 'fail'],
    ['no version', { [keyName]: [keyRecord().replace('v=DKIM1; ', '')] }, 'pass'],
    ['no k=', { [keyName]: [keyRecord().replace('k=rsa; ', '')] }, 'pass'],
    [
      'a key of the bare form (RFC 6376 §3.6.1)',
      { [keyName]: [`p=${chainKey.publicKey.export({ type: 'pkcs1', format: 'der' }).toString('base64')}`] },
      'pass',
    ],
    ['white space in p=', { [keyName]: [keyRecord().replace(/p=(.{20})/, 'p=$1 ')] }, 'pass'],
    ['a server in trouble', { [keyName]: 'fail' }, 'temperror'],
  ]
  for (const [title, zone, expected] of table) {
    it(`${expected}: ${title}`, async () => assert.equal((await arcOf(raw, zone)).result, expected))
  }

  it('a sealer is trusted by its whole name', async () => {
    const zone = { ...good, 'TXT _dmarc.example.com': ['v=DMARC1; p=reject'] }
    for (const [name, expected] of [
      ['example.org', true],
      ['xexample.org', false],
      ['org', false],
    ] as const) {
      const { symbols } = await arcOf(raw, zone, { trustedSealers: new Set([name]) })
      assert.equal(symbols.includes('DMARC_ARC_OVERRIDE'), expected, name)
    }
  })
})
