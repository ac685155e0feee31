// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { describe, it, test } from 'node:test'
import type { AuthReport } from '../../../src/core/auth.ts'
import { openMessage } from '../../../src/message/open.ts'
import { lookupDefaults, runWithLists } from '../../../src/rules/ask-lists.ts'
import { type CompiledRules, compileRules } from '../../../src/rules/compile.ts'
import { emailsIn } from '../../../src/rules/email-text.ts'
import type { RuleFacts } from '../../../src/rules/facts.ts'
import { emptyBook, parseRules, type RuleBook } from '../../../src/rules/parse.ts'
import { emptySettings } from '../../../src/rules/settings.ts'
import { realClock } from '../../../src/service/real-world.ts'
import { unknownFacts } from '../../support/unknown-facts.ts'
import { zoneResolver } from '../../support/zone-resolver.ts'

const registry = 'util_rb_tld com org net uk\nutil_rb_2tld co.uk'

function read(cf: string): { readonly book: RuleBook; readonly rules: CompiledRules } {
  const book = emptyBook()
  parseRules(`${cf}\n${registry}`, 'test.cf', book, () => undefined)
  return { book, rules: compileRules(book, 1) }
}

interface Letter {
  readonly from?: string
  readonly fields?: string
  readonly body?: string
  readonly facts?: Partial<RuleFacts>
}

async function run(
  cf: string,
  zone: string,
  { from = 'Author <Author@Fine.org>', fields = '', body = '', facts = {} }: Letter,
) {
  const { book, rules } = read(cf)
  assert.deepEqual(book.complaints, [])
  const dns = zoneResolver(zone)
  const text = `From: ${from}\n${fields}Subject: x\n${/^content-/im.test(fields) ? '' : 'Content-Type: text/plain\n'}\n${body}\n`
  const evidence = await runWithLists(
    rules,
    openMessage(Buffer.from(text)),
    { ...unknownFacts(0), ...facts },
    lookupDefaults,
    { dns, clock: realClock, signal: new AbortController().signal },
  )
  return {
    found: new Map(evidence.map(({ symbol, details }) => [symbol as string, details.join('; ')])),
    asked: dns.questions.map((question) => question.replace(/^A (.*)\.bl\.example$/, '$1')),
  }
}

const hex = (kind: string, value: string): string => createHash(kind).update(value).digest('hex')
const sha1 = (value: string): string => hex('sha1', value)

/** Names that one rule asks for. raw, so that they can be read; addresses need a hash. */
async function asked(rule: string, letter: Letter): Promise<string[]> {
  const flagged = rule.includes('tflags') ? rule : `${rule}\ntflags T net`
  return (await run(flagged, '', letter)).asked
}

const eval_ = (name: string, ...args: readonly string[]): string =>
  `${name.endsWith('bodyre') ? 'body' : 'header'} T eval:check_hashbl_${name}(${['bl.example', ...args].map((arg) => `'${arg}'`).join(', ')})`

