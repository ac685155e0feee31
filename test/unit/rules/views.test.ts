// SPDX-License-Identifier: Apache-2.0
/** What rules look at in odd mail, as SpamAssassin 4.0.1 looks at the same bytes. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { openMessage } from '../../../src/message/open.ts'
import { compileRules } from '../../../src/rules/compile.ts'
import { emptyBook, parseRules } from '../../../src/rules/parse.ts'
import { runRules } from '../../../src/rules/run.ts'
import { unknownFacts } from '../../support/unknown-facts.ts'

/** The rules that hit a message written in one code unit per byte. */
function hits(cf: string, ...mail: string[]): string[] {
  const book = emptyBook()
  parseRules(cf, 'test.cf', book, () => undefined)
  const rules = compileRules(book, 1)
  assert.deepEqual(book.complaints, [])
  const evidence = runRules(rules, openMessage(Buffer.from(mail.join('\r\n'), 'latin1')), unknownFacts(0))
  return evidence.map(({ symbol }) => symbol as string).sort()
}

describe('fields', () => {
  // U+30E0 and U+00E0 end in the byte A0, which is white space to JavaScript.
  test('letters that hold the byte of a no-break space are whole', () => {
    const name = 'header N From:name =~ /^\\xe3\\x83\\xa0 \\xc3\\xa0$/'
    const subject = 'header S Subject =~ /^voil\\xc3\\xa0$/'
    const mail = ['From: \xe3\x83\xa0  \xc3\xa0 <a@b.example>', 'Subject: voil\xc3\xa0', '', 'x']
    assert.deepEqual(hits(`${name}\n${subject}`, ...mail), ['N', 'S'])
  })

  test('an address that stands in quotes, alone, is one', () => {
    const rules = 'header A From:addr =~ /^bank\\@b\\.example\\na\\@c\\.example$/\nheader N From:name =~ /^bank$/'
    assert.deepEqual(hits(rules, 'From: "bank@b.example", <a@c.example>', '', 'x'), ['A'])
    assert.deepEqual(hits(rules, 'From: "bank", <a@c.example>', '', 'x'), ['N'])
  })

  test('addresses are found where their writers put them', () => {
    const [address, name] = ['header A From:addr =~ /^a\\@c\\.example$/', 'header N From:name =~ /^a\\@c\\.example$/']
    for (const from of ['Bank,(<a@c.example>)', ': Bank <a@c.example>'])
      assert.deepEqual(hits(`${address}\n${name}`, `From: ${from}`, '', 'x'), ['A'], from)
    assert.deepEqual(hits(`${address}\n${name}`, 'From: "a@c.example" <a@c.example>', '', 'x'), ['A', 'N'])
  })

  test('a "*" in the name of a provider stands for no dot', () => {
    const rules =
      'util_rb_tld example\nfreemail_domains mail2*.example *.b.example\nheader F eval:check_freemail_from()'
    const froms = ['a@mail2x.example', 'a@x.b.example', 'a@mail2.x.example', 'a@x.y.b.example']
    assert.deepEqual(
      froms.map((from) => hits(rules, `From: ${from}`, '', 'x').length),
      [1, 1, 0, 0],
    )
  })

  test('all of them, raw, are whole however long one is', () => {
    const mail = [`X-Long: =?utf-8?q?${'1'.repeat(9000)}?=`, 'Subject: x', '', 'x']
    const cut = String.raw`=~ /=\?utf-8\?q\?1+\s/`
    assert.deepEqual(hits(`header A ALL:raw ${cut}\nheader L X-Long:raw ${cut}`, ...mail), [])
    assert.deepEqual(hits(String.raw`header ALL ALL:raw =~ /\?q\?1{1000}.*1\?=\nSubject/`, ...mail), ['ALL'])
  })

  test('a number that is no address is not where the mail came from', () => {
    const rule = 'originating_ip_headers X-Originating-IP\nheader I X-Spam-Relays-Untrusted =~ /ip=/'
    assert.deepEqual(hits(rule, 'X-Originating-IP: 37.237.53.521', '', 'x'), [])
    assert.deepEqual(hits(rule, 'X-Originating-IP: [37.237.53.52]', '', 'x'), ['I'])
  })
})

