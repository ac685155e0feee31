// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Matcher, newTally } from '../../../src/rules/matcher.ts'
import { compilePattern, splitPattern } from '../../../src/rules/pattern.ts'
import { Prefilter } from '../../../src/rules/prefilter.ts'
import { search } from '../../../src/rules/search.ts'

const matches = (source: string, flags: string, text: string): string | null =>
  search(compilePattern(source, flags), text)?.text ?? null

describe('compilePattern reads Perl', () => {
  const table: readonly (readonly [source: string, flags: string, text: string, match: string | null])[] = [
    ['a.c', '', 'xabcx', 'abc'],
    ['a.c', '', 'a\nc', null],
    ['a.c', 's', 'a\nc', 'a\nc'],
    ['a.c', '', 'a\rc', 'a\rc'],
    ['^b', '', 'a\nb', null],
    ['^b', 'm', 'a\nb', 'b'],
    ['a$', '', 'a\n', 'a'],
    ['a$', '', 'a\nb', null],
    ['a$', 'm', 'a\nb', 'a'],
    ['\\Aa\\z', '', 'a', 'a'],
    ['\\Aa\\z', '', 'a\n', null],
    ['(?i)AB', '', 'ab', 'ab'],
    ['x(?i:Y)z', '', 'xyz', 'xyz'],
    ['x(?i:Y)z', '', 'XYZ', null],
    ['(?i)a|b', '', 'B', 'B'],
    ['a b # comment', 'x', 'ab', 'ab'],
    ['a[ ]b', 'x', 'a b', 'a b'],
    ['[[:alpha:]]+[[:digit:]]', '', 'ab1', 'ab1'],
    ['a++b', '', 'aab', 'aab'],
    ['(?>a+)b', '', 'aab', 'aab'],
    ['\\x41\\x{42}\\103', '', 'ABC', 'ABC'],
    ['\\h\\s', '', '\t\n', '\t\n'],
    ['\\s', '', '\xa0', null],
    ['[^\\s]', '', '\xa0', '\xa0'],
    ['a{2}', '', 'aaa', 'aa'],
    ['a{,2}b', '', 'aab', 'aab'],
    ['a{x', '', 'a{x', 'a{x'],
    ['(a)(b)\\2', '', 'abb', 'abb'],
    ['(a)\\1', '', 'aA', null],
    ['(a)\\1', 'i', 'aA', 'aA'],
    ['(?i:(a)\\1)b', '', 'aAb', 'aAb'],
    ['(?i:(a)\\1)b', '', 'aAB', null],
    ['(a)(?i)\\1', '', 'aA', 'aA'],
    ['^To: (\\w+)\\n(?:[^\\n]+\\n+)*^Subject: \\1', 'im', 'to: ab\nx: y\nsubject: AB', 'to: ab\nx: y\nsubject: AB'],
    ['(?<q>a)\\k<q>', '', 'aa', 'aa'],
    ['(?<!x)a(?=b)(?!bc)', '', 'xab abc ab', 'a'],
    ['\\Qa.b\\E+', '', 'a.bb', 'a.bb'],
    ['[\\]\\-x]+', '', '-]x', '-]x'],
    ['[]a]', '', ']', ']'],
    ['\\@\\/\\#', '', '@/#', '@/#'],
    ['\\x00', '', 'a\0b', '\0'],
    ['\\bfoo\\b', '', 'a foo b', 'foo'],
    ['caf\xc3\xa9', '', 'caf\xc3\xa9', 'caf\xc3\xa9'],
    ['', '', 'x', ''],
    ['a|', '', 'x', ''],
  ]
  for (const [source, flags, text, match] of table) {
    test(`/${source}/${flags} on ${JSON.stringify(text)}`, () => assert.equal(matches(source, flags, text), match))
  }
})

describe('compilePattern refuses', () => {
  const table = ['(a', 'a)', '[a', '*a', 'a{3,2}', '\\p{L}', '(?R)', '[z-a]', '\\x{20ac}', '(?<=a', '\\', '(?{code})']
  for (const source of table) test(`/${source}/`, () => assert.throws(() => compilePattern(source, '')))
  test('unknown flags', () => assert.throws(() => compilePattern('a', 'y'), /unknown flag/))
})