describe('check_hashbl_emails', () => {
  const users = (options: string, from = 'body'): string => eval_('emails', `raw/${options}`, from)
  const table: readonly (readonly [title: string, rule: string, letter: Letter, expected: readonly string[]])[] = [
    [
      'asks about the author, those who answer and the text by SHA-1',
      eval_('emails'),
      { fields: 'Reply-To: Reply <r.r+tag@fine.org>\n', body: 'write to Third@fine.org.' },
      ['author@fine.org', 'r.r@fine.org', 'third@fine.org'].map(sha1),
    ],
    ['keeps case where asked to', eval_('emails', 'md5/case', 'ALLFROM'), {}, [hex('md5', 'Author@Fine.org')]],
    ['takes hosts', users('host', 'From'), { body: 'x' }, ['fine.org']],
    ['takes domains', users('domain'), { body: 'a@mail.fine.co.uk b@www.fine.co.uk' }, ['fine.co.uk']],
    ['takes users', users('user/notag'), { body: 'one+x@a.com two.one@a.com' }, ['one', 'two.one']],
    ['leaves out dots', users('user/nodot'), { body: 'two.one@a.com' }, ['twoone']],
    [
      'leaves out quoted ones',
      users('user/noquote'),
      { body: '<a@a.com> or b@a.com wrote: or mailto:c@a.com> or d@a.com phone: or e@a.com' },
      ['c', 'd', 'e'],
    ],
    ['leaves out those in links', users('user/nouri'), { body: 'http://x.com/?a@a.com b@a.com' }, ['b']],
    [
      'finds links to people in HTML',
      users('user'),
      { fields: 'Content-Type: text/html\n', body: '<a href="mailto:a@a.com?subject=x">write</a> <b>to b@a.com</b>' },
      ['a', 'b'],
    ],
    ['looks at all fields', users('user', 'ALL'), { fields: 'X-A: a@a.com\nX-B: b@a.com\n' }, ['author', 'a', 'b']],
    ['looks at each once', users('user', 'X-A/X-B'), { fields: 'X-A: a@a.com\nX-B: A@a.com\n' }, ['a']],
    ['asks about no address of an office', users('user'), { body: 'abuse@a.com bounce-@a.com a@a.com' }, ['a']],
    [
      'asks about nobody who gets the message',
      users('user', 'X-A'),
      { fields: 'X-A: a@a.com b@a.com\nDelivered-To: A@a.com\n' },
      ['b'],
    ],
    [
      'asks about no skipped domain',
      `uridnsbl_skip_domain a.com\n${users('user')}`,
      { body: 'a@www.A.com b@b.com' },
      ['b'],
    ],
    ['asks about no ignored one', `hashbl_ignore b\n${users('user')}`, { body: 'a@a.com B@a.com' }, ['a']],
    [
      'asks about no ignored hash',
      `hashbl_ignore ${sha1('a@a.com').toUpperCase()}\n${eval_('emails', 'sha1', 'body')}`,
      { body: 'a@a.com' },
      [],
    ],
    [
      'takes one domain for another',
      `hashbl_email_domain_alias a.com b.com c.com\n${eval_('emails', 'sha1', 'body')}`,
      { body: 'x@B.com x@c.com x@a.com' },
      [sha1('x@a.com')],
    ],
    [
      'asks about those of an access list, skipped or not',
      `uridnsbl_skip_domain a.com\nhashbl_acl_free A.com c.com\nhashbl_acl_free !c.com c.com\n${eval_('emails', 'raw/user', 'body', '', 'free')}`,
      { body: 'a@a.com b@b.com c@c.com d@A.COM' },
      ['a', 'd'],
    ],
    [
      'asks about all but those that a list takes out',
      `hashbl_acl_all !a.com\n${eval_('emails', 'raw/user', 'body', '', 'all')}`,
      { body: 'a@a.com b@b.com' },
      ['b'],
    ],
    [
      'takes the pattern of the files for what an address is',
      `hashbl_email_regex \\d+\\@[a-z]+\\._TLDS_\n${users('user')}`,
      { body: 'a1@a.com 2@b.nowhere x3@c.org' },
      ['1', '3'],
    ],
    [
      'takes that of the files for whom not to ask about',
      `hashbl_email_whitelist (?i)^boss\\@\n${users('user')}`,
      { body: 'Boss@a.com abuse@a.com' },
      ['abuse'],
    ],
    ['asks about so many', eval_('emails', 'raw/user/max=2', 'body'), { body: 'a@a.com b@a.com c@a.com' }, ['a', 'b']],
  ]
  for (const [title, rule, letter, expected] of table)
    test(title, async () => assert.deepEqual(await asked(rule, letter), expected))

  it('asks about nobody in the envelope', async () => {
    const recipients = [{ localPart: 'A', domain: 'a.com' }] as unknown as RuleFacts['recipients']
    assert.deepEqual(await asked(users('user'), { body: 'a@a.com b@a.com', facts: { recipients } }), ['b'])
  })

  it('draws whom to ask about, and the same for every rule', async () => {
    const body = Array.from({ length: 200 }, (_, i) => `a${i}@a.com`).join(' ')
    const rules = (list: string): string =>
      ['T', 'U']
        .map(
          (name) =>
            `header ${name} eval:check_hashbl_emails('${list}', 'raw/user/shuffle', 'body')\ntflags ${name} net`,
        )
        .join('\n')
    const first = await asked(rules('bl.example'), { body })
    assert.equal(first.length, 10)
    assert.notDeepEqual(await asked(rules('bl.example'), { body }), first)
  })
})

