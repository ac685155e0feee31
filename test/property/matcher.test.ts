// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { beginningOf } from '../../src/kit/regex-beginning.ts'
import { parseRegex } from '../../src/kit/regex-parse.ts'
import { printRegex } from '../../src/kit/regex-print.ts'
import type { RegexNode } from '../../src/kit/regex-syntax.ts'
import { widthOf } from '../../src/kit/regex-widths.ts'
import { windowOf } from '../../src/kit/regex-window.ts'
import { type MatchEntry, Matcher } from '../../src/rules/matcher.ts'
import { compilePattern, syntaxOf } from '../../src/rules/pattern.ts'

/** Words that occur in texts, so that patterns match, and patterns around them. */
const words = ['abc', 'Bcd', 'cde ', 'xyz', 'to: ', '\\nTo: ']
const around = [
  '.',
  '.*',
  '.*?',
  '[^a]{0,3}',
  '\\w+',
  '\\s?',
  '\\b',
  '^',
  '$',
  '(?=a)',
  '(?<!b)',
  '(?!cd)',
  '(a|bc)',
  '(?:abc){2}',
  '(?:b+cd?){2,3}',
  'ab+c',
  '(?=.*xyz)',
  '(?:(?=.*xyz)a){2}',
  '[^\\n]{5}',
  '',
]
const flags = fc.constantFrom('', 'i', 'm', 'is', 'ims')
const pattern = fc
  .array(fc.oneof(fc.constantFrom(...words), fc.constantFrom(...around), fc.constant('(?:abc|xy+z)')), {
    minLength: 1,
    maxLength: 6,
  })
  .map((pieces) => pieces.join(''))
const text = fc
  .array(fc.constantFrom('abc', 'bcd', 'cde ', 'XYZ', 'xyz', '\nTo: ', ' ', 'a', 'b', '-', '\n', '\xe9'), {
    maxLength: 30,
  })
  .map((pieces) => pieces.join(''))

/** Every pattern on the whole text by the platform: how often each matches, and what it matches first. */
function plainly(sources: readonly string[], withFlags: string, texts: readonly string[], most: number) {
  return sources.map((source) => {
    const { root } = parseRegex(source, syntaxOf(withFlags))
    const printed = printRegex(root, false)
    const matches = texts.flatMap((one) => [...one.matchAll(new RegExp(printed.source, `g${printed.flags}`))])
    return { count: Math.min(most, matches.length), first: matches[0]?.[0] ?? '' }
  })
}

function together(
  sources: readonly string[],
  withFlags: string,
  texts: readonly string[],
  most: number,
  window?: number,
) {
  const entries = sources.map((source, rule): MatchEntry => {
    const compiled = compilePattern(source, withFlags)
    return { rule, pattern: window === undefined ? compiled : { ...compiled, window }, maxHits: most }
  })
  const matcher = new Matcher(entries)
  const tally = { hits: new Int32Array(sources.length), excerpts: new Array<string>(sources.length).fill('') }
  for (const one of texts) matcher.run(one, tally)
  return sources.map((_, rule) => ({ count: tally.hits[rule], first: tally.excerpts[rule] }))
}

const lists = fc.tuple(
  fc.array(pattern, { minLength: 1, maxLength: 8 }),
  flags,
  fc.array(text, { minLength: 1, maxLength: 4 }),
)

describe('a matcher finds what every pattern finds by itself', () => {
  test('the first match of each text', () => {
    const check = fc.property(lists, ([sources, withFlags, texts]) => {
      assert.deepEqual(together(sources, withFlags, texts, 1), plainly(sources, withFlags, texts, 1))
    })
    fc.assert(check, { numRuns: 500 })
  })

  test('all matches', () => {
    const check = fc.property(lists, ([sources, withFlags, texts]) => {
      assert.deepEqual(together(sources, withFlags, texts, 20), plainly(sources, withFlags, texts, 20))
    })
    fc.assert(check, { numRuns: 500 })
  })

  test('where texts are too long for the platform to search them from end to end', () => {
    const check = fc.property(lists, ([sources, withFlags, texts]) => {
      assert.deepEqual(together(sources, withFlags, texts, 1, 0), plainly(sources, withFlags, texts, 1))
    })
    fc.assert(check, { numRuns: 400 })
  })
})

/** For every pattern and text where there is a match: what holds of the pattern's parts of so many units. */
function eachMatch(holds: (root: RegexNode, subject: string, index: number, units: number) => void): void {
  const units = fc.integer({ min: 1, max: 6 })
  const check = fc.property(pattern, flags, text, units, (source, withFlags, subject, most) => {
    const { root } = parseRegex(source, syntaxOf(withFlags))
    const printed = printRegex(root, false)
    const match = new RegExp(printed.source, printed.flags).exec(subject)
    if (match !== null) holds(root, subject, match.index, most)
  })
  fc.assert(check, { numRuns: 1500 })
}

/** What a pattern matches at one place; null for nothing. */
function matchAt(root: RegexNode, subject: string, place: number): string | null {
  const printed = printRegex(root, false)
  const sticky = new RegExp(printed.source, `y${printed.flags}`)
  sticky.lastIndex = place
  return sticky.exec(subject)?.[0] ?? null
}

test('the beginning of a pattern matches wherever the pattern does, as wide as it says', () => {
  eachMatch((root, subject, index, units) => {
    const beginning = beginningOf(root, units)
    const { min, max } = widthOf(beginning)
    const found = matchAt(beginning, subject, index)
    assert.ok(found !== null)
    assert.ok(found.length >= min && found.length <= max)
    assert.ok(widthOf(root).min < units || min >= units)
  })
})

test('the window of a pattern matches within its matches, where its width says', () => {
  eachMatch((root, subject, index, units) => {
    const window = windowOf(root, units)
    const ends = Array.from({ length: subject.length + 1 }, (_, from) => {
      const found = matchAt(window.root, subject, from)
      return found === null ? -1 : from + found.length
    })
    const { min, max } = window.width
    assert.ok(ends.some((end) => end >= index + min && end <= index + max))
  })
})
