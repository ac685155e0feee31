// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { automaticDefaults, automaticLabel, DailyCaps, type Signal } from '../../../src/bayes/automatic.ts'

const cases: readonly (readonly [string, readonly (readonly [string, number])[], 'spam' | 'ham' | null])[] = [
  [
    'two groups agree on spam',
    [
      ['msgauth', 4],
      ['rules', 7],
    ],
    'spam',
  ],
  [
    'one group is one signal, however many points',
    [
      ['rules', 9],
      ['rules', 9],
    ],
    null,
  ],
  [
    'the classifier is no signal',
    [
      ['bayes', 5],
      ['rules', 11],
    ],
    null,
  ],
  [
    'a trifle is no signal',
    [
      ['msgauth', 0.5],
      ['rules', 11],
    ],
    null,
  ],
  [
    'one that objects forbids it',
    [
      ['msgauth', 5],
      ['rules', 12],
      ['lists', -2],
    ],
    null,
  ],
  [
    'two groups agree on ham',
    [
      ['msgauth', -0.8],
      ['lists', -1],
    ],
    'ham',
  ],
  ['ham with one signal is not learnt', [['lists', -5]], null],
  ['nothing is known', [], null],
]
for (const [title, pairs, label] of cases) {
  test(title, () => {
    const signals: Signal[] = pairs.map(([group, points]) => ({ group, points }))
    assert.equal(automaticLabel(signals, automaticDefaults), label)
  })
}

test('a sender teaches so often a day, and again the next day', () => {
  const caps = new DailyCaps(2)
  const noon = 12 * 36e5
  assert.deepEqual(
    [1, 2, 3].map(() => caps.take('a.example', noon)),
    [true, true, false],
  )
  assert.equal(caps.take('b.example', noon), true)
  assert.equal(caps.take('a.example', noon + 864e5), true)
})
