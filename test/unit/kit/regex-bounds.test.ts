// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { stepsFrom, worstSteps } from '../../../src/kit/regex-cost.ts'
import { landmarksOf } from '../../../src/kit/regex-landmarks.ts'
import { overlapsOf } from '../../../src/kit/regex-overlaps.ts'
import { parseRegex } from '../../../src/kit/regex-parse.ts'
import type { RegexNode } from '../../../src/kit/regex-syntax.ts'
import { widthOf } from '../../../src/kit/regex-widths.ts'
import { syntaxOf } from '../../../src/rules/pattern.ts'

function read(source: string): RegexNode {
  return parseRegex(source, syntaxOf('im')).root
}

describe('widthOf', () => {
  const table: readonly (readonly [source: string, min: number, max: number])[] = [
    ['abc', 3, 3],
    ['a?b{2,3}', 2, 4],
    ['(a|bcd)+', 1, Number.POSITIVE_INFINITY],
    ['a(?=bcd)$', 1, 1],
    ['^(?:)*', 0, 0],
    ['(a)\\1', 1, Number.POSITIVE_INFINITY],
  ]
  for (const [source, min, max] of table)
    test(`/${source}/`, () => assert.deepEqual(widthOf(read(source)), { min, max }))
})

describe('overlapsOf tells how many attempts may read one unit', () => {
  const bounded = ['\\[\\d+\\n', '<[^<>]*>', '^.*x', '^[^>].*<a href=', '=\\?[^?]+\\?b\\?', '^(a.)\\1b']
  for (const source of bounded) test(`/${source}/: few`, () => assert.ok(overlapsOf(read(source)) < 10))
  const unbounded = ['a.*b', '<[^>]*>', '(?:^|x).*', '^[^>]*>', '\\s+x', '^(\\s*)\\1']
  for (const source of unbounded)
    test(`/${source}/: any number`, () => assert.equal(overlapsOf(read(source)), Number.POSITIVE_INFINITY))

  test('so long texts cost little where there are few', () => {
    assert.ok(worstSteps(read('^.*x'), 1 << 20) < 60_000_000)
    assert.ok(worstSteps(read('a.*x'), 1 << 20) > 1e9)
  })
})

describe('landmarksOf', () => {
  const table: readonly (readonly [source: string, landmarks: readonly string[]])[] = [
    ['a.*From: b', ['from: b']],
    ['(?:.+\\n)*^To: .*', ['to: ']],
    ['.*ab', []],
    ['abc.?', []],
    ['x(.*) for (\\S+)', [' for ']],
  ]
  for (const [source, landmarks] of table)
    test(`/${source}/`, () => assert.deepEqual(landmarksOf(read(source)), landmarks))

  test('where they are rare, few steps are left', () => {
    const root = read('From: (?:.{1,100}\\n+)*To: [^\\n]{0,80}x')
    assert.ok(stepsFrom(root, 8192, () => 1) * 50 < stepsFrom(root, 8192))
  })
})
