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

describe('links', () => {
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
