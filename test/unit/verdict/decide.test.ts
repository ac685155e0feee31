// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Evidence, fact } from '../../../src/core/evidence.ts'
import { printReply } from '../../../src/core/reply.ts'
import type { Thresholds, Verdict } from '../../../src/core/verdict.ts'
import { type DecideContext, decide } from '../../../src/verdict/decide.ts'
import { aBook, aContext, limits } from './facts.ts'

const off: Thresholds = { mark: null, junk: null, quarantine: null, reject: null }

function judge(symbols: readonly (string | Evidence)[], over: Partial<DecideContext> = {}, by = limits): Verdict {
  const evidence = symbols.map((item) => (typeof item === 'string' ? fact(item) : item))
  return decide(evidence, aBook(), by, aContext(over))
}

const weak = (symbol: string, strength: number): Evidence => ({ ...fact(symbol), strength })
const hold = { kind: 'hold', because: 'looked at by hand' } as const
const discard = { kind: 'discard', because: 'a trap' } as const

describe('decide', () => {
  const table: readonly (readonly [
    string,
    readonly (string | Evidence)[],
    Partial<DecideContext>,
    string,
    number,
    string,
  ])[] = [
    ['nothing known is accepted', [], {}, 'accept', 0, 'score'],
    ['facts without a price change nothing', ['NOTE', 'NEVER_HEARD_OF'], {}, 'accept', 0, 'score'],
    ['below every limit', ['TWO'], {}, 'accept', 2, 'score'],
    ['a limit that is reached counts', ['RBL_A'], {}, 'mark', 4, 'score'],
    ['points are added', ['FIVE', 'TWO'], {}, 'junk', 7, 'score'],
    ['points are taken off', ['FIVE', 'TWO', 'NICE'], {}, 'mark', 4, 'score'],
    ['a weak fact weighs less', [weak('BAYES_SPAM', 0.65)], {}, 'junk', 6.5, 'score'],
    ['a symbol is paid once', ['FIVE', 'FIVE', 'FIVE'], {}, 'mark', 5, 'score'],
    [
      'a symbol is paid at its greatest strength',
      [weak('BAYES_SPAM', 0.1), weak('BAYES_SPAM', 0.9)],
      {},
      'junk',
      9,
      'score',
    ],
    ['quarantine', ['BAYES_SPAM'], {}, 'quarantine', 10, 'score'],
    ['reject', ['GTUBE'], {}, 'reject', 1000, 'score'],
    ['p=reject is obeyed', ['DMARC_FAIL_REJECT'], {}, 'reject', 6, 'policy'],
    ['p=reject gives points only', ['DMARC_FAIL_REJECT'], { dmarc: 'score' }, 'junk', 6, 'score'],
    ['p=reject gives nothing', ['DMARC_FAIL_REJECT'], { dmarc: 'off' }, 'accept', 0, 'score'],
    ['a listed forwarder is not refused', ['DMARC_FAIL_REJECT'], { isDmarcExempt: true }, 'junk', 6, 'score'],
    ['p=quarantine is obeyed', ['DMARC_FAIL_QUARANTINE'], {}, 'quarantine', 3, 'policy'],
    ['p=quarantine does not soften a refusal', ['DMARC_FAIL_QUARANTINE', 'GTUBE'], {}, 'reject', 1003, 'score'],
    ['hold', ['TWO'], { orders: [hold] }, 'quarantine', 2, 'restriction'],
    ['hold does not soften a refusal', ['GTUBE'], { orders: [hold] }, 'reject', 1000, 'score'],
    ['discard', ['GTUBE'], { orders: [hold, discard] }, 'discard', 1000, 'restriction'],
    [
      'other orders are not about the verdict',
      [],
      { orders: [{ kind: 'bcc', to: 'a@b.example' }] },
      'accept',
      0,
      'score',
    ],
    [
      'who is welcome is spared the score',
      ['GTUBE', 'DMARC_FAIL_REJECT'],
      { listing: 'welcome' },
      'accept',
      1006,
      'list',
    ],
    [
      'who is welcome is not spared an order',
      [],
      { listing: 'welcome', orders: [hold] },
      'quarantine',
      0,
      'restriction',
    ],
    ['who is blocked is refused', ['NICE'], { listing: 'block' }, 'reject', -3, 'list'],
    ['an unfinished examination is judged as it is', ['TWO'], { incomplete: ['bayes: time'] }, 'accept', 2, 'score'],
    [
      'an unfinished examination is put off',
      ['TWO'],
      { incomplete: ['bayes: time'], whenIncomplete: 'defer' },
      'defer',
      2,
      'budget',
    ],
    [
      'what is known to be spam is not put off',
      ['GTUBE'],
      { incomplete: ['bayes: time'], whenIncomplete: 'defer' },
      'reject',
      1000,
      'score',
    ],
  ]
  for (const [title, symbols, over, action, score, by] of table) {
    it(title, () => {
      const verdict = judge(symbols, over)
      assert.deepEqual([verdict.action.kind, verdict.score, verdict.decidedBy], [action, score, by])
    })
  }

  it('does nothing about the score where every limit is off', () => {
    assert.equal(judge(['GTUBE'], {}, off).action.kind, 'accept')
  })

  it('holds what a group adds under its ceiling', () => {
    const evidence = ['RBL_A', 'RBL_B', 'TWO'].map((symbol) => fact(symbol))
    assert.equal(decide(evidence, aBook({}, { rbl: 5 }), limits, aContext()).score, 7)
    assert.equal(decide(evidence, aBook(), limits, aContext()).score, 10)
  })

  it('sums tenths without a trace of binary fractions', () => {
    const book = aBook({ TWO: 0.1, FIVE: 0.2 })
    assert.equal(decide([fact('TWO'), fact('FIVE')], book, limits, aContext()).score, 0.3)
  })

  it('lists the facts heaviest first', () => {
    const { priced } = judge(['NOTE', 'TWO', 'NICE', 'FIVE'])
    assert.deepEqual(
      priced.map((p) => [p.evidence.symbol, p.points]),
      [
        ['FIVE', 5],
        ['NICE', -3],
        ['TWO', 2],
        ['NOTE', 0],
      ],
    )
    assert.equal(priced[0]?.source, 'rules.cf:1')
  })
})

describe('the reply of a refusal', () => {
  const reply = (verdict: Verdict): string => {
    assert.ok(verdict.action.kind === 'reject')
    return printReply(verdict.action.reply)
  }
  it('says the score, the limit, what weighed most and the id', () => {
    const verdict = judge(['BAYES_SPAM', 'FIVE', 'RBL_A', 'TWO', 'NICE'])
    assert.equal(
      reply(verdict),
      '550 5.7.1 Message refused as spam (score 18.0 of 15.0): BAYES_SPAM, FIVE, RBL_A; id 4f2Kx9',
    )
  })
  it('keeps the symbols to itself where told so', () => {
    const verdict = judge(['GTUBE'], { showSymbols: false })
    assert.equal(reply(verdict), '550 5.7.1 Message refused as spam (score 1000.0 of 15.0); id 4f2Kx9')
  })
  it('names the author whose policy it follows (RFC 7372)', () => {
    const verdict = judge([fact('DMARC_FAIL_REJECT', 'bank.example')])
    assert.match(
      reply(verdict),
      /^550 5\.7\.26 Message refused: neither SPF nor DKIM proves bank\.example, .*; id 4f2Kx9$/,
    )
  })
})
