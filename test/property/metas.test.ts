// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { compileExpression, parseExpression } from '../../src/rules/expression.ts'
import type { Tally } from '../../src/rules/matcher.ts'
import { type MetaRule, Metas } from '../../src/rules/metas.ts'

const simple = 4
const metas = 6

/** An expression over the rules before it, which are known by their numbers. */
function expressionOver(rules: number): fc.Arbitrary<string> {
  const name = fc.integer({ min: 0, max: rules - 1 }).map((rule) => `R${rule}`)
  const number = fc.constantFrom('0', '1', '2', '3')
  const operator = fc.constantFrom('&&', '||', '+', '-', '*', '/', '%', '<', '>', '<=', '>=', '==', '!=', '&', '|', '^')
  return fc.letrec<{ whole: string }>((tie) => ({
    whole: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      name,
      number,
      fc.tuple(tie('whole'), operator, tie('whole')).map(([a, op, b]) => `(${a} ${op} ${b})`),
      fc.tuple(fc.constantFrom('!', '-'), tie('whole')).map(([op, a]) => `${op}(${a})`),
      fc.tuple(tie('whole'), tie('whole'), tie('whole')).map(([a, b, c]) => `(${a} ? ${b} : ${c})`),
    ),
  })).whole
}

const expressions = fc.tuple(...Array.from({ length: metas }, (_, i) => expressionOver(simple + i)))
const hits = fc.array(fc.integer({ min: 0, max: 3 }), { minLength: simple, maxLength: simple })

function compiled(texts: readonly string[]): MetaRule[] {
  return texts.map((text, i) => {
    const expression = parseExpression(text)
    const value = compileExpression<Tally>(expression, (name) => (tally) => tally.hits[Number(name.slice(1))] ?? 0)
    return { rule: simple + i, value, expression }
  })
}

test('metas that are not worked out would not have hit', () => {
  const check = fc.property(expressions, hits, (texts, before) => {
    const rules = compiled(texts)
    const tally = (): Tally => ({
      hits: Int32Array.from({ length: simple + metas }, (_, i) => before[i] ?? 0),
      excerpts: [],
    })
    const [all, some] = [tally(), tally()]
    for (const { rule, value } of rules) all.hits[rule] = value(all)
    const numbers = new Map(Array.from(all.hits, (_, rule) => [`R${rule}`, rule]))
    new Metas(rules, numbers).run(some, (rule, value) => {
      some.hits[rule] = value
    })
    assert.deepEqual(some.hits, all.hits)
  })
  fc.assert(check, { numRuns: 2000 })
})
