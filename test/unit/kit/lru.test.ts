// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Lru } from '../../../src/kit/lru.ts'

test('an entry is found until its time is over', () => {
  const lru = new Lru<string, number>(2)
  lru.set('a', 1, 10)
  assert.equal(lru.get('a', 9), 1)
  assert.equal(lru.get('a', 10), undefined)
  assert.equal(lru.size, 0)
})

test('the entry used longest ago makes room', () => {
  const lru = new Lru<string, number>(2)
  lru.set('a', 1, 10)
  lru.set('b', 2, 10)
  lru.get('a', 0)
  lru.set('c', 3, 10)
  assert.equal(lru.get('b', 0), undefined)
  assert.equal(lru.get('a', 0), 1)
  assert.equal(lru.get('c', 0), 3)
})

test('setting a key again replaces it and does not grow the map', () => {
  const lru = new Lru<string, number>(2)
  lru.set('a', 1, 10)
  lru.set('a', 2, 20)
  assert.equal(lru.size, 1)
  assert.equal(lru.get('a', 15), 2)
})

test('a capacity that is none is refused', () => {
  assert.throws(() => new Lru(0), RangeError)
})
