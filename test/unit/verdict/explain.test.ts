// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { fact } from '../../../src/core/evidence.ts'
import type { HeaderEdit } from '../../../src/core/message.ts'
import { noThresholds } from '../../../src/core/verdict.ts'
import { decide } from '../../../src/verdict/decide.ts'
import {
  explainVerdict,
  foreignSpamFields,
  isMarked,
  scanLine,
  spamHeaders,
  verdictFields,
} from '../../../src/verdict/explain.ts'
import { aBook, aContext, limits } from './facts.ts'

const judge = (...symbols: string[]) =>
  decide(
    symbols.map((symbol) => fact(symbol)),
    aBook(),
    limits,
    aContext(),
  )
const lines = (edits: readonly HeaderEdit[]): string[] =>
  edits.map((edit) => (edit.op === 'prepend' ? `${edit.name}: ${edit.value}` : ''))

describe('spamHeaders', () => {
  it('says no in the form that mail programs know', () => {
    assert.deepEqual(lines(spamHeaders(judge('TWO', 'NOTE'), aBook())), [
      'X-Spam-Status: No, score=2.0 required=4.0\r\n\ttests=TWO,NOTE',
      'X-Spam-Score: 2.0',
    ])
  })
  it('says yes with flag, level and report', () => {
    assert.deepEqual(lines(spamHeaders(judge('FIVE', 'TWO', 'NICE'), aBook())), [
      'X-Spam-Status: Yes, score=4.0 required=4.0\r\n\ttests=FIVE,NICE,TWO',
      'X-Spam-Score: 4.0',
      'X-Spam-Report: *   5.0 FIVE FIVE was seen\r\n\t*  -3.0 NICE NICE was seen\r\n\t*   2.0 TWO TWO was seen',
      'X-Spam-Level: ****',
      'X-Spam-Flag: YES',
    ])
  })
  it('has something to say about nothing', () => {
    assert.deepEqual(
      lines(spamHeaders(decide([], aBook(), noThresholds, aContext()), aBook()))[0],
      'X-Spam-Status: No, score=0.0 required=none\r\n\ttests=none',
    )
  })
  it('puts a prefix before the Subject of what is marked, where one is wanted', () => {
    const subjects = (symbol: string, prefix: string) =>
      spamHeaders(judge(symbol), aBook(), prefix).filter(({ op }) => op === 'prefix-subject')
    assert.deepEqual(subjects('FIVE', '[spam]'), [{ op: 'prefix-subject', text: '[spam]' }])
    assert.deepEqual(subjects('TWO', '[spam]'), [])
    assert.deepEqual(subjects('FIVE', ''), [])
  })
  it('removes what came with the message', () => {
    const names = foreignSpamFields().map((edit) => (edit.op === 'remove' ? edit.name : ''))
    for (const name of ['X-Spam-Flag', 'X-Spam-Status', 'X-Spam-Score', 'X-Spam-Level', 'X-Spam-Report']) {
      assert.ok(names.includes(name), name)
    }
  })
  it('marks from the first action on', () => {
    assert.deepEqual([judge('TWO'), judge('RBL_A'), judge('GTUBE')].map(isMarked), [false, true, true])
  })
})

describe('a verdict told', () => {
  it('is one line in the log', () => {
    assert.deepEqual(verdictFields(judge('GTUBE', 'NOTE')), {
      action: 'reject',
      score: 1000,
      by: 'score',
      because: 'Message refused as spam (score 1000.0 of 15.0): GTUBE; id 4f2Kx9',
      tests: ['GTUBE(1000.0)', 'NOTE'],
    })
  })
  it('is a few lines for people', () => {
    const verdict = decide([fact('FIVE', 'seen\r\nhere')], aBook(), limits, aContext())
    assert.deepEqual(explainVerdict(verdict, aBook()), [
      'mark by score, score 5.0',
      '    5.0  FIVE  FIVE was seen [seen??here]  (rules.cf:1)',
    ])
  })
  it('is an object for scripts', () => {
    assert.deepEqual(scanLine('a.eml', decide([fact('FIVE', 'x')], aBook(), limits, aContext())), {
      file: 'a.eml',
      action: 'mark',
      score: 5,
      thresholds: limits,
      evidence: [{ symbol: 'FIVE', points: 5, details: ['x'], source: 'rules.cf:1' }],
    })
  })
})
