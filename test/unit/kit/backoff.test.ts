// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { backoffMs } from '../../../src/kit/backoff.ts'

describe('backoffMs', () => {
  const ladder = { minMs: 300, maxMs: 4_000, jitter: 0.2 }
  const table: readonly (readonly [failures: number, random: number, ms: number])[] = [
    [0, 0.5, 300],
    [1, 0.5, 300],
    [2, 0.5, 600],
    [4, 0.5, 2_400],
    [5, 0.5, 4_000],
    [1_000_000, 0.5, 4_000],
    [1, 0, 270],
    [1, 1, 330],
  ]
  for (const [failures, random, ms] of table) {
    it(`waits ${ms} ms after ${failures} failures when chance says ${random}`, () =>
      assert.equal(backoffMs(ladder, failures, random), ms))
  }
})
