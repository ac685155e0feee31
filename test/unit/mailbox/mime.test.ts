// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { parseAddressList } from '../../../src/mailbox/address-list.ts'
import { decodeTransfer, decodeWords } from '../../../src/mailbox/decode.ts'
import { parseFields, parseParameters } from '../../../src/mailbox/fields.ts'
import { parseDate } from '../../../src/mailbox/header-date.ts'
import { type Part, parseMime } from '../../../src/mailbox/mime.ts'

const crlf = (text: string): Buffer => Buffer.from(text.replaceAll('\n', '\r\n'), 'latin1')

/** "multipart/mixed(text/plain[body])" */
function sketch(bytes: Buffer, part: Part): string {
  const type = `${part.type}/${part.subtype}`
  if (part.embedded !== null) return `${type}{${sketch(bytes, part.embedded)}}`
  if (part.type === 'multipart') return `${type}(${part.children.map((child) => sketch(bytes, child)).join(' ')})`
  return `${type}[${bytes.toString('latin1', part.bodyStart, part.end)}]`
}

describe('parseMime', () => {
  const multi = 'Content-Type: multipart/mixed; boundary=x\n\n'
  const cases: [what: string, text: string, tree: string][] = [
    ['a plain message', 'A: b\n\nbody', 'text/plain[body]'],
    ['no body', 'A: b\n', 'text/plain[]'],
    ['nothing at all', '', 'text/plain[]'],
    [
      'two parts',
      `${multi}pre\n--x\n\none\n--x\n\ntwo\n--x--\npost`,
      'multipart/mixed(text/plain[one] text/plain[two])',
    ],
    ['an unclosed multipart', `${multi}--x\n\none`, 'multipart/mixed(text/plain[one])'],
    ['a multipart without parts', `${multi}nothing`, 'multipart/mixed()'],
    ['a boundary that is a prefix', `${multi}--xy\n\nno\n--x\n\none\n--x--`, 'multipart/mixed(text/plain[one])'],
    ['white space after a boundary', `${multi}--x \t\n\none\n--x-- \n`, 'multipart/mixed(text/plain[one])'],
    ['an empty part', `${multi}--x\n\n--x\nA: b\n--x--`, 'multipart/mixed(text/plain[] text/plain[])'],
    [
      'an outer boundary ends inner parts',
      `${multi}--x\nContent-Type: multipart/alternative; boundary="y z"\n\n--y z\n\ninner\n--x\n\nouter\n--x--`,
      'multipart/mixed(multipart/alternative(text/plain[inner]) text/plain[outer])',
    ],
    [
      'a message in a message',
      `${multi}--x\nContent-Type: message/rfc822\n\nSubject: s\n\ninside\n--x--`,
      'multipart/mixed(message/rfc822{text/plain[inside]})',
    ],
    [
      'a digest',
      'Content-Type: multipart/digest; boundary=x\n\n--x\n\nSubject: s\n\nd\n--x--',
      'multipart/digest(message/rfc822{text/plain[d]})',
    ],
    ['a type that is none', 'Content-Type: nonsense\n\nb', 'text/plain[b]'],
    ['a comment in the type', 'Content-Type: text/html (really); charset=x\n\nb', 'text/html[b]'],
    ['a multipart without boundary', 'Content-Type: multipart/mixed\n\nb', 'multipart/mixed()'],
  ]
  for (const [what, text, tree] of cases) {
    it(`reads ${what}`, () => assert.equal(sketch(crlf(text), parseMime(crlf(text))), tree))
  }

  it('stops at a depth, at a number of parts and at a number of lines that could be boundaries', () => {
    const deep = Array.from({ length: 500 }, (_, i) => `Content-Type: multipart/mixed; boundary=b${i}\n\n--b${i}\n`)
    const nested = 'Content-Type: message/rfc822\n\n'.repeat(5000)
    for (const text of [deep.join(''), nested, multi + '--x\n\n'.repeat(5000), `${multi}${'--\n'.repeat(300_000)}`]) {
      const parts = JSON.stringify(parseMime(crlf(text)), (name, value) => (name === 'fields' ? [] : value))
      assert.ok(parts.split('"headStart"').length <= 1001)
    }
  })
})