describe('compilePattern hands to the slower matchers', () => {
  const exponential = [
    '(a+)+$',
    '(a*)*b',
    '(a|a)*b',
    '(a|aa)+$',
    '(?:\\w+\\s?)+$',
    '(?:a?b?)*c',
    '(?:.*,){20,}x',
    '((a+)b?)+c',
    '(?:x+x+)+y',
    '(?=(a+)+$)b',
    '(?:[a-z]+[a-z0-9]*)+!',
    '(?:(a+)+\\1)+$',
    '(?>(?:a+)+)+$',
  ]
  for (const source of exponential)
    test(`/${source}/, which could take for ever`, () => {
      const pattern = compilePattern(source, '')
      assert.ok(pattern.window < 1000)
      search(pattern, `${'a'.repeat(5000)}!`)
      search(pattern, 'a, '.repeat(3000))
    })

  const harmless = ['(?:[^,]+,)+x', '(?:ab?c)+', '(?:a|b)*c', '(?:\\S{1,9} ){3}', '(?:<[^>]*>)+', 'viagra', '^a+b+c+']
  for (const source of harmless) test(`but not /${source}/`, () => assert.ok(compilePattern(source, '').window >= 4096))
})

describe('compilePattern knows which texts a match needs', () => {
  const table: readonly (readonly [string, string, readonly string[] | null])[] = [
    ['Viagra', '', ['viagra']],
    ['foo|bar', '', ['foo', 'bar']],
    ['v[i1]agra', 'i', ['viagra', 'v1agra']],
    ['\\bcheap\\s+(?:pills|meds)\\b', 'i', ['cheap']],
    ['colou?r', '', ['color', 'colour']],
    ['(?:abc)+d*', '', ['abc']],
    ['ad+res+', '', ['dres']],
    ['a*', '', null],
    ['\\d+', '', null],
    ['foo|\\d+', '', null],
    ['(?!never)\\w+', '', null],
  ]
  for (const [source, flags, literals] of table) {
    test(`/${source}/${flags}`, () => {
      const found = compilePattern(source, flags).requires.literals?.map((literal) => literal.text) ?? null
      assert.deepEqual(found === null ? null : [...found].sort(), literals === null ? null : [...literals].sort())
    })
  }
})

describe('compilePattern knows what else a text that matches holds', () => {
  const table: readonly (readonly [string, readonly string[], readonly string[]])[] = [
    // Source; literals that tell better where it begins; what else there is, and how often.
    ['\\nto: .*\\nsubject: a', ['\nto: '], ['\nto: ']],
    ['<img .{0,200}src=.{0,200}\\.php', [], ['.php', 'src=']],
    ['(?:name|street).*(?:city|zipcode)', [], ['city zipcode']],
    ['(?:(?:name|city):\\s*){3}', [], ['name: city: 3 times']],
    ['helo=(?=\\S*(?:dialup|dynamic))\\S+ auth=', [], ['dialup dynamic', ' auth=']],
    ['(?:(?=.*abcd)x){3}efghi', [], ['abcd']],
    ['(?<=abcd)efghi', [], []],
    ['(?!abcd)efghi', [], []],
    ['(?:abcd)?efghi', [], []],
  ]
  for (const [source, starters, others] of table) {
    test(`/${source}/`, () => {
      const { requires } = compilePattern(source, '')
      assert.deepEqual(requires.starters?.map(({ text }) => text) ?? [], starters)
      const told = requires.others.map(
        ({ literals, times }) => literals.map(({ text }) => text).join(' ') + (times > 1 ? ` ${times} times` : ''),
      )
      assert.deepEqual(told.toSorted(), others.toSorted())
    })
  }

  const lines: readonly (readonly [string, string, number | null])[] = [
    ['^[^\\n]{998}', 'm', 998],
    ['^From: .*?\\d', 'm', 7],
    ['(?:^)(?:a|bc)\\s+d{5}', 'm', 1],
    ['^a|^b', 'm', null],
    ['^abc', '', null],
    ['abc', 'm', null],
    ['^(a)\\1bc', 'm', 1],
  ]
  for (const [source, flags, least] of lines)
    test(`/${source}/${flags} begins ${least === null ? 'anywhere' : `a line of ${least} characters`}`, () =>
      assert.equal(compilePattern(source, flags).leastLine, least))
})

