// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { didYouMean, nearest } from '../../../src/kit/nearest.ts'

describe('nearest', () => {
  const known = ['permit_mynetworks', 'reject_unauth_destination', 'hostname', 'hold']
  const cases: readonly (readonly [string, string | null])[] = [
    ['hostnam', 'hostname'],
    ['permit_mynetwork', 'permit_mynetworks'],
    ['reject_unauth_destinaton', 'reject_unauth_destination'],
    ['hlod', 'hold'],
    ['zebra', null],
    ['', null],
  ]
  for (const [written, expected] of cases)
    it(`of "${written}" is ${expected}`, () => assert.equal(nearest(written, known), expected))
  it('asks a question', () => assert.equal(didYouMean('hostnam', known), 'did you mean hostname?'))
})