describe('parseFields', () => {
  it('unfolds, trims, and passes over lines that are no fields', () => {
    const bytes = crlf('A: one\n two\n\tthree\nnonsense\n: empty name\nB:\nWith Space: x\nC : 1\n')
    assert.deepEqual(
      parseFields(bytes, 0, bytes.length).map(({ name, value }) => [name, value]),
      [
        ['a', 'one two\tthree'],
        ['b', ''],
        ['c', '1'],
      ],
    )
  })
})

describe('parseParameters', () => {
  const cases: [text: string, value: string, params: [string, string][]][] = [
    ['text/plain; charset=utf-8', 'text/plain', [['charset', 'utf-8']]],
    [
      'a/b; x="a;\\"b" ; y=1;;z',
      'a/b',
      [
        ['x', 'a;"b'],
        ['y', '1'],
      ],
    ],
    ['a/b (c;d); x = 1 (y)', 'a/b', [['x', '1']]],
    ['attachment; filename="open', 'attachment', [['filename', 'open']]],
    ['', '', []],
  ]
  for (const [text, value, params] of cases) {
    it(`reads ${JSON.stringify(text)}`, () => assert.deepEqual(parseParameters(text), { value, params }))
  }
})

describe('parseAddressList', () => {
  const cases: [text: string, ...found: string[]][] = [
    ['a@b', '-|a|b'],
    ['"Q, R" <a@b>, c@d (C)', 'Q, R|a|b', 'C|c|d'],
    ['<@r1,@r2:a@b>', '-|a|b'],
    ['Team: a@b, c@d;, e@f', '-|Team|-', '-|a|b', '-|c|d', '-|-|-', '-|e|f'],
    ['Undisclosed recipients:;', '-|Undisclosed recipients|-', '-|-|-'],
    ['"a b"@c', '-|a b|c'],
    ['<"a b"@c>', '-|a b|c'],
    ['nobody', '-|nobody|'],
    ['<>', '-||'],
    [',,', ...[]],
    ['open <a@b', 'open|a|b'],
    ['"open', '-|open|'],
  ]
  for (const [text, ...found] of cases) {
    it(`reads ${text}`, () => {
      const got = parseAddressList(text).map(({ name, mailbox, host }) =>
        [name ?? '-', mailbox ?? '-', host ?? '-'].join('|'),
      )
      assert.deepEqual(got, found)
    })
  }
})

describe('decoding', () => {
  it('opens encoded words, also of unknown charsets, and joins neighbours', () => {
    assert.equal(decodeWords('=?utf-8?b?R3I=?= =?utf-8?q?=C3=BC=C3=9Fe_!?= x'), 'Grüße ! x')
    assert.equal(decodeWords('=?nonsense?q?a=E9?='), 'aé')
    assert.equal(decodeWords('=?utf-8?q?open'), '=?utf-8?q?open')
    assert.equal(decodeWords('Gr\u00c3\u00bc'), 'Grü')
  })
  it('undoes transfer encodings as far as they make sense', () => {
    const text = (bytes: string, encoding: string): string | undefined =>
      decodeTransfer(Buffer.from(bytes, 'latin1'), encoding)?.toString('latin1')
    assert.equal(text('a=3D=\r\nb=XYc=', 'quoted-printable'), 'a=b=XYc=')
    assert.equal(text('aGk=\r\n', ' BASE64 '), 'hi')
    assert.equal(text('x', 'uuencode'), undefined)
  })
})

describe('parseDate', () => {
  const cases: [text: string, day: string | null][] = [
    ['Mon, 7 Feb 1994 21:52:25 -0800', '1994-02-07'],
    ['1 January 2020 00:00 +0000', '2020-01-01'],
    ['7 Feb 94 21:52 GMT', '1994-02-07'],
    ['7 Feb 03', '2003-02-07'],
    ['yesterday', null],
    ['', null],
  ]
  for (const [text, day] of cases) {
    it(`reads the day of ${JSON.stringify(text)}`, () => {
      const found = parseDate(text)
      assert.equal(found === null ? null : new Date(found).toISOString().slice(0, 10), day)
    })
  }
})
