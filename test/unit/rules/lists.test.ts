// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Resolver } from '../../../src/core/ports.ts'
import { createResolver, resolverDefaults } from '../../../src/dns/resolver.ts'
import { openTransport } from '../../../src/dns/transport.ts'
import { openMessage } from '../../../src/message/open.ts'
import { lookupDefaults, runWithLists } from '../../../src/rules/ask-lists.ts'
import { type CompiledRules, compileRules } from '../../../src/rules/compile.ts'
import { parseExpression } from '../../../src/rules/expression.ts'
import type { RuleFacts } from '../../../src/rules/facts.ts'
import { emptyBook, parseRules } from '../../../src/rules/parse.ts'
import { runRules } from '../../../src/rules/run.ts'
import { exactly, rangeOf, unknown } from '../../../src/rules/uncertain.ts'
import { realClock } from '../../../src/service/real-world.ts'
import { serveZone } from '../../support/dns-server.ts'
import { silentMeter } from '../../support/silent.ts'
import { unknownFacts } from '../../support/unknown-facts.ts'
import { zoneResolver } from '../../support/zone-resolver.ts'

function compile(cf: string): CompiledRules {
  const book = emptyBook()
  parseRules(cf, 'test.cf', book, () => undefined)
  const rules = compileRules(book, 1)
  assert.deepEqual(book.complaints, [])
  return rules
}

const mail = 'From: a@b.example\r\nTo: x@example.org\r\n\r\nsee http://www.shop.example/ and http://192.0.2.77/\r\n'
const facts: RuleFacts = { ...unknownFacts(Date.UTC(2026, 10, 21)), clientIp: '192.0.2.10', clientName: 'unknown' }

interface Run {
  readonly text?: string
  readonly from?: RuleFacts
  readonly limits?: Partial<typeof lookupDefaults>
  readonly signal?: AbortSignal
}

async function told(rules: CompiledRules, dns: Resolver, run: Run = {}) {
  const { text = mail, from = facts, limits = {}, signal = new AbortController().signal } = run
  const ports = { dns, clock: realClock, signal }
  const evidence = await runWithLists(
    rules,
    openMessage(Buffer.from(text)),
    from,
    { ...lookupDefaults, ...limits },
    ports,
  )
  return new Map(evidence.map(({ symbol, details }) => [symbol as string, details.join('; ')]))
}

const names = (found: ReadonlyMap<string, string>): string[] => [...found.keys()].sort()

const relayRule = "header R eval:check_rbl('r-lastexternal', 'bl.example.')\ntflags R net"
const linkRule = "urirhssub U uri.example. A 2\nbody U eval:check_uridnsbl('U')\ntflags U net"

