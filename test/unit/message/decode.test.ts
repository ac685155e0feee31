// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { domainOf, parseMailboxes } from '../../../src/message/addresses.ts'
import { decodeCharset, decodeUtf7 } from '../../../src/message/charset.ts'
import { formatDate, parseDate } from '../../../src/message/dates.ts'
import { decodeEntities } from '../../../src/message/entities.ts'
import { parseParameters } from '../../../src/message/parameters.ts'
import { decodeQuotedPrintable } from '../../../src/message/transfer.ts'
import { decodeWords } from '../../../src/message/words.ts'

const bytes = (text: string): string => Buffer.from(text, 'utf8').toString('latin1')

describe('decodeWords', () => {
  const table: readonly (readonly [string, string])[] = [
    ['plain', 'plain'],
    ['=?utf-8?q?a_b=3D?=', 'a b='],
    ['=?UTF-8?B?w7w=?=', '\u00fc'],
    ['=?utf-8?q?a?= =?utf-8?q?b?= c', 'ab c'],
    ['x =?utf-8?q?a?=y', 'x ay'],
    ['=?iso-8859-1*fr?q?=E9?=', '\u00e9'],
    ['=?nonsense?q?=C3=A9?=', '\u00e9'],
    ['=?utf-8?x?a?=', '=?utf-8?x?a?='],
    ['=?utf-8?q?open', '=?utf-8?q?open'],
    ['=?', '=?'],
    [bytes('\u00e9t\u00e9'), '\u00e9t\u00e9'],
    ['\xe9t\xe9', '\u00e9t\u00e9'],
  ]
  for (const [written, meant] of table) {
    test(`${JSON.stringify(written)} is ${JSON.stringify(meant)}`, () => assert.equal(decodeWords(written), meant))
  }
  test('a character cut between two words is whole', () => {
    const [a, b] = [Buffer.from([0xe2, 0x82]).toString('base64'), Buffer.from([0xac]).toString('base64')]
    assert.equal(decodeWords(`=?utf-8?B?${a}?= =?utf-8?B?${b}?=`), '\u20ac')
  })
})

describe('parseParameters', () => {
  const table: readonly (readonly [string, string, Record<string, string>])[] = [
    ['text/plain', 'text/plain', {}],
    ['Text/HTML; Charset=UTF-8', 'text/html', { charset: 'UTF-8' }],
    ['a/b; n="x;y\\"z"; m=1 (a comment)', 'a/b', { n: 'x;y"z', m: '1' }],
    ["a/b; n*=utf-8'en'%E2%82%AC", 'a/b', { n: '\u20ac' }],
    ['a/b; n*1=c; n*0=ab', 'a/b', { n: 'abc' }],
    ['a/b; n="=?utf-8?q?=C3=A9?="', 'a/b', { n: '\u00e9' }],
    ['a/b;;; =; n', 'a/b', {}],
    ['a/b; n="never closed', 'a/b', { n: 'never closed' }],
    ['a/b; n="C:\\dir\\file.txt"', 'a/b', { n: 'C:\\dir\\file.txt' }],
  ]
  for (const [written, value, parameters] of table) {
    test(written, () => {
      const read = parseParameters(written)
      assert.equal(read.value, value)
      const named = Object.fromEntries([...read.parameters].filter(([name]) => name !== ''))
      assert.deepEqual(named, parameters)
    })
  }
})

describe('decodeQuotedPrintable', () => {
  const table: readonly (readonly [string, string])[] = [
    ['a=3Db', 'a=b'],
    ['soft=\r\nbreak', 'softbreak'],
    ['soft= \t\nbreak', 'softbreak'],
    ['bad=XYescape=', 'bad=XYescape'],
    ['=c3=A9', '\xc3\xa9'],
    ['padded \t\r\nby a gateway \nmeant=20\nend ', 'padded\r\nby a gateway\nmeant \nend'],
    ['', ''],
  ]
  for (const [written, meant] of table) {
    test(JSON.stringify(written), () => {
      const raw = Buffer.from(written, 'latin1')
      assert.equal(decodeQuotedPrintable(raw, 0, raw.length).toString('latin1'), meant)
    })
  }
})

