// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict'
import { describe, it, test } from 'node:test'
import type { AuthReport } from '../../../src/core/auth.ts'
import { openMessage } from '../../../src/message/open.ts'
import { compileRules } from '../../../src/rules/compile.ts'
import { emptyBook, parseRules } from '../../../src/rules/parse.ts'
import { runRules } from '../../../src/rules/run.ts'
import { unknownFacts } from '../../support/unknown-facts.ts'

const rules = [
  'util_rb_tld com org net uk de xn--p1ai',
  'util_rb_2tld co.uk',
  'header SPOOF eval:check_fromname_spoof()',
  'header SPOOF_ANY eval:check_fromname_spoof(0)',
  'header SPOOF_DOMAIN eval:check_fromname_spoof(2)',
  'header DIFFERENT eval:check_fromname_different()',
  'header DOMAIN eval:check_fromname_domain_differ()',
  'header OWNER eval:check_fromname_owners_differ()',
  'header EMAIL eval:check_fromname_contains_email()',
  'header EQ_TO eval:check_fromname_equals_to()',
  'header EQ_REPLY eval:check_fromname_equals_replyto()',
].join('\n')

function told(cf: string, from: string, more: readonly string[] = [], auth: AuthReport | null = null) {
  const book = emptyBook()
  parseRules(`${rules}\n${cf}`, 'test.cf', book, () => undefined)
  const compiled = compileRules(book, 0)
  assert.deepEqual(book.complaints, [])
  const text = [`From: ${from}`, 'To: Me <me@mine.org>', ...more, 'Subject: x', '', 'x'].join('\r\n')
  const evidence = runRules(compiled, openMessage(Buffer.from(text)), { ...unknownFacts(0), auth })
  return new Map(evidence.map(({ symbol, details }) => [symbol as string, details.join()]))
}

const hits = (...given: Parameters<typeof told>): string => [...told(...given).keys()].join(' ')

const all = 'SPOOF SPOOF_ANY SPOOF_DOMAIN DIFFERENT DOMAIN OWNER EMAIL'

describe('a From field whose name', () => {
  const table: readonly (readonly [title: string, from: string, expected: string])[] = [
    ['is no address', '"The Bank" <x@evil.com>', ''],
    ['is the address itself', '"x@evil.com" <X@Evil.com>', 'EMAIL'],
    ['is an address elsewhere', '"service@bank.com" <x@evil.com>', all],
    ['is an address elsewhere, in quotes of its own', `"'service@bank.com'" <x@evil.com>`, all],
    ['holds an address elsewhere', '"Bank (Service@Bank.com)" <x@evil.com>', all],
    ['ends as a sentence does', '"service@bank.com." <x@evil.com>', all],
    ['is in an encoded word', '=?utf-8?q?service=40bank.com?= <x@evil.com>', all],
    ['is a comment', 'x@evil.com (service@bank.com)', all],
    ['is another of the same domain', '"a@evil.com" <x@evil.com>', 'SPOOF_ANY DIFFERENT EMAIL'],
    ['is another below the same domain', '"a@b.evil.co.uk" <x@evil.co.uk>', 'SPOOF_ANY DIFFERENT EMAIL'],
    ['has the same domain elsewhere', '"a@evil.org" <x@evil.co.uk>', 'SPOOF_ANY SPOOF_DOMAIN DIFFERENT DOMAIN EMAIL'],
    ['has no domain that can be', '"a@evil.nowhere" <x@evil.com>', ''],
    ['has one that can be behind it', '"a@evil.nowhere a@bank.com" <x@evil.com>', all],
    ['is that of nobody', '"service@bank.com" <>', ''],
    ['is long', `"service@bank.com ${'word '.repeat(11)}" <x@evil.com>`, 'EMAIL'],
    ['is recipient', '"me@mine.org" <x@evil.com>', `${all} EQ_TO`],
    ['is of an author outside ASCII', '"service@bank.com" <x@b\u00fccher.de>', all],
  ]
  for (const [title, from, expected] of table) test(title, () => assert.equal(hits('', from), expected))

  it('is the first of its To addresses, case aside, is told', () =>
    assert.match(hits('', '"b@mine.org" <x@evil.com>', ['Cc: A <a@mine.org>, B@Mine.org']), /EQ_TO/))

  it('is where answers go is told', () =>
    assert.match(hits('', '"service@bank.com" <x@evil.com>', ['Reply-To: <Service@Bank.com>']), /EQ_REPLY/))

  it('is told with both addresses', () =>
    assert.equal(told('', '"service@bank.com" <x@evil.com>').get('SPOOF'), 'service@bank.com, from x@evil.com'))

  it('is looked at in little time whatever it holds', () => {
    const started = process.cpuUsage().user
    for (const part of ['a@', '!', 'a.a@b.', '@@', "'a@b-"])
      hits('', `"${part.repeat(8000 / part.length)}" <x@evil.com>`)
    assert.ok(process.cpuUsage().user - started < 2_000_000)
  })
})

