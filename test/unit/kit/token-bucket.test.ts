// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { TokenBuckets } from '../../../src/kit/token-bucket.ts'

describe('TokenBuckets', () => {
  it('gives a burst, then one token a refill', () => {
    const buckets = new TokenBuckets({ burst: 2, refillMs: 100 }, 10)
    assert.deepEqual(
      [0, 0, 0, 99, 100, 100, 350].map((now) => buckets.take('a', now)),
      [true, true, false, false, true, false, true],
    )
    assert.equal(buckets.level('a', 400), 1.5)
  })
  it('is full again after long enough, and never fuller', () => {
    const buckets = new TokenBuckets({ burst: 2, refillMs: 100 }, 10)
    buckets.take('a', 0)
    assert.equal(buckets.level('a', 1_000_000), 2)
    buckets.giveBack('a', 1_000_000)
    assert.equal(buckets.level('a', 1_000_000), 2)
  })
  it('takes tokens back', () => {
    const buckets = new TokenBuckets({ burst: 1, refillMs: 100 }, 10)
    assert.equal(buckets.take('a', 0), true)
    buckets.giveBack('a', 0)
    assert.equal(buckets.take('a', 0), true)
  })
  it('keeps keys apart and forgets the oldest', () => {
    const buckets = new TokenBuckets({ burst: 1, refillMs: 100 }, 2)
    for (const key of ['a', 'b', 'c']) assert.equal(buckets.take(key, 0), true)
    assert.deepEqual(
      ['c', 'b'].map((key) => buckets.take(key, 0)),
      [false, false],
    )
    assert.equal(buckets.take('a', 0), true)
  })
  it('gains nothing by a clock that steps back', () => {
    const buckets = new TokenBuckets({ burst: 1, refillMs: 100 }, 2)
    buckets.take('a', 1000)
    assert.equal(buckets.take('a', 500), false)
  })
})
