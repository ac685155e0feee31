// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import type { Domain, EpochMs } from '../../../src/core/brand.ts'
import { printComplaint } from '../../../src/core/failure.ts'
import { openMessage } from '../../../src/message/open.ts'
import { compileRules } from '../../../src/rules/compile.ts'
import { compileExpression, parseExpression } from '../../../src/rules/expression.ts'
import type { RuleFacts } from '../../../src/rules/facts.ts'
import { loadRules } from '../../../src/rules/load.ts'
import { emptyBook, parseRules } from '../../../src/rules/parse.ts'
import { previewRules } from '../../../src/rules/preview.ts'
import { runRules } from '../../../src/rules/run.ts'

const facts: RuleFacts = {
  reversePath: null,
  clientIp: '192.0.2.1',
  clientName: 'unknown',
  helo: 'pc',
  recipients: [],
  auth: null,
  now: Date.UTC(2024, 2, 5) as EpochMs,
}

function compile(text: string) {
  const book = emptyBook()
  parseRules(text, 'test.cf', book, () => undefined)
  return { rules: compileRules(book, 3), book }
}

/** The symbols that hit, sorted. */
function hits(cf: string, ...mail: string[]): string[] {
  const { rules, book } = compile(cf)
  assert.deepEqual(book.complaints, [])
  const evidence = runRules(rules, openMessage(Buffer.from(mail.join('\r\n'), 'utf8')), facts)
  return evidence.map(({ symbol }) => symbol as string).sort()
}

const mail = [
  'From: "Bank" <a@b.example>',
  'To: x@example.org',
  'Cc: y@example.org',
  'Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?= now',
  'X-Twice: one',
  'X-Twice: two',
  '',
  'First  line',
  'goes on here.',
  '',
  'Second <b>paragraph</b> see http://evil.example/a%20b and http://evil.example/a%2Bb',
]

/** As SpamAssassin 4.0.1 does it, asked with the same lines. */
describe('lists of subjects', () => {
  const lists = [
    'blocklist_subject foo*bar',
    'blocklist_subject [Bug *]',
    'blacklist_subject h?llo.',
    'blocklist_subject two  spaces',
    'blocklist_subject \xc3\x9cn\xc3\xaf',
    'welcomelist_subject plain Words',
    'header S_B eval:check_subject_in_blacklist()',
    'header S_W eval:check_subject_in_welcomelist()',
  ].join('\n')
  const table: readonly (readonly [subject: string, hit: readonly string[]])[] = [
    ['xx FOO zz bar yy', ['S_B']],
    ['[bug 12] x', ['S_B']],
    ['b', []],
    ['hallo. x', ['S_B']],
    ['hello!', []],
    ['x two  spaces y', ['S_B']],
    ['x two spaces y', []],
    ['=?utf-8?q?=C3=9Cn=C3=AF?=', ['S_B']],
    ['some plain words here', ['S_W']],
    ['plain', []],
  ]
  for (const [subject, expected] of table) {
    test(subject, () => assert.deepEqual(hits(lists, 'From: a@b.example', `Subject: ${subject}`, '', 'x'), expected))
  }
})