describe('rules that ask DNS lists', () => {
  it('tell what was listed and where', async () => {
    const zone = zoneResolver('10.2.0.192.bl.example A 127.0.0.2\nshop.example.uri.example A 127.0.0.2')
    const found = await told(compile(`${relayRule}\n${linkRule}`), zone)
    assert.deepEqual(
      [...found],
      [
        ['R', '192.0.2.10: 2.0.192.bl.example says 127.0.0.2'],
        ['U', 'www.shop.example: example.uri.example says 127.0.0.2'],
      ],
    )
  })

  it('ask each name once, whatever the number of rules', async () => {
    const zone = zoneResolver('')
    const more = [1, 2, 3].map(
      (i) => `header S${i} eval:check_rbl('r${i}-lastexternal', 'BL.example')\ntflags S${i} net`,
    )
    await told(compile([relayRule, ...more].join('\n')), zone)
    assert.deepEqual(zone.questions, ['A 10.2.0.192.bl.example'])
  })

  it('hide the name where tflags say nolog', async () => {
    const zone = zoneResolver('10.2.0.192.bl.example A 127.0.0.2')
    assert.deepEqual([...(await told(compile(`${relayRule} nolog`), zone))], [['R', '']])
  })

  it('are not asked about private addresses, trusted relays and skipped domains', async () => {
    const zone = zoneResolver('')
    const cf = `${relayRule}\n${linkRule}\nuridnsbl_skip_domain shop.example\ntrusted_networks 192.0.2.0/24`
    await told(compile(cf), zone, { text: 'From: a@b\r\n\r\nhttp://10.1.2.3/ http://www.shop.example/' })
    assert.deepEqual(zone.questions, [])
    await told(compile(relayRule), zone, { from: { ...facts, clientIp: '10.0.0.5' } })
    assert.deepEqual(zone.questions, [])
  })

  it('follow dns_query_restriction, whose nearest word counts', async () => {
    const zone = zoneResolver('10.2.0.192.bl.example A 127.0.0.2')
    const cf = `${relayRule}\n${linkRule}\nmeta NOT_R !R\ndns_query_restriction deny *\ndns_query_restriction allow uri.example`
    assert.deepEqual(names(await told(compile(cf), zone)), ['NOT_R'])
    assert.deepEqual(zone.questions, ['A shop.example.uri.example', 'A 77.2.0.192.uri.example'])
  })

  it('ask nobody where dns_available says no, or where no list is wanted', async () => {
    const zone = zoneResolver('10.2.0.192.bl.example A 127.0.0.2')
    assert.deepEqual(names(await told(compile(`${relayRule}\ndns_available no`), zone)), [])
    assert.deepEqual(runRules(compile(relayRule), openMessage(Buffer.from(mail)), facts), [])
    assert.deepEqual(zone.questions, [])
  })

  it('take an answer outside 127.0.0.0/8 for a lie', async () => {
    const zone = zoneResolver('10.2.0.192.bl.example A 192.0.2.1\nshop.example.uri.example A 192.0.2.2')
    assert.deepEqual(names(await told(compile(`${relayRule}\n${linkRule}`), zone)), [])
  })

  it('take a refusal to answer for silence, and leave such a list alone for a while', async () => {
    const zone = zoneResolver('10.2.0.192.bl.example A 127.255.255.254')
    const refused = "header NO eval:check_rbl('r-lastexternal', 'bl.example.', '^127\\.255\\.255\\.')\ntflags NO net"
    const rules = compile(`${relayRule}\n${refused}\nmeta NOT_R !R\ndns_block_rule NO bl.example`)
    assert.deepEqual(names(await told(rules, zone)), ['NO'])
    assert.deepEqual(names(await told(rules, zone)), ['RULES_LIST_SILENT'])
    assert.equal(zone.questions.length, 1)
  })

  it('follow name servers to the addresses that a list is asked about', async () => {
    const zone = zoneResolver(
      'shop.example NS ns.far.example\nns.far.example A 192.0.2.99\nwww.shop.example A 192.0.2.98\n99.2.0.192.bl.example A 127.0.0.2',
    )
    const rule = (name: string, flags: string) =>
      `uridnssub ${name} bl.example. A 127.0.0.2\nbody ${name} eval:check_uridnsbl('${name}')\ntflags ${name} net ${flags}`
    assert.deepEqual(names(await told(compile([rule('NS', ''), rule('HOST', 'a')].join('\n')), zone)), ['NS'])
  })

  it('find a sender whose domain is nowhere in the DNS, where that is certain', async () => {
    const cf = 'header NOWHERE eval:check_dns_sender()\ntflags NOWHERE net'
    const from = (domain: string) => ({ from: { ...facts, reversePath: { localPart: 'a', domain } as never } })
    const zone = zoneResolver('there.example A 192.0.2.1\nmail.example MX 10 mx.example\ntrouble.example SERVFAIL')
    for (const [domain, expected] of [
      ['there.example', []],
      ['mail.example', []],
      ['gone.example', ['NOWHERE']],
      ['trouble.example', ['RULES_LIST_SILENT']],
    ] as const)
      assert.deepEqual(names(await told(compile(cf), zone, from(domain))), expected, domain)
  })

  it('are complained about where nothing says which list is asked', () => {
    const book = emptyBook()
    parseRules(
      "body U eval:check_uridnsbl('U')\nurirhssub V uri.example MX\naskdns W _NOBODY_.x A",
      'x.cf',
      book,
      () => undefined,
    )
    compileRules(book, 1)
    assert.deepEqual(
      book.complaints.map(({ line, text }) => `${line} ${text}`),
      [
        '2 "MX" is no type of record that lists have: use A or TXT',
        '1 no line such as urirhssub says which list "U" asks',
        '3 nothing is known as _NOBODY_',
      ],
    )
  })
})

