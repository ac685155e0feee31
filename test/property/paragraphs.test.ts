// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { cutLines, toParagraphs } from '../../src/rules/paragraphs.ts'

const unit = fc.constantFrom(
  ...['a', 'b.', ' ', '\n', '\t', '\0', '\u0085', '\u00a0', '\u1680', '\u2003', '\u205f', '\u3000', '\u00e9', '\u6f22'],
)
const blanks = /[ \t-\r\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+|\0/g

/** One blank for a run, or a line end for one with an empty line, and what stands before and behind that. */
function plainly(text: string): string {
  return text.replace(blanks, (run) => {
    if (run === '\0') return '\n'
    if (run.split('\n').length <= 2) return ' '
    return `${run.startsWith('\n') ? '' : ' '}\n${run.endsWith('\n') ? '' : ' '}`
  })
}

test('white space is folded in one pass as by a pattern', () => {
  const check = fc.property(fc.array(unit, { maxLength: 30 }), (units) => {
    const text = units.join('')
    assert.deepEqual(toParagraphs(text), cutLines(Buffer.from(plainly(text)).toString('latin1')))
  })
  fc.assert(check, { numRuns: 3000 })
})