describe('rule types', () => {
  const table: readonly (readonly [title: string, rule: string, hit: boolean])[] = [
    ['header', 'header T From =~ /bank/i', true],
    ['header, decoded', 'header T Subject =~ /^Gr\xc3\xbc\xc3\x9fe now$/', true],
    ['header, raw', 'header T Subject:raw =~ /=\\?utf-8/', true],
    ['header :addr', 'header T From:addr =~ /^a\\@b\\.example$/', true],
    ['header :name', 'header T From:name =~ /^Bank$/', true],
    ['header, several', 'header T X-Twice =~ /^one\\ntwo$/', true],
    ['header, negated', 'header T From !~ /nobody/', true],
    ['header, negated and absent', 'header T X-None !~ /./', true],
    ['header, if-unset', 'header T X-None =~ /^GONE$/ [if-unset: GONE]', true],
    ['exists', 'header T exists:X-Twice', true],
    ['exists, absent', 'header T exists:X-None', false],
    ['ALL', 'header T ALL =~ /^X-Twice: two$/m', true],
    ['ToCc', 'header T ToCc =~ /^y\\@/m', true],
    ['EnvelopeFrom', 'header T EnvelopeFrom =~ /^$/', true],
    ['body, one paragraph is one line', 'body T /First line goes on here\\./', true],
    ['body, across paragraphs', 'body T /here\\..*Second/s', false],
    ['body holds the subject', 'body T /Gr\xc3\xbc\xc3\x9fe now/', true],
    ['rawbody keeps line ends', 'rawbody T /First  line\\r?\\ngoes/', true],
    ['full', 'full T /^From: "Bank"/', true],
    ['uri', 'uri T /^http:\\/\\/evil\\.example\\/a%20b$/', true],
    ['uri, decoded', 'uri T m{^http://evil\\.example/a\\+b$}', true],
    ['eval', "header T eval:check_illegal_chars('Subject','0','1')", false],
  ]
  for (const [title, rule, hit] of table) {
    test(title, () => assert.deepEqual(hits(`${rule}\nscore T 1`, ...mail), hit ? ['T'] : []))
  }

  test('mimeheader looks at every part', () => {
    const parts = ['Content-Type: multipart/mixed; boundary=b', '', '--b', 'Content-Type: image/png', '', 'x', '--b--']
    assert.deepEqual(hits('mimeheader T Content-Type =~ /^image/\nmimeheader U Content-Type !~ /gif/', ...parts), [
      'T',
      'U',
    ])
  })

  test('multiple counts, up to maxhits', () => {
    const cf = 'body __W /word/\ntflags __W multiple maxhits=3\nmeta T __W == 3\nmeta U __W > 3'
    assert.deepEqual(hits(cf, 'Subject: x', '', 'word word word', '', 'word word'), ['T'])
  })

  test('metas see other metas, whatever the order, and arithmetic', () => {
    const cf = 'meta B A && !C\nmeta A (__X + __Y) >= 2\nbody __X /first/i\nbody __Y /second/i\nbody C /third/'
    assert.deepEqual(hits(cf, ...mail), ['A', 'B'])
  })

  test('a trail of hosts is forged where two of them do not follow; one that hands mail to itself is none', () => {
    const trail = (middle: string) =>
      hits(
        'header F eval:check_for_forged_received_trail()',
        'Received: from a.example.net (a.example.net [192.0.2.7]) by us.example.org; Tue, 5 Mar 2024 00:00:00 +0000',
        `Received: from ${middle} by b.example.com; Tue, 5 Mar 2024 00:00:00 +0000`,
        'Received: from c.example.edu (c.example.edu [192.0.2.9]) by d.example.info; Tue, 5 Mar 2024 00:00:00 +0000',
        '',
        'x',
      )
    assert.deepEqual(trail('m.example.net (m.example.net [192.0.2.8])'), ['F'])
    assert.deepEqual(trail('localhost.localdomain (localhost.localdomain [127.0.0.1])'), [])
  })

  test('an envelope outside ASCII is matched as UTF-8', () => {
    const { rules } = compile('header R X-Spam-Relays-External =~ /helo=\\xc3\\xa9 .*envfrom=\\xe4\\xb8\\xad\\S/')
    const reversePath = { localPart: '\u4e2d\u6587', domain: 'b.example' as Domain }
    const evidence = runRules(rules, openMessage(Buffer.from('Subject: x\r\n\r\n')), {
      ...facts,
      helo: '\u00e9',
      reversePath,
    })
    assert.deepEqual(
      evidence.map(({ symbol }) => symbol as string),
      ['R'],
    )
  })

  test('the prefilter changes nothing: many rules hit as each alone would', () => {
    const words = ['first', 'goes', 'paragraph', 'absent', 'evil', 'line goes', 'not there']
    const cf = words.map((word, i) => `body W${i} /${word}/i`).join('\n')
    assert.deepEqual(hits(cf, ...mail), ['W0', 'W1', 'W2', 'W4', 'W5'])
  })
})

describe('scores and descriptions', () => {
  const symbol = (cf: string) => compile(cf).rules.symbols[0]

  test('one score, four scores, relative scores, assumed ones', () => {
    assert.equal(symbol('body A /a/\nscore A 2.5')?.points, 2.5)
    assert.equal(symbol('body A /a/\nscore A 1 2 3 4')?.points, 4)
    assert.equal(symbol('body A /a/\nscore A (0.5)')?.points, 1.5)
    assert.equal(symbol('body A /a/')?.points, 1)
    assert.equal(symbol('body A /a/\ntflags A nice')?.points, -1)
    assert.equal(symbol('body T_A /a/')?.points, 0.01)
  })

  test('a rule of zero points does not run, a rule that only feeds others is not told', () => {
    assert.deepEqual(hits('body A /first/i\nscore A 0\nbody __B /first/i', ...mail), [])
  })

  test('later definitions override, and the source is the place', () => {
    const spec = symbol('body A /a/\ndescribe A old\n\nbody A /b/\ndescribe A  Gr\xc3\xbc\xc3\x9fe')
    assert.equal(spec?.source, 'test.cf:4')
    assert.equal(spec?.describes, 'Gr\u00fc\u00dfe')
  })
})