describe('addresses in a text', () => {
  const { registry: known } = emptySettings()
  const table: readonly (readonly [text: string, expected: readonly string[]])[] = [
    ['a@b.com', ['a@b.com']],
    ['x a.b+c@d-e.co.uk, y', ['a.b+c@d-e.co.uk']],
    ['a..b@c.com .d@c.com e.@c.com', ['b@c.com', 'd@c.com']],
    ['a@b.com.', ['a@b.com']],
    ['a@b.com-x a@b.com.x9y a@b', []],
    ['a@-b.com a@b-.com', []],
    ['a@1.2.3.4.com a@0.1.2.3.4.com', ['a@1.2.3.4.com']],
    ['a@b.com@c.com', ['a@b.com']],
    ['@@a@@b@c.com', ['b@c.com']],
    [`${'a'.repeat(65)}@b.com ${'a'.repeat(60)}.${'b'.repeat(10)}@c.com`, [`${'b'.repeat(10)}@c.com`]],
    ['\xc3\xbcx@b.com', ['x@b.com']],
  ]
  for (const [text, expected] of table)
    test(text.slice(0, 40), () =>
      assert.deepEqual(
        emailsIn(text, known, null).map(({ address }) => address),
        expected,
      ),
    )

  it('are found in little time whatever it holds', () => {
    const started = process.cpuUsage().user
    for (const part of ['a', '@', 'a@', 'a.', '@a.', 'a@b.com', 'a@b.c-', '.@'])
      emailsIn(part.repeat(500_000 / part.length), known, null)
    assert.ok(process.cpuUsage().user - started < 4_000_000)
  })
})

describe('check_hashbl_uris', () => {
  const rule = eval_('uris', 'sha1')
  const table: readonly (readonly [title: string, rule: string, body: string, expected: readonly string[]])[] = [
    ['asks about links', rule, 'see http://A.com/X', ['http://a.com/x']],
    ['keeps case where asked to', eval_('uris', 'sha1/case'), 'see http://A.com/X', ['http://A.com/X']],
    ['asks about every form', rule, 'see http://a.com/%41', ['http://a.com/%41', 'http://a.com/a']],
    ['asks about no address', rule, 'write to a@a.com', []],
    [
      'asks about no skipped domain',
      `uridnsbl_skip_domain a.com\n${rule}`,
      'http://www.a.com/ http://b.com/',
      ['http://b.com/'],
    ],
  ]
  for (const [title, cf, body, expected] of table)
    test(title, async () => assert.deepEqual(await asked(cf, { body }), expected.map(sha1)))
})

describe('check_hashbl_bodyre', () => {
  const table: readonly (readonly [title: string, rule: string, body: string, expected: readonly string[]])[] = [
    ['asks about the group', eval_('bodyre', 'raw', 'id (\\w+)'), 'id One, id TWO, id one', ['one', 'two']],
    ['keeps case where asked to', eval_('bodyre', 'raw/case', 'id (\\w+)'), 'id One', ['One'.toLowerCase()]],
    ['keeps digits where asked to', eval_('bodyre', 'raw/num', 'call ([\\d -]+)'), 'call 12-3 45', ['12345']],
    ['sees what stands before', eval_('bodyre', 'raw', '(?<!=)\\b(x\\d+)\\b'), 'x1 =x2 x3', ['x1', 'x3']],
    ['takes groups that take part', eval_('bodyre', 'raw', 'a(b)?'), 'a ab', ['b']],
    [
      'looks at markup in a rawbody rule',
      eval_('bodyre', 'raw', '<b id=(\\w+)').replace('body', 'rawbody'),
      'a <b id=x1>',
      ['x1'],
    ],
    ['looks at fields in a full rule', eval_('bodyre', 'raw', 'From: (\\w+)').replace('body', 'full'), 'x', ['author']],
    ['hashes', eval_('bodyre', '', 'id (\\S+)'), 'id a/B', [sha1('a/b')]],
    ['hashes bytes', eval_('bodyre', 'sha1', 'id (\\S+)'), 'id \u00dcber', [sha1('\u00dcber')]],
  ]
  for (const [title, rule, body, expected] of table)
    test(title, async () => assert.deepEqual(await asked(rule, { body }), expected))

  it('asks by SHA-256 in base 32', async () => {
    const cf = eval_('bodyre', 'sha256', 'id (\\S+)')
    const [name] = await asked(cf, { body: 'id abc' })
    assert.equal(name, 'xj4bnp4pahh6uqkbidpf3lrceoyagyndsylxvhfucd7wd4qacwwq')
  })

  it('is done in little time whatever the text', async () => {
    const cf = eval_('bodyre', 'sha1', '(?:a|a?)+(b+|a*)*c?(x)')
    const started = process.cpuUsage().user
    await asked(cf, { body: 'aab '.repeat(10_000) })
    assert.ok(process.cpuUsage().user - started < 5_000_000)
  })
})

