// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { isExpired, isLate, nextAttempt, type RetryPolicy } from '../../../src/queue/retry.ts'
import { anEntry, anEnvelope, at } from '../../support/custody.ts'

const policy: RetryPolicy = {
  minBackoffMs: 300,
  maxBackoffMs: 4_000,
  lifetimeMs: 100_000,
  bounceLifetimeMs: 50_000,
  warnAfterMs: 14_000,
}

describe('nextAttempt', () => {
  const table: readonly (readonly [attempts: number, now: number, due: number])[] = [
    [0, 0, 300],
    [1, 1_000, 1_600],
    [9, 10_000, 14_000],
    [9, 99_000, 100_000],
    [9, 100_000, 104_000],
  ]
  for (const [attempts, now, due] of table) {
    it(`is ${due} after ${attempts} attempts at ${now}`, () =>
      assert.equal(nextAttempt(policy, anEntry('A', { attempts }), at(now), 0.5), at(due)))
  }
})

describe('isExpired and isLate', () => {
  it('gives up at the end of the lifetime, sooner for DSNs', () => {
    assert.equal(isExpired(policy, anEntry('A'), at(99_999)), false)
    assert.equal(isExpired(policy, anEntry('A'), at(100_000)), true)
    const dsn = anEntry('A', { envelope: anEnvelope({ reversePath: null }) })
    assert.equal(isExpired(policy, dsn, at(50_000)), true)
  })

  it('is late once', () => {
    assert.equal(isLate(policy, anEntry('A'), at(13_999)), false)
    assert.equal(isLate(policy, anEntry('A'), at(14_000)), true)
    assert.equal(isLate(policy, anEntry('A', { warned: true }), at(14_000)), false)
    assert.equal(isLate({ ...policy, warnAfterMs: null }, anEntry('A'), at(90_000)), false)
  })
})
