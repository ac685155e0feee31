// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { fromLatin1 } from '../../src/kit/bytes.ts'
import { Candidates } from '../../src/rules/candidates.ts'
import { StartsInText } from '../../src/rules/starts.ts'

const anyPattern = { id: 0, isAnchored: false, needed: [], areBetter: false, landmarks: new Int32Array() }
const lengths = fc.array(fc.oneof(fc.nat(60), fc.constantFrom(199, 200, 201, 998), fc.nat(2000)), { maxLength: 12 })

test('lines of so many characters begin where a plain look through the text says, however many that is', () => {
  const starts = new StartsInText(null, new Candidates([], 0))
  const check = fc.property(
    lengths,
    fc.constantFrom(1, 40, 200, 998),
    fc.nat(300),
    fc.nat(3000),
    (lines, least, first, last) => {
      const text = lines.map((length) => 'x'.repeat(length)).join('\n')
      starts.begin(fromLatin1(text), text.length)
      starts.fillRange(anyPattern, text.length, first, last)
      const expected: number[] = []
      for (const { index, 0: line } of text.matchAll(/^.*$/gm))
        if (line.length >= least && index >= starts.first && index <= starts.last) expected.push(index)
      assert.deepEqual(starts.lines(least), expected)
    },
  )
  fc.assert(check, { numRuns: 500 })
})