const spoof: Letter = { from: '"service@bank.com" <x@evil.com>' }

describe('check_hashbl_tag', () => {
  const tag = (name: string, options = 'raw'): string => eval_('tag', options, name)
  const dkim = (...domains: readonly string[]): Letter => ({
    facts: { auth: { dkim: domains.map((domain) => ({ result: 'pass', domain })) } as unknown as AuthReport },
  })
  const header = (value: string): Letter => ({ fields: `X-Id: ${value}\n` })
  const table: readonly (readonly [title: string, rule: string, letter: Letter, expected: readonly string[]])[] = [
    ['asks about each value', tag('_DKIMDOMAIN_'), dkim('a.com', 'B.com', 'a.com'), ['a.com', 'b.com']],
    ['asks about a field', tag('HEADER(X-Id)', 'sha1'), header('Some Thing'), [sha1('some thing')]],
    ['asks about nothing where there is nothing', tag('HEADER(X-Id)'), {}, []],
    ['takes what a rule captured', `header __X X-Id =~ /^(?<MYID>\\d{3})$/\n${tag('myid')}`, header('123'), ['123']],
    ['takes the first only', `body __X /(?:no)?id (?<MYID>\\d+)/\n${tag('MYID')}`, { body: 'id 12 and id 13' }, ['12']],
    [
      'takes all of a rule that hits often',
      `body __X /(no)?id (?<MYID>\\d+)/\ntflags __X multiple\n${tag('MYID')}`,
      { body: 'id 12 and noid 13' },
      ['12', '13'],
    ],
    ['ip', tag('HEADER(X-Id)', 'raw/ip/revip'), header('192.0.2.1'), ['1.2.0.192']],
    ['ip, no address', tag('HEADER(X-Id)', 'raw/ip'), header('a.com'), []],
    ['ipv6', tag('HEADER(X-Id)', 'sha1/ipv6'), header('2001:db8::1'), [sha1('2001:db8::1')]],
    ['ipv4, other address', tag('HEADER(X-Id)', 'raw/ipv4'), header('2001:db8::1'), []],
    ['ip or name', tag('HEADER(X-Id)', 'raw/ip/fqdn'), header('a.com'), ['a.com']],
    ['fqdn', tag('HEADER(X-Id)', 'raw/fqdn'), header('www.a.nowhere'), ['www.a.nowhere']],
    ['fqdn, no name', tag('HEADER(X-Id)', 'sha1/fqdn'), header('no name'), []],
    ['tld', tag('HEADER(X-Id)', 'raw/tld'), header('www.a.nowhere'), []],
    ['trim', tag('HEADER(X-Id)', 'raw/trim'), header('www.A.co.uk'), ['a.co.uk']],
    ['skipped domain', `uridnsbl_skip_domain a.com\n${tag('HEADER(X-Id)')}`, header('www.a.com'), []],
    ['asks about a spoof', tag('FNSFNAMEDOMAIN'), spoof, ['bank.com']],
    ['asks about who is behind it', tag('FNSFADDROWNER', 'sha1'), spoof, [sha1('evil')]],
    ['asks about no spoof where there is none', tag('FNSFNAMEDOMAIN'), { from: '"a@a.com" <a@a.com>' }, []],
  ]
  for (const [title, rule, letter, expected] of table)
    test(title, async () => assert.deepEqual(await asked(rule, letter), expected))
})