describe('silence', () => {
  const cf = `${relayRule}\n${linkRule}\nmeta NOT_R !R\nmeta NOT_U !U\nmeta BOTH R && U\nmeta ANY R || U || 1\nmeta OVER NOT_R`

  it('is neither a hit nor a "no", in metas of metas too', async () => {
    const zone = zoneResolver('10.2.0.192.bl.example SERVFAIL')
    const found = await told(compile(cf), zone)
    assert.deepEqual(names(found), ['ANY', 'NOT_U', 'RULES_LIST_SILENT'])
    assert.equal(found.get('RULES_LIST_SILENT'), '10.2.0.192.bl.example: SERVFAIL')
  })

  it('is what a message hears that asks too often', async () => {
    const zone = zoneResolver('10.2.0.192.bl.example A 127.0.0.2\nshop.example.uri.example A 127.0.0.2')
    assert.deepEqual(names(await told(compile(cf), zone, { limits: { queries: 1 } })), [
      'ANY',
      'R',
      'RULES_LIST_SILENT',
    ])
    assert.equal(zone.questions.length, 1)
  })

  it('is what a message hears whose time is over', async () => {
    const silent = { ...zoneResolver(''), a: () => new Promise<never>(() => undefined) }
    assert.deepEqual(names(await told(compile(cf), silent, { limits: { dnsMs: 20 } })), ['ANY', 'RULES_LIST_SILENT'])
    const signal = AbortSignal.abort()
    assert.deepEqual(names(await told(compile(cf), silent, { signal })), ['ANY', 'RULES_LIST_SILENT'])
  })

  const leaf = (name: string) => (name === 'U' || name === 'V' ? unknown : exactly(Number(name.slice(1))))
  const table: readonly (readonly [string, 'yes' | 'no' | 'maybe'])[] = [
    ['U', 'maybe'],
    ['!U', 'maybe'],
    ['U && N0', 'yes'],
    ['N0 && U', 'yes'],
    ['U && N1', 'maybe'],
    ['U || N1', 'no'],
    ['N2 || U', 'no'],
    ['U || V', 'maybe'],
    ['U && !U', 'maybe'],
    ['U + V + N1 > 3', 'yes'],
    ['U + V + N2 > 1', 'no'],
    ['U + V > 1', 'maybe'],
    ['U - 2 < 0', 'no'],
    ['U >= 0', 'no'],
    ['U == 5', 'yes'],
    ['U != 5', 'no'],
    ['U * 0', 'yes'],
    ['U ? N1 : N2', 'no'],
    ['U ? N1 : N0', 'maybe'],
    ['N7 % 4 == 3', 'no'],
    ['-U', 'maybe'],
  ]
  for (const [text, zero] of table)
    it(`makes ${text} ${zero === 'yes' ? 'zero' : zero === 'no' ? 'a hit' : 'unknown'}`, () =>
      assert.equal(rangeOf(parseExpression(text), leaf).zero, zero))
})

describe('the same over a real resolver and a name server', () => {
  const ask = async (zone: string, cf: string, tryTimeoutMs = 5000) => {
    await using server = await serveZone(zone)
    const transport = openTransport({ servers: [server.address], tryTimeoutMs, tries: 2, trustAd: false })
    const dns = createResolver({ ...resolverDefaults, transport, clock: realClock, meter: silentMeter })
    return { found: names(await told(compile(cf), dns)), questions: server.questions }
  }

  it('finds what is listed, by one question a name', async () => {
    const cf = `${relayRule}\n${linkRule}\nheader T eval:check_rbl_txt('t', 'bl.example')\ntflags T net`
    const zone =
      '10.2.0.192.bl.example A 127.0.0.4\n10.2.0.192.bl.example TXT "open relay"\n77.2.0.192.uri.example A 127.0.0.2'
    const { found, questions } = await ask(zone, cf)
    assert.deepEqual(found, ['R', 'T', 'U'])
    assert.deepEqual(questions.toSorted(), [
      'A 10.2.0.192.bl.example',
      'A 77.2.0.192.uri.example',
      'A shop.example.uri.example',
      'TXT 10.2.0.192.bl.example',
    ])
  })

  for (const trouble of ['SERVFAIL', 'TIMEOUT', 'LIE'])
    it(`takes ${trouble} for silence`, async () => {
      const { found } = await ask(`10.2.0.192.bl.example ${trouble}`, `${relayRule}\nmeta NOT_R !R`, 60)
      assert.deepEqual(found, ['RULES_LIST_SILENT'])
    })
})

describe('the stock rules of SpamAssassin', () => {
  it('in the style of 20_dnsbl_tests.cf and 25_uribl.cf are run as they are', async () => {
    const cf = `
ifplugin Mail::SpamAssassin::Plugin::DNSEval
header __IN_ZEN eval:check_rbl('zen', 'zen.example.')
tflags __IN_ZEN net
header IN_SBL eval:check_rbl_sub('zen', '127.0.0.2')
tflags IN_SBL net
score IN_SBL 0 2.6 0 0.1
header IN_PBL eval:check_rbl('zen-lastexternal', 'zen.example.', '^127\\.0\\.0\\.1[01]$')
tflags IN_PBL net
endif
if can(Mail::SpamAssassin::Plugin::URIDNSBL::has_tflags_domains_only)
urirhssub IN_DBL dbl.example. A 127.0.1.2
body IN_DBL eval:check_uridnsbl('IN_DBL')
tflags IN_DBL net domains_only notrim
endif`
    const zone = zoneResolver('10.2.0.192.zen.example A 127.0.0.2\nwww.shop.example.dbl.example A 127.0.1.2')
    const rules = compile(cf)
    assert.deepEqual(names(await told(rules, zone)), ['IN_DBL', 'IN_SBL'])
    assert.equal(rules.symbols.find(({ name }) => name === 'IN_SBL')?.points, 2.6)
    assert.ok(!zone.questions.includes('A 77.2.0.192.dbl.example'))
  })
})
