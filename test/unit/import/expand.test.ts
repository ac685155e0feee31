// SPDX-License-Identifier: Apache-2.0
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the braces are Postfix's
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { ExpansionError, expand } from '../../../src/import/expand.ts'

const values: Readonly<Record<string, string>> = {
  name: 'value',
  empty: '',
  outer: 'a $inner b',
  inner: '$name',
  round: '$about',
  about: 'x $round',
  level: '3.6',
  three: '3',
  ten: '10',
}
const lookUp = (name: string) => values[name] ?? null

describe('expand', () => {
  const cases: readonly (readonly [string, string, string])[] = [
    ['a name', '$name', 'value'],
    ['a name in braces', '${name}', 'value'],
    ['a name in parentheses', 'x$(name)y', 'xvaluey'],
    ['a name in a name', '$outer', 'a value b'],
    ['a name that nobody defined', '[$nobody]', '[]'],
    ['a dollar sign', 'cost $$5', 'cost $5'],
    ['a text for a name that is set', '${name?yes}', 'yes'],
    ['no text for a name that is empty', '${empty?yes}', ''],
    ['a text for a name that is empty', '${empty:no}', 'no'],
    ['no text for a name that is set', '${name:no}', ''],
    ['one of two texts', '${name?{yes}:{no}} ${empty?{yes}:{no}}', 'yes no'],
    ['names in those texts', '${name?{$ten}:{$three}}', '10'],
    ['a comparison of words', '${{$name} == {value} ? {same} : {other}}', 'same'],
    ['a comparison of numbers', '${{$ten} > {$three} ? {more}}', 'more'],
    ['a comparison of levels', '${{$level} <level {3.10} ? {older} : {newer}}', 'older'],
    ['a comparison without texts', '[${{$ten} < {$three}}]', '[]'],
    ['spaces within braces', '${name?{ yes }}', 'yes'],
  ]
  for (const [title, text, expected] of cases)
    it(`puts in ${title}`, () => assert.equal(expand(text, lookUp), expected))

  const bad: readonly (readonly [string, string, RegExp])[] = [
    ['a circle, and names its members', '$round', /in a circle: \$round → \$about → \$round/],
    ['a brace that is left open', '${name', /is not closed/],
    ['a dollar sign alone', 'a $ b', /write \$\$/],
    ['what is no name', '${a-b}', /is no expansion/],
    ['a comparison that is none', '${{a} ~ {b} ? {c}}', /is no comparison/],
  ]
  for (const [title, text, expected] of bad)
    it(`complains about ${title}`, () =>
      assert.throws(
        () => expand(text, lookUp),
        (error: unknown) => error instanceof ExpansionError && expected.test(error.message),
      ))

  it('either expands a text or complains, whatever it is', () => {
    const piece = fc.constantFrom('$', '{', '}', '(', ')', '?', ':', ' ', '==', '<level', 'name', 'empty', 'round', 'x')
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 24 }), (pieces) => {
        try {
          expand(pieces.join(''), lookUp)
        } catch (error) {
          assert.ok(error instanceof ExpansionError)
        }
      }),
    )
  })

  it('leaves a text without dollar signs as it is', () =>
    fc.assert(fc.property(fc.string(), (text) => text.includes('$') || expand(text, lookUp) === text)))
})