describe('search', () => {
  test('long text goes to the linear matcher, and the match is the same', () => {
    const pattern = compilePattern('a.*b.*c.*d.*e', '')
    const text = `${'x\n'.repeat(5000)}a b c d e`
    assert.ok(pattern.window < text.length)
    assert.equal(search(pattern, text)?.index, 10_000)
    assert.equal(search(compilePattern('^y.*b.*c.*d.*e', ''), text), null)
  })

  test('hostile text on costly patterns ends soon', () => {
    const text = 'ab'.repeat(50_000)
    for (const source of ['a.*b.*c', '(?:ab)*c', '[ab]+[ab]+c', '.*.*.*x', '[^x]*.*[ab]+.*x', 'a.*b.*a.*b.*a.*x'])
      search(compilePattern(source, ''), text)
  })
})

describe('splitPattern', () => {
  test('takes any delimiters', () => {
    assert.deepEqual(splitPattern('/a\\/b/i'), { source: 'a/b', flags: 'i' })
    assert.deepEqual(splitPattern('m{a{2}/b}x'), { source: 'a{2}/b', flags: 'x' })
    assert.deepEqual(splitPattern('m!a/b!'), { source: 'a/b', flags: '' })
    assert.equal(splitPattern('plain'), null)
    assert.equal(splitPattern('/open'), null)
  })
})

test('steps that are remembered are those of the same size only', () => {
  const fresh = () => compilePattern('(?:.+\\n)*from: (.*)', '')
  const pattern = fresh()
  assert.equal(pattern.landmarks.length, 1)
  for (const length of [0, 1, 2, 3, 64, 5000])
    for (const counts of [[0], [1], [2], [40], null])
      assert.equal(pattern.stepsFrom(length, counts), fresh().stepsFrom(length, counts), `${length} ${counts}`)
})

test('of many places that the platform might be long at, the last are looked at together', () => {
  const pattern = compilePattern('^(?:a|aa)+-(?:b|bb)+-$', 'm')
  const matcher = new Matcher([{ rule: 0, pattern, maxHits: 1 }])
  for (const [line, hits] of [
    ['aaa-bb-', 1],
    ['aaa-bbc', 0],
  ] as const) {
    const tally = newTally(1)
    matcher.run(`${'aaaaaaaaaaaaaaaaaaaaaaaa-bbc-\n'.repeat(200)}${line}\n`, tally)
    assert.deepEqual([tally.hits[0], tally.excerpts[0]], [hits, hits === 1 ? line : ''])
  }
})

describe('Prefilter', () => {
  const literals = ['she', 'he', 'hers', 'absent', '\xc3\xa9']

  test('finds every literal whatever its case, inside others too, and where', () => {
    const filter = new Prefilter(literals)
    for (const text of ['absent', 'uSHErs caf\xc3\xa9 he']) filter.scan(Buffer.from(text, 'latin1'), text.length)
    const found = [...filter.found.subarray(0, filter.foundCount)].sort()
    assert.deepEqual(found, [0, 1, 2, 4])
    assert.deepEqual(
      found.map((literal) => [filter.firsts[literal], filter.lasts[literal], filter.beginsOf(literal)]),
      [
        [1, 1, [1]],
        [2, 13, [13, 2]],
        [2, 2, [2]],
        [10, 10, [10]],
      ],
    )
  })

  test('finds a single literal without letters, overlapping itself too, and not behind the text', () => {
    const filter = new Prefilter(['=='])
    filter.scan(Buffer.from('a===b=='), 5)
    assert.deepEqual([filter.counts[0], filter.firsts[0], filter.lasts[0], filter.beginsOf(0)], [2, 1, 2, [2, 1]])
    filter.scan(Buffer.from('a'), 1)
    assert.equal(filter.counts[0], 0)
  })

  test('counts what occurs too often to be kept', () => {
    const filter = new Prefilter(literals)
    filter.scan(Buffer.from('he '.repeat(10_000)), 30_000)
    assert.equal(filter.counts[1], 10_000)
    assert.equal(filter.lasts[1], 29_997)
    assert.equal(filter.beginsOf(1), null)
  })
})
