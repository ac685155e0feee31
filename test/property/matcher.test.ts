// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { beginningOf } from '../../src/kit/regex-beginning.ts'
import { parseRegex } from '../../src/kit/regex-parse.ts'
import { printRegex } from '../../src/kit/regex-print.ts'
import { widthOf } from '../../src/kit/regex-widths.ts'
import { windowOf } from '../../src/kit/regex-window.ts'
import { type MatchEntry, Matcher } from '../../src/rules/matcher.ts'
import { compilePattern } from '../../src/rules/pattern.ts'

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
    const { root } = parseRegex(source, compileSyntax(withFlags))
    const printed = printRegex(root, false)
    const matches = texts.flatMap((one) => [...one.matchAll(new RegExp(printed.source, `g${printed.flags}`))])
    return { count: Math.min(most, matches.length), first: matches[0]?.[0] ?? '' }
  })
}

const compileSyntax = (withFlags: string) => ({
  dialect: 'perl' as const,
  ignoreCase: withFlags.includes('i'),
  multiline: withFlags.includes('m'),
  dotAll: withFlags.includes('s'),
  extended: false,
  dollarEndOnly: false,
  ungreedy: false,
})

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

test('the beginning of a pattern matches wherever the pattern does, as wide as it says', () => {
  const check = fc.property(
    pattern,
    flags,
    text,
    fc.integer({ min: 1, max: 6 }),
    (source, withFlags, subject, units) => {
      const { root } = parseRegex(source, compileSyntax(withFlags))
      const whole = printRegex(root, false)
      const match = new RegExp(whole.source, whole.flags).exec(subject)
      if (match === null) return
      const beginning = beginningOf(root, units)
      const { min, max } = widthOf(beginning)
      const printed = printRegex(beginning, false)
      const sticky = new RegExp(printed.source, `y${printed.flags}`)
      sticky.lastIndex = match.index
      const found = sticky.exec(subject)
      assert.ok(found !== null)
      assert.ok(found[0].length >= min && found[0].length <= max)
      assert.ok(widthOf(root).min < units || min >= units)
    },
  )
  fc.assert(check, { numRuns: 1500 })
})

test('the window of a pattern matches within its matches, where its width says', () => {
  const check = fc.property(
    pattern,
    flags,
    text,
    fc.integer({ min: 1, max: 6 }),
    (source, withFlags, subject, units) => {
      const { root } = parseRegex(source, compileSyntax(withFlags))
      const whole = printRegex(root, false)
      const match = new RegExp(whole.source, whole.flags).exec(subject)
      if (match === null) return
      const window = windowOf(root, units)
      const printed = printRegex(window.root, false)
      const ends = Array.from({ length: subject.length + 1 }, (_, from) => {
        const sticky = new RegExp(printed.source, `y${printed.flags}`)
        sticky.lastIndex = from
        const found = sticky.exec(subject)
        return found === null ? -1 : from + found[0].length
      })
      const { min, max } = window.width
      assert.ok(ends.some((end) => end >= match.index + min && end <= match.index + max))
    },
  )
  fc.assert(check, { numRuns: 1500 })
})