describe('check_hashbl_attachments', () => {
  const fields = 'MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n'
  const body = [
    '--b\nContent-Type: text/plain\n\nhello\n',
    `--b\nContent-Type: application/pdf; name="A.pdf"\nContent-Transfer-Encoding: base64\n\n${Buffer.from('pdf\r\n\xff', 'latin1').toString('base64')}\n`,
    '--b\nContent-Type: image/png; name="b.png"\nContent-Transfer-Encoding: base64\n\n\n',
    '--b--',
  ].join('\n')
  const pdf = createHash('md5').update('pdf\r\n\xff', 'latin1').digest('hex')
  const table: readonly (readonly [title: string, rule: string, expected: readonly string[]])[] = [
    ['asks about every part that holds something', eval_('attachments', 'md5'), [hex('md5', 'hello\n'), pdf]],
    ['asks about no ignored type', `hashbl_ignore text/plain\n${eval_('attachments', 'md5')}`, [pdf]],
    ['asks about no ignored name', `hashbl_ignore a.PDF\n${eval_('attachments', 'md5')}`, [hex('md5', 'hello\n')]],
    ['asks about no ignored hash', `hashbl_ignore ${pdf}\n${eval_('attachments', 'md5')}`, [hex('md5', 'hello\n')]],
    ['asks about none that is small', eval_('attachments', 'md5/minsize=7'), []],
    ['asks about none that is large', eval_('attachments', 'md5/maxsize=5'), []],
  ]
  for (const [title, rule, expected] of table)
    test(title, async () => assert.deepEqual(await asked(rule, { fields, body }), expected))

  it('asks about all of a large one', async () => {
    const bytes = 'x'.repeat(1_500_000)
    const large = `--b\nContent-Type: application/pdf\nContent-Transfer-Encoding: base64\n\n${Buffer.from(bytes).toString('base64')}\n--b--`
    assert.deepEqual(await asked(eval_('attachments', 'sha1'), { fields, body: large }), [sha1(bytes)])
  })
})