describe('mistakes are told with their place', () => {
  const table: readonly (readonly [cf: string, complaint: RegExp])[] = [
    ['boddy A /a/', /^test\.cf:1: "boddy" is not a directive \(did you mean body\?\)/],
    ['\nbody A /(a/', /^test\.cf:2: the pattern is refused: a ".{1,2}" without/],
    ['body A /(?<=a+)b/', /look behind must have a fixed length/],
    ['body A text', /is no pattern/],
    ['header A Subject', /a header test is/],
    ['header A Subject:foo =~ /a/', /":foo" is not supported/],
    ['body A eval:no_such_test()', /there is no eval test/],
    ['score A x', /is not a score/],
    ['meta A B &&', /ends too early/],
    ['meta A (B', /"\)" is missing/],
    ['meta A A', /needs itself/],
    ['meta A BODDY\nbody BODY_ /x/', /needs "BODDY", which no rule defines \(did you mean/],
    ['body 1A /a/', /is no name of a rule/],
    ['if version > 3', /this block has no endif/],
    ['endif', /endif without if/],
  ]
  for (const [cf, complaint] of table) {
    test(cf, () => {
      const { book } = compile(cf)
      assert.match(book.complaints.map(printComplaint).join('\n'), complaint)
    })
  }

  test('settings that have no meaning here are notices, not mistakes', () => {
    const { book } = compile('required_score 5\nifplugin Mail::SpamAssassin::Plugin::Razor2\nbroken\nendif')
    assert.deepEqual(book.complaints, [])
    assert.equal(book.notices.length, 2)
  })

  test('a rule that is missing is a notice, unless another name was meant', () => {
    const { book } = compile(
      'meta A LEFT_OUT || NOWHERE\nifplugin Mail::SpamAssassin::Plugin::Razor2\nbody LEFT_OUT /x/\nendif\nbody LEFT_OUTS /x/',
    )
    assert.deepEqual(book.complaints, [])
    assert.match(
      book.notices.map(printComplaint).join('\n'),
      /"A" needs "LEFT_OUT", which was left out\n.*"A" needs "NOWHERE", which no rule defines$/,
    )
  })
})

describe('conditions', () => {
  const table: readonly (readonly [string, boolean])[] = [
    ['if (version >= 3.004000)', true],
    ['if version < 4', false],
    ['if !plugin(Mail::SpamAssassin::Plugin::Nothing)', true],
    ['ifplugin Mail::SpamAssassin::Plugin::MIMEHeader', true],
    ['if can(Mail::SpamAssassin::Conf::no_such)', false],
    ['if (1 && (perl_version >= 5.010))', true],
  ]
  for (const [line, holds] of table) {
    test(line, () => {
      assert.deepEqual(hits(`${line}\nbody A /First/\nelse\nbody B /First/\nendif`, ...mail), [holds ? 'A' : 'B'])
    })
  }
})

describe('expressions', () => {
  const table: readonly (readonly [string, number])[] = [
    ['1 + 2 * 3', 7],
    ['(1 + 2) * 3', 9],
    ['10 - 4 - 3', 3],
    ['!0 && !1', 0],
    ['0 || 5', 5],
    ['7 % 4 == 3', 1],
    ['1 / 0', 0],
    ['-2 < -1', 1],
    ['1 ? 2 : 3', 2],
    ['A + B', 3],
  ]
  for (const [text, value] of table) {
    test(text, () => {
      const run = compileExpression<null>(parseExpression(text), (name) => () => (name === 'A' ? 1 : 2))
      assert.equal(run(null), value)
    })
  }
  test('nesting has a ceiling', () => assert.throws(() => parseExpression('('.repeat(1000) + 1 + ')'.repeat(1000))))
})

describe('loadRules', () => {
  const folder = mkdtempSync(join(tmpdir(), 'postern-rules-'))
  after(() => rmSync(folder, { recursive: true, force: true }))

  test('folders are read in the order of names, own files last, includes where they stand', () => {
    writeFileSync(join(folder, '10_a.cf'), 'body A /a/\nscore A 1\ninclude part.inc\n')
    writeFileSync(join(folder, '20_b.cf'), 'score A 2\n')
    writeFileSync(join(folder, 'part.inc'), 'body B /b/\n')
    writeFileSync(join(folder, 'ignored.txt'), 'nonsense\n')
    const own = join(folder, 'own.conf')
    writeFileSync(own, 'score A 3\n')
    const { rules, complaints } = loadRules([folder, own], 3)
    assert.deepEqual(complaints, [])
    assert.deepEqual(
      rules.symbols.map(({ name, points }) => [name, points]),
      [
        ['A', 3],
        ['B', 1],
      ],
    )
  })

  test('what is not there, and files that include themselves, are complaints', () => {
    const loop = join(folder, 'loop.conf')
    writeFileSync(loop, 'include loop.conf\n')
    const { complaints } = loadRules([join(folder, 'absent'), loop], 3)
    assert.match(complaints.map(printComplaint).join('\n'), /absent: cannot be read(?:.|\n)*include each other/)
  })
})

describe('the rules that ship', () => {
  const { rules, complaints, notices } = loadRules([join(import.meta.dirname, '../../../rules')], 3)

  test('have no mistakes, and each has a description and a price of its own', () => {
    assert.deepEqual(complaints.map(printComplaint), [])
    assert.deepEqual(notices.map(printComplaint), [])
    assert.ok(rules.symbols.length >= 40)
    for (const { name, describes } of rules.symbols) assert.notEqual(describes, name)
  })

  const stories: readonly (readonly [title: string, symbols: readonly string[], mail: readonly string[]])[] = [
    [
      'the test string',
      ['GTUBE'],
      ['Subject: x', '', 'XJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X'],
    ],
    [
      'a parcel that is not there',
      ['BODY_PARCEL', 'URL_CHEAP_TLD', 'HDR_FROM_BRAND', 'PHISH_BRAND_LINK'],
      [
        'From: DHL Express <x7@mail.invalid>',
        'Subject: notice',
        '',
        'Your parcel could not be delivered: https://dhl-track.top/pay',
      ],
    ],
    [
      'a link that is not what it shows',
      ['URL_TEXT_MISMATCH', 'MIME_HTML_ONLY'],
      [
        'From: a@b.example',
        'Content-Type: text/html',
        '',
        '<a href="http://evil.example/">https://www.bank.example/</a>',
      ],
    ],
    [
      'a program in disguise',
      ['MIME_PROGRAM_BYTES', 'MIME_PROGRAM_NAME', 'MIME_DOUBLE_EXTENSION'],
      ['Content-Type: application/pdf; name="bill.pdf.exe"', 'Content-Disposition: attachment', '', 'MZ\x90'],
    ],
    [
      'money from a stranger',
      ['BODY_ADVANCE_FEE', 'BODY_ADVANCE_FEE_SURE', 'HDR_SUBJECT_CAPITALS'],
      [
        'Subject: URGENT BUSINESS MATTER',
        '',
        'The sum of $12.5 million awaits transfer of the funds; keep this strictly confidential.',
      ],
    ],
  ]
  for (const [title, symbols, text] of stories) {
    test(`see ${title}`, () => {
      const found = previewRules(rules, runRules(rules, openMessage(Buffer.from(text.join('\r\n'), 'latin1')), facts))
      const names = found.map(({ symbol }) => symbol.name as string)
      for (const symbol of symbols) assert.ok(names.includes(symbol), `${symbol} in ${names.join(' ')}`)
    })
  }

  test('leave an ordinary note alone', () => {
    const note = [
      'From: Ada <ada@sender.example>',
      'To: bob@example.org',
      'Subject: Lunch on Friday',
      'Date: Mon, 04 Mar 2024 10:00:00 +0000',
      'Message-ID: <abc@sender.example>',
      'Received: from a.example (a.example [192.0.2.2]) by mx.example.org; Mon, 04 Mar 2024 10:00:00 +0000',
      '',
      'Shall we meet at noon? The new place on the corner is said to be good.',
    ]
    assert.deepEqual(previewRules(rules, runRules(rules, openMessage(Buffer.from(note.join('\r\n'))), facts)), [])
  })
})