describe('decodeCharset', () => {
  // What every object has is no charset: a sender may write anything.
  for (const name of ['constructor', '__proto__', 'valueOf']) {
    test(`${name} is unknown`, () => {
      assert.equal(decodeCharset(Buffer.from('caf\xe9', 'latin1'), name), 'caf\u00e9')
      assert.equal(decodeWords(`=?${name}?q?caf=E9?=`), 'caf\u00e9')
    })
  }
  test('UTF-7, wrong names, mislabelled and broken text are read', () => {
    assert.equal(decodeUtf7('Hi Mom -+Jjo--!'), 'Hi Mom -\u263a-!')
    assert.equal(decodeUtf7('1 +- 1'), '1 + 1')
    assert.equal(decodeCharset(Buffer.from('caf\xe9', 'latin1'), 'no-such-charset'), 'caf\u00e9')
    assert.equal(decodeCharset(Buffer.from('\u3053', 'utf8'), 'iso-2022-jp'), '\u3053')
    assert.equal(decodeCharset(Buffer.from([0xff, 0xfe, 0x41]), 'utf-8').endsWith('A'), true)
  })
})

describe('decodeEntities', () => {
  const table: readonly (readonly [string, string])[] = [
    ['a &amp; b', 'a & b'],
    ['&lt;&gt;&quot;&apos;', '<>"\''],
    ['&eacute;&euro;&nbsp;', '\u00e9\u20ac\u00a0'],
    ['&#65;&#x42;&#x1F600;', 'AB\u{1f600}'],
    ['&#147;x&#148;', '\u201cx\u201d'],
    ['&nosuch; & &;', '&nosuch; & &;'],
    ['&#0;&#xD800;&#99999999;', '\ufffd\ufffd\ufffd'],
    ['?a=1&b=2', '?a=1&b=2'],
  ]
  for (const [written, meant] of table) test(written, () => assert.equal(decodeEntities(written), meant))
})

describe('parseMailboxes', () => {
  const table: readonly (readonly [string, readonly (readonly [string, string])[]])[] = [
    ['a@b.example', [['', 'a@b.example']]],
    [
      '"Last, First" <a@b.example>, c@d.example',
      [
        ['Last, First', 'a@b.example'],
        ['', 'c@d.example'],
      ],
    ],
    ['a@b.example (Ada)', [['Ada', 'a@b.example']]],
    [
      'team: a@b.example, c@d.example;',
      [
        ['', 'a@b.example'],
        ['', 'c@d.example'],
      ],
    ],
    ['=?utf-8?q?=C3=A9?= <e@b.example>', [['\u00e9', 'e@b.example']]],
    ['"x@bank.example" <y@evil.example>', [['x@bank.example', 'y@evil.example']]],
    ['undisclosed-recipients:;', []],
    [
      'Bank, Service <a@b.example>, c@d.example',
      [
        ['Bank, Service', 'a@b.example'],
        ['', 'c@d.example'],
      ],
    ],
    ['friends, c@d.example', [['', 'c@d.example']]],
    ['x <<a@b.example>>', [['x', 'a@b.example']]],
    ['', []],
  ]
  for (const [written, meant] of table) {
    test(JSON.stringify(written), () => {
      assert.deepEqual(
        parseMailboxes(written).map(({ name, address }) => [name, address]),
        meant,
      )
    })
  }
  test('domainOf is lower case and without the last dot', () => assert.equal(domainOf('A@Ex.Example.'), 'ex.example'))
})

describe('parseDate', () => {
  const table: readonly (readonly [string, string | null])[] = [
    ['Tue, 05 Mar 2024 10:20:30 +0100', '2024-03-05T09:20:30.000Z'],
    ['5 Mar 24 10:20 EST', '2024-03-05T15:20:00.000Z'],
    ['Tue, 5 Mar 1999 10:20:30 GMT (comment)', '1999-03-05T10:20:30.000Z'],
    ['Tue, 32 Mar 2024 10:20:30 +0100', null],
    ['Tue, 05 Foo 2024 10:20:30 +0100', null],
    ['yesterday', null],
    ['', null],
  ]
  for (const [written, meant] of table) {
    test(JSON.stringify(written), () => {
      const read = parseDate(written)
      assert.equal(read === null ? null : new Date(read).toISOString(), meant)
    })
  }
  test('what is written is read again', () => {
    const at = parseDate('Thu, 29 Feb 2024 23:59:59 +0000')
    assert.ok(at !== null)
    assert.equal(formatDate(at), 'Thu, 29 Feb 2024 23:59:59 +0000')
  })
})