describe('rules that ask lists of hashes', () => {
  const cf = "body T eval:check_hashbl_bodyre('bl.example/A', 'raw', 'id (\\w+)')\ntflags T net"
  const body = 'id one'

  it('tell what is listed', async () => {
    const { found } = await run(cf, 'one.bl.example A 127.0.0.2', { body })
    assert.deepEqual([...found], [['T', 'one: bl.example says 127.0.0.2']])
  })

  const table: readonly (readonly [title: string, args: string, record: string, hit: boolean])[] = [
    ['an answer outside 127.0.0.0/8 is a lie', "'bl.example', 'raw', 'id (\\w+)'", 'A 192.0.2.1', false],
    ['a subtest is a pattern', "'bl.example', 'raw', 'id (\\w+)', '127.0.0.2'", 'A 127.0.0.20', true],
    ['a subtest that does not match', "'bl.example', 'raw', 'id (\\w+)', '^127\\.0\\.0\\.3$'", 'A 127.0.0.2', false],
    ['text that matches', "'bl.example/TXT', 'raw', 'id (\\w+)', '(?i)SPAM'", 'TXT "is spam"', true],
    ['text that does not', "'bl.example/txt', 'raw', 'id (\\w+)', 'spam'", 'TXT "is ham"', false],
    ['any text where no subtest is', "'bl.example/TXT', 'raw', 'id (\\w+)'", 'TXT "is listed"', true],
  ]
  for (const [title, args, record, hit] of table)
    test(title, async () => {
      const rule = `body T eval:check_hashbl_bodyre(${args})\ntflags T net`
      const { found } = await run(rule, `one.bl.example ${record}`, { body })
      assert.equal(found.has('T'), hit)
    })

  it('are silent where nobody answers, and so are metas over them', async () => {
    const { found } = await run(`${cf}\nmeta NOT_T !T`, 'one.bl.example SERVFAIL', { body })
    assert.deepEqual([...found.keys()], ['RULES_LIST_SILENT'])
  })

  it('are silent where a list refuses to answer', async () => {
    const { found } = await run(`${cf}\nmeta NOT_T !T`, 'one.bl.example A 127.255.255.254', { body })
    assert.deepEqual([...found.keys()], [])
  })

  it('of the stock set are run as they are', async () => {
    const stock = `
if (version >= 3.004003)
ifplugin Mail::SpamAssassin::Plugin::HashBL
body BTC eval:check_hashbl_bodyre('bl.example', 'raw/max=10/shuffle', '\\b(?<!=)([13][a-km-zA-HJ-NP-Z1-9]{25,34}|bc1[acdefghjklmnpqrstuvwxyz234567890]{30,62})\\b')
tflags BTC net publish
endif
endif
if can(Mail::SpamAssassin::Plugin::HashBL::has_hashbl_sha256)
header __HERE exists:From
meta HERE __HERE
endif`
    const { found, asked: names } = await run(stock, '1boatslrhtknngkdxeeobr76b53lettpyt.bl.example A 127.0.0.2', {
      body: 'pay to 1BoatSLRHtKNngkdXEeobr76b53LETtpyT or =1BoatSLRHtKNngkdXEeobr76b53LETtpyZ',
    })
    assert.deepEqual(names, ['1boatslrhtknngkdxeeobr76b53lettpyt'])
    assert.deepEqual([...found.keys()].sort(), ['BTC', 'HERE'])
  })

  it('are complained about where they cannot be', () => {
    const bad: readonly (readonly [line: string, text: string])[] = [
      ['header T1 eval:check_hashbl_emails()', 'the list that is asked is missing'],
      [
        "header T2 eval:check_hashbl_emails('bl.example/MX')",
        '"MX" is no type of record that lists have: use A or TXT',
      ],
      ["header T3 eval:check_hashbl_emails('no list')", '"no list" is no name of a list'],
      ["header T4 eval:check_hashbl_emails('bl.example', 'sha2')", '"sha2" is no option (did you mean sha1?)'],
      [
        "header T5 eval:check_hashbl_emails('bl.example', 'sha1/max=many')",
        '"max=many" cannot be: options are max=N, minsize=N, maxsize=N, all others are words',
      ],
      [
        "header T6 eval:check_hashbl_emails('bl.example', 'max')",
        '"max" cannot be: options are max=N, minsize=N, maxsize=N, all others are words',
      ],
      ["header T7 eval:check_hashbl_emails('bl.example', '', 'From:no')", '"From:no" is no field'],
      [
        "header T8 eval:check_hashbl_emails('bl.example', '', '', '(')",
        'the pattern is refused: a "(" without its ")"',
      ],
      [
        "header T9 eval:check_hashbl_emails('bl.example', '', '', '', 'free')",
        'no line hashbl_acl_free says which domains "free" holds',
      ],
      ["header U1 eval:check_hashbl_uris('bl.example', 'raw')", 'these are asked for by a hash: add md5, sha1, sha256'],
      [
        "header U2 eval:check_hashbl_attachments('bl.example', 'max=3')",
        'these are asked for by a hash: add md5, sha1, sha256',
      ],
      [
        "header U3 eval:check_hashbl_bodyre('bl.example', '', '(a)')",
        'check_hashbl_bodyre looks at a text: write body, rawbody or full',
      ],
      [
        "body U4 eval:check_hashbl_bodyre('bl.example', 'sha1')",
        'the pattern that finds what is asked about is missing',
      ],
      [
        "body U5 eval:check_hashbl_bodyre('bl.example', 'sha1', 'a')",
        'the pattern has no group ( ) that says what is asked about',
      ],
      ["body U6 eval:check_hashbl_bodyre('bl.example', 'sha1', '(a')", 'the pattern is refused: a "(" without its ")"'],
      ["header U7 eval:check_hashbl_tag('bl.example')", 'the tag whose value is asked about is missing'],
      ["header U8 eval:check_hashbl_tag('bl.example', '', 'nobody')", 'nothing is known as _NOBODY_'],
    ]
    const { book } = read(bad.map(([line]) => line).join('\n'))
    assert.deepEqual(
      book.complaints.map(({ line, text }) => [bad[line - 1]?.[0], text]),
      bad,
    )
  })

  it('are told of options that mean nothing to them, and run', async () => {
    const { book, rules } = read(eval_('uris', 'sha1/nodot/num'))
    assert.deepEqual(
      book.notices.map(({ line, text }) => `${line} ${text}`),
      ['1 check_hashbl_uris knows no nodot, num: ignored'],
    )
    assert.equal(rules.lists.length, 1)
  })

  it('have settings that are complained about where they cannot be', () => {
    const { book } = read(
      'hashbl_ignore\nhashbl_email_domain_alias a.com\nhashbl_email_regex (\nhashbl_email_regex a*\nhashbl_email_welcomelist [\nhashbl_acl_free\nhashbl_ignores x',
    )
    assert.deepEqual(
      book.complaints.map(({ line, text }) => `${line} ${text}`),
      [
        '1 write values or hashes that no list is asked about',
        '2 write a domain, then those that stand for it',
        '3 the pattern is refused: a "(" without its ")"',
        '4 the pattern matches where there is nothing',
        '5 the pattern is refused: a "[" without its "]"',
        '6 write domains, with "!" before those that are left out',
        '7 "hashbl_ignores" is not a directive',
      ],
    )
  })
})

describe('askdns', () => {
  it('asks about what another rule captured, and about a spoof', async () => {
    const cf = [
      'header __X X-Id =~ /^(?<MYID>\\d+)$/',
      'askdns T _MYID_.bl.example A',
      'askdns U _FNSFNAMEDOMAIN_.bl.example A',
    ].join('\n')
    assert.deepEqual((await run(cf, '', { ...spoof, fields: 'X-Id: 123\n' })).asked, ['123', 'bank.com'])
  })
})