describe('settings of names that look like addresses', () => {
  const spoof = '"service@bank.com" <x@evil.com>'
  const signed = { dkim: [{ result: 'pass', domain: 'Groups.com' }] } as unknown as AuthReport

  const table: readonly (readonly [cf: string, from: string, expected: string])[] = [
    ['fns_check 0', '"a@evil.com" <x@evil.com>', 'SPOOF SPOOF_ANY DIFFERENT EMAIL'],
    ['fns_check 2', '"a@evil.org" <x@evil.com>', 'SPOOF SPOOF_ANY SPOOF_DOMAIN DIFFERENT DOMAIN EMAIL'],
    ['fns_extrachars 3', '"service@bank.com" <x@evil.com>', all],
    ['fns_extrachars 3', '"a service@bank.com" <x@evil.com>', all],
    ['fns_extrachars 3', '"an service@bank.com" <x@evil.com>', 'EMAIL'],
    ['fns_add_addrlist (evil) *@bank.com', spoof, 'SPOOF_ANY SPOOF_DOMAIN DIFFERENT DOMAIN EMAIL'],
    [
      'fns_add_addrlist (one) *@*.bank.com *@bank.com\nfns_add_addrlist (ONE) x@evil.com',
      '"a@de.bank.com" <x@evil.com>',
      'SPOOF_ANY SPOOF_DOMAIN DIFFERENT DOMAIN EMAIL',
    ],
    [
      'fns_add_addrlist (evil) *@bank.com',
      '"a@sub.bank.com" <x@evil.com>',
      'SPOOF_ANY SPOOF_DOMAIN DIFFERENT DOMAIN EMAIL',
    ],
    ['fns_add_addrlist (evil) *@bank.com\nfns_remove_addrlist (evil) *@bank.com', spoof, all],
  ]
  for (const [cf, from, expected] of table)
    test(`${cf.replace('\n', ', ')}: ${from}`, () => assert.equal(hits(cf, from), expected))

  test('fns_ignore_dkim: a valid signature of such a domain', () => {
    const cf = 'fns_ignore_dkim linked.com groups.com'
    assert.equal(hits(cf, spoof, [], signed), '')
    assert.equal(hits(cf, spoof, []), all)
    const failed = { dkim: [{ result: 'fail', domain: 'groups.com' }] } as unknown as AuthReport
    assert.equal(hits(cf, spoof, [], failed), all)
  })

  test('fns_ignore_headers: a message with such a field', () => {
    assert.equal(hits('fns_ignore_headers X-No list-id', spoof, ['List-Id: <a.b.org>']), '')
    assert.equal(hits('fns_ignore_headers List-Id', spoof), all)
  })

  test('in an ifplugin block are read', () => {
    const block = 'ifplugin Mail::SpamAssassin::Plugin::FromNameSpoof\nfns_check 0\nendif'
    assert.match(hits(block, '"a@evil.com" <x@evil.com>'), /^SPOOF /)
  })

  test('that cannot be are complained about', () => {
    const book = emptyBook()
    const lines = [
      'fns_check 3',
      'fns_extrachars many',
      'fns_add_addrlist gmail *@gmail.com',
      'fns_remove_addrlist (gmail)',
      'fns_ignore_dkim',
      'fns_ignore_headers',
      'fns_chek 1',
    ]
    parseRules(lines.join('\n'), 'x.cf', book, () => undefined)
    assert.deepEqual(
      book.complaints.map(({ line, text, hint }) => `${line} ${text}${hint === null ? '' : ` (${hint})`}`),
      [
        '1 "3" is none of 0 (the address), 1 (its owner) and 2 (its domain)',
        '2 "many" is no number of characters',
        '3 write the owner in parentheses, then addresses: (gmail) *@googlemail.com',
        '4 write the owner in parentheses, then addresses: (gmail) *@googlemail.com',
        '5 write the domains whose signatures are trusted',
        '6 write the names of fields',
        '7 "fns_chek" is not a directive (did you mean fns_check?)',
      ],
    )
  })
})
