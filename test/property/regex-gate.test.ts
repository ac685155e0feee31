// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { buildGate, scanTogether } from '../../src/kit/regex-gate.ts'
import { mayBeEmpty } from '../../src/kit/regex-heads.ts'
import type { RegexNode } from '../../src/kit/regex-syntax.ts'
import { compilePattern } from '../../src/rules/pattern.ts'
import { search } from '../../src/rules/search.ts'

const atoms = [
  'a',
  'b',
  '.',
  '[ab]',
  '[^a]',
  '\\w',
  '\\s',
  '\\b',
  '\\B',
  '^',
  '$',
  '\\z',
  '(?=b)',
  '(?<!a)',
  '(?!ab)',
  ' ',
]
const counts = ['', '?', '*', '+', '*?', '{2}', '{0,12}', '{3,}']

const repeated = fc
  .tuple(fc.constantFrom('a', 'b', '.', '[ab]', '\\w', ' '), fc.constantFrom(...counts))
  .map((pair) => pair.join(''))
const simple = fc
  .array(fc.oneof({ weight: 4, arbitrary: repeated }, { weight: 1, arbitrary: fc.constantFrom(...atoms) }), {
    minLength: 1,
    maxLength: 4,
  })
  .map((pieces) => pieces.join(''))
const grouped = fc
  .tuple(fc.constantFrom('(?:', '(', '(?>'), simple, simple, fc.constantFrom(...counts))
  .map(([open, one, other, count]) => `${open}${one}|${other})${count}`)
/** Small ones: what takes the matchers long is not at issue here. */
const pattern = fc.tuple(simple, fc.oneof(grouped, fc.constant('')), simple).map((pieces) => pieces.join(''))
const text = fc.string({ unit: fc.constantFrom('a', 'b', ' ', '\n', '-', '\xe9'), minLength: 10, maxLength: 60 })
const flags = fc.constantFrom('', 'i', 'm', 's', 'ms')

function ready(source: string, withFlags: string): RegexNode | null {
  const { root } = compilePattern(source, withFlags)
  return mayBeEmpty(root) ? null : root
}

test('a gate lets through whatever the pattern matches, from any place on', () => {
  let matched = 0
  const check = fc.property(pattern, flags, text, fc.nat(6), (source, withFlags, subject, offset) => {
    const root = ready(source, withFlags)
    const from = Math.min(offset, subject.length)
    if (root === null || search(compilePattern(source, withFlags), subject, from) === null) return
    matched++
    assert.equal(buildGate([root])?.passes(Buffer.from(subject, 'latin1'), subject.length, from), true)
  })
  fc.assert(check, { numRuns: 2000 })
  assert.ok(matched > 100)
})

test('a gate of many patterns tells each that matches, text after text', () => {
  const check = fc.property(
    fc.array(pattern, { minLength: 2, maxLength: 6 }),
    flags,
    fc.array(text, { minLength: 1, maxLength: 8 }),
    (sources, withFlags, texts) => {
      const able = sources.filter((source) => ready(source, withFlags) !== null)
      const gates = able.map((source) => buildGate([compilePattern(source, withFlags).root]))
      const gate = buildGate(able.map((source) => compilePattern(source, withFlags).root))
      const all = [gate, ...gates].filter((made) => made !== null)
      for (const subject of texts) {
        scanTogether(all, Buffer.from(subject, 'latin1'), subject.length)
        for (const [i, source] of able.entries()) {
          const match = search(compilePattern(source, withFlags), subject)
          if (match === null) continue
          const end = match.index + match.text.length
          for (const [tells, place] of [
            [gate, i],
            [gates[i], 0],
          ] as const) {
            assert.ok((tells?.firsts[place] ?? -1) >= 0)
            assert.ok((tells?.lasts[place] ?? -1) >= end - 1)
          }
        }
      }
    },
  )
  fc.assert(check, { numRuns: 100 })
})

test('a gate that has forgotten its states, or has none left to make, still lets through what matches', () => {
  const { root } = compilePattern('(?:[ab].{0,12}){3}c', 's')
  const gate = buildGate([root])
  for (let i = 0; i < 200; i++) {
    const subject = Array.from({ length: 400 }, (_, at) => 'ab-'[((at * at * (i + 3) + at * i) % 7) % 3]).join('')
    assert.equal(gate?.passes(Buffer.from(`${subject}c`), subject.length + 1, 0), true)
  }
})

test('a text that is not bytes is looked through without a gate', () => {
  const digits = compilePattern('[0-9]{3}', '')
  assert.equal(search(digits, `${'\u2014'.repeat(600)}123`)?.index, 600)
  // As bytes these would be digits.
  assert.equal(search(digits, '\u0131'.repeat(600)), null)
  assert.equal(search(digits, `${'-'.repeat(600)}123`)?.index, 600)
})
