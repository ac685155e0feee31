// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { parseDateTime, parseDay } from '../../../src/imap/dates.ts'
import { parseFetchItems } from '../../../src/imap/fetch-items.ts'
import { Lexer } from '../../../src/imap/lexer.ts'
import { listMatches } from '../../../src/imap/list-match.ts'
import { Refusal } from '../../../src/imap/refusal.ts'
import { parseSearch } from '../../../src/imap/search-keys.ts'
import { compactSet, parseSet, settle } from '../../../src/imap/sets.ts'
import { dateTime, nstring, string } from '../../../src/imap/writer.ts'

const lex = (text: string): Lexer => new Lexer(Buffer.from(text, 'latin1'))
const refuses = (task: () => unknown): void => assert.throws(task, Refusal)

describe('Lexer', () => {
  it('reads strings in their three forms', () => {
    const args = lex('atom] "q\\"\\\\ " {3}\r\na\r\n {2+}\r\n()')
    const found: string[] = []
    do found.push(args.astring().toString())
    while (args.may(' '))
    args.end()
    assert.deepEqual(found, ['atom]', 'q"\\ ', 'a\r\n', '()'])
  })
  for (const wrong of [
    '"open',
    '"a\r\n"',
    '"\\x"',
    '"\0"',
    '{5}\r\nabc',
    '{5',
    '{99999999999}\r\n',
    '(',
    '',
    '\u00ff',
  ]) {
    it(`refuses ${JSON.stringify(wrong)} for a string`, () => refuses(() => lex(wrong).astring()))
  }
  it('reads flags, lists and numbers', () => {
    assert.deepEqual(lex('(\\Seen $x)').list.length, 1)
    const args = lex('(\\Seen $x)')
    assert.deepEqual(
      args.list(() => args.flag()),
      ['\\Seen', '$x'],
    )
    assert.deepEqual(
      lex('()').list(() => ''),
      [],
    )
    assert.equal(lex('4294967295').number(), 4294967295)
    refuses(() => lex('4294967296').number())
    refuses(() => lex('\\').flag())
    const open = lex('(a ')
    refuses(() => open.list(() => open.atom()))
  })
})

describe('sets', () => {
  it('resolve "*" and reversed ranges, and join what touches', () => {
    assert.deepEqual(settle(parseSet('5:3,*,1,2'), 9), [
      { from: 1, to: 5 },
      { from: 9, to: 9 },
    ])
    assert.deepEqual(settle(parseSet('12:*'), 9), [{ from: 9, to: 12 }])
    assert.equal(compactSet([1, 2, 3, 7, 9, 10]), '1:3,7,9:10')
  })
  for (const wrong of ['', '0', '1,', ',', '1:2:3', ':', '1:', '-1', '4294967296', '01', '*:0', '1 2']) {
    it(`refuse ${JSON.stringify(wrong)}`, () => refuses(() => parseSet(wrong)))
  }
})

describe('listMatches', () => {
  const cases: [pattern: string, name: string, hit: boolean][] = [
    ['*', 'a/b', true],
    ['%', 'a/b', false],
    ['%', 'a', true],
    ['a/%', 'a/b', true],
    ['a/%', 'a/b/c', false],
    ['a*c', 'a/b/c', true],
    ['%/%', 'a/b', true],
    ['*b', 'ab/b', true],
    ['', 'a', false],
    ['a', 'ab', false],
    ['ü*', 'üb', true],
    ['😀%', '😀x', true],
  ]
  for (const [pattern, name, hit] of cases) {
    it(`${pattern} ${hit ? 'is' : 'is not'} ${name}`, () => assert.equal(listMatches(pattern, name), hit))
  }
  it('takes no time for a pattern made to take time', () => {
    assert.equal(listMatches('*a'.repeat(200), 'a'.repeat(199)), false)
  })
})

describe('dates', () => {
  it('read days and times with zones', () => {
    assert.equal(parseDay('1-Feb-1994'), Date.UTC(1994, 1, 1))
    assert.equal(parseDateTime(' 1-Feb-1994 02:44:25 -0730'), Date.UTC(1994, 1, 1, 10, 14, 25))
    assert.equal(dateTime(Date.UTC(1994, 1, 1, 10, 14, 25)), '" 1-Feb-1994 10:14:25 +0000"')
  })
  for (const wrong of ['31-Feb-2020', '1-Foo-2020', '1-Feb-20', '1-Feb-2020 x']) {
    it(`refuse ${wrong}`, () => refuses(() => parseDay(wrong)))
  }
  it('refuse hours that are none', () => refuses(() => parseDateTime('01-Feb-1994 24:00:00 +0000')))
})

describe('strings', () => {
  it('are quoted where they can be, and literals where not', () => {
    assert.equal(string('a"\\b'), '"a\\"\\\\b"')
    assert.equal(string('a\xe9'), '{2}\r\na\xe9')
    assert.equal(string('a\r\n\0'), '{4}\r\na\r\n\x80')
    assert.equal(nstring(null), 'NIL')
  })
})

describe('parseFetchItems', () => {
  for (const good of [
    'ALL',
    '(UID BODY[])',
    'BODY.PEEK[1.2.HEADER.FIELDS (A "b c")]<0.5>',
    'BINARY.SIZE[1]',
    'RFC822',
  ]) {
    it(`takes ${good}`, () => {
      const args = lex(good)
      assert.ok(parseFetchItems(args).length > 0)
      args.end()
    })
  }
  const wrongs = ['()', 'BODY[0]', 'BODY[1.]', 'BODY[.1]', 'BODY[HEADER.FIELDS]', 'BODY[HEADER.FIELDS ()]', 'BODY[FOO]']
  for (const wrong of [...wrongs, 'BODY[]<0.0>', 'BODY[', 'BINARY[TEXT]', 'FOO', 'constructor', 'BODY[1MIME']) {
    it(`refuses ${wrong}`, () => refuses(() => parseFetchItems(lex(wrong))))
  }
})

describe('parseSearch', () => {
  const context = { nowMs: 0, resolve: () => [], decode: (bytes: Buffer): string => bytes.toString() }
  it('bounds nesting and length', () => {
    refuses(() => parseSearch(lex(`${'('.repeat(50)}ALL${')'.repeat(50)}`), context))
    refuses(() => parseSearch(lex(`${'NOT '.repeat(50)}ALL`), context))
    refuses(() => parseSearch(lex(Array(501).fill('ALL').join(' ')), context))
  })
  for (const wrong of [
    '',
    'FOO',
    'OR ALL',
    'NOT',
    '()',
    'SINCE 1',
    'UID x',
    'constructor',
    'UNCONSTRUCTOR',
    'HEADER a',
  ]) {
    it(`refuses ${JSON.stringify(wrong)}`, () => refuses(() => parseSearch(lex(wrong), context)))
  }
})