describe('relays', () => {
  const table: readonly (readonly [received: string, relays: RegExp | null])[] = [
    [
      'from unknown (HELO pc) (me@192.0.2.7 with login) by smtp.b.example with SMTP; 19 Jul 2002 14:26:07 -0000',
      /ip=192\.0\.2\.7 rdns= helo=pc by=smtp\.b\.example ident=me /,
    ],
    ['from 192.0.2.7 ([192.0.2.7]) by b.example with smtp; 19 Jul 2002 14:26:07 -0000', /rdns= helo=192\.0\.2\.7 /],
    ['from a.example (a.example) by b.example (Content Technologies SMTPRS 4.2.5) with ESMTP id <T5@b.example>', null],
  ]
  for (const [received, relays] of table) {
    test(`Received: ${received.slice(0, 60)}`, () => {
      const rules = `header R X-Spam-Relays-Untrusted =~ /${relays?.source}/\nheader U eval:check_relays_unparseable()`
      assert.deepEqual(hits(rules, `Received: ${received}`, '', 'x'), relays === null ? [] : ['R'])
    })
  }
})

describe('links', () => {
  test('a number as the host is read as browsers read it, octal ones too', () => {
    const rule = 'uri U m{^http://127\\.0\\.0\\.1/}'
    for (const host of ['017700000001', '2130706433']) assert.deepEqual(hits(rule, '', `http://${host}/x`), ['U'])
    assert.deepEqual(hits('uri U /www/', '', 'http://99999999999/x'), ['U'])
  })

  test('a reference that is relative to nothing leads to no host', () => {
    const html = ['Content-Type: text/html', '', '<link href="./folder/file.htm">x']
    assert.deepEqual(hits('uri U m{^https?:}\nuri V m{^/folder/}', ...html), ['V'])
  })

  const signed = ['DKIM-Signature: v=1; a=rsa-sha256;', ' d=mail.Bad.example; s=x; b=d=other.example', '', 'x']
  const rules = [
    'util_rb_tld example',
    'enlist_uri_host (BAD) bad.example',
    "header H eval:check_uri_host_listed('BAD')",
    'uri U /example/',
    'uri_detail D type =~ /^domainkeys$/ domain =~ /^bad\\.example$/',
    'uri_detail O host =~ /other/',
  ].join('\n')
  test('domains that sign are looked up as those of links, and are no links', () => {
    assert.deepEqual(hits(rules, ...signed), ['D', 'H'])
    assert.deepEqual(hits(`${rules}\nparse_dkim_uris 0`, ...signed), [])
  })
})

describe('parts', () => {
  const multipart = 'Content-Type: multipart/mixed; boundary="a"'

  test('a multipart in which no part begins is text', () => {
    const rules = 'body B /seen/\nrawbody R /^--ab/m'
    assert.deepEqual(hits(rules, multipart, '', '--ab', '', 'seen'), ['B', 'R'])
    assert.deepEqual(hits(rules, multipart, '', 'not seen', '--a', '', 'x', '--a--'), [])
  })

  test('text behind a form field that does not end is what stands in it', () => {
    const mail = ['Content-Type: text/html', '', '<p>one<textarea>two <b>three']
    assert.deepEqual(hits('body B /two <b>three/', ...mail), ['B'])
    assert.deepEqual(hits("body T eval:html_tag_exists('b')", ...mail), [])
  })

  test('text is compared with images as the kind of the rule says', () => {
    const head = Buffer.from('\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x0a\0\0\0\x0a', 'latin1').toString('base64')
    const image = ['--a', 'Content-Type: image/png', 'Content-Transfer-Encoding: base64', '', head, '--a--', '']
    const mail = ['Subject: a long one', multipart, '', '--a', 'Content-Type: text/html', '', '<b>x</b>', ...image]
    const rule = "eval:image_to_text_ratio('all', '0.00', '0.10')"
    assert.deepEqual(hits(`rawbody R ${rule}\nbody B ${rule}`, ...mail), ['R'])
  })
})
