// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict'
import { it } from 'node:test'
import fc from 'fast-check'
import { fact } from '../../src/core/evidence.ts'
import { decide } from '../../src/verdict/decide.ts'
import { spamHeaders } from '../../src/verdict/explain.ts'
import { severityOf } from '../../src/verdict/thresholds.ts'
import { aBook, aContext, limits } from '../unit/verdict/facts.ts'

const symbols = ['TWO', 'FIVE', 'NICE', 'RBL_A', 'RBL_B', 'BAYES_SPAM', 'DMARC_FAIL_QUARANTINE', 'UNKNOWN']
const strength = fc.integer({ min: 0, max: 100 }).map((n) => n / 100)
const item = fc
  .record({ symbol: fc.constantFrom(...symbols), detail: fc.constantFrom('', 'a', 'b'), strength })
  .map((r) => ({ ...fact(r.symbol, r.detail), strength: r.strength }))
const evidence = fc.array(item, { maxLength: 12 })
const points = fc.integer({ min: -2000, max: 2000 }).map((n) => n / 100)
const prices = fc.record({ TWO: points, FIVE: points, NICE: points, RBL_A: points, RBL_B: points, BAYES_SPAM: points })
const context = fc
  .record({
    dmarc: fc.constantFrom('obey' as const, 'score' as const, 'off' as const),
    listing: fc.constantFrom(null, 'welcome' as const, 'block' as const),
    whenIncomplete: fc.constantFrom('judge' as const, 'defer' as const),
    incomplete: fc.constantFrom([], ['rules: time']),
  })
  .map(aContext)

it('the same evidence in any order brings the same verdict', () => {
  const shuffled = evidence.chain((list) =>
    fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length })),
  )
  fc.assert(
    fc.property(shuffled, prices, context, ([list, other], over, how) => {
      const book = aBook(over, { rbl: 5 })
      assert.deepEqual(decide(other, book, limits, how), decide(list, book, limits, how))
    }),
    { seed: 1, numRuns: 500 },
  )
})

it('dearer evidence never brings a milder action', () => {
  const raise = fc.integer({ min: 0, max: 1000 }).map((n) => n / 100)
  fc.assert(
    fc.property(
      evidence,
      prices,
      fc.constantFrom(...symbols.slice(0, 6)),
      raise,
      context,
      (list, over, symbol, by, how) => {
        const raised = { ...over, [symbol]: (Object.entries(over).find(([name]) => name === symbol)?.[1] ?? 0) + by }
        const before = decide(list, aBook(over, { rbl: 5 }), limits, how)
        const after = decide(list, aBook(raised, { rbl: 5 }), limits, how)
        assert.ok(severityOf(after.action.kind) >= severityOf(before.action.kind))
      },
    ),
    { seed: 2, numRuns: 500 },
  )
})

it('saying a thing twice changes no score', () => {
  fc.assert(
    fc.property(evidence, prices, (list, over) => {
      const book = aBook(over)
      assert.equal(
        decide([...list, ...list], book, limits, aContext()).score,
        decide(list, book, limits, aContext()).score,
      )
    }),
    { seed: 3, numRuns: 300 },
  )
})

it('no field has a line that is too long or not folded', () => {
  fc.assert(
    fc.property(evidence, prices, (list, over) => {
      const book = aBook(over)
      for (const edit of spamHeaders(decide(list, book, limits, aContext()), book)) {
        assert.ok(edit.op === 'prepend')
        for (const [i, line] of `${edit.name}: ${edit.value}`.split('\r\n').entries()) {
          assert.ok(line.length <= 120 && /^[\x20-\x7e\t]*$/.test(line) && (i === 0 || line.startsWith('\t')), line)
        }
      }
    }),
    { seed: 4, numRuns: 200 },
  )
})
