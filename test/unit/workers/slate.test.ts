// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { fact } from '../../../src/core/evidence.ts'
import { nothingYet, Slate } from '../../../src/workers/slate.ts'

const partial = (stage: string, details = '') => ({ stage, auth: null, evidence: [fact('X', details)] })

describe('slate', () => {
  it('shows the captain what the worker wrote last', () => {
    const captain = new Slate(2)
    const worker = new Slate(2, captain.shared)
    captain.offer(1, 7)
    assert.deepEqual(captain.read(1), nothingYet)
    for (const stage of ['a', 'b', 'c ü']) {
      worker.write(1, partial(stage))
      assert.deepEqual(captain.read(1), partial(stage))
    }
    assert.deepEqual(captain.read(0), nothingYet)
    captain.offer(1, 8)
    assert.deepEqual(captain.read(1), nothingYet)
  })

  it('keeps what was written before when the next does not fit', () => {
    const slate = new Slate(1)
    slate.write(0, partial('small'))
    slate.write(0, partial('large', 'ü'.repeat(20_000)))
    assert.equal(slate.read(0).stage, 'small')
  })

  it('gives a job to one side only: the worker that begins it, or the captain that takes it back', () => {
    const captain = new Slate(1)
    const worker = new Slate(1, captain.shared)
    captain.offer(0, 1)
    assert.equal(worker.begin(0, 1), true)
    assert.equal(captain.takeBack(0, 1), false)
    captain.offer(0, 2)
    assert.equal(captain.takeBack(0, 2), true)
    assert.equal(worker.begin(0, 2), false)
    captain.offer(0, 3)
    assert.equal(worker.begin(0, 2), false)
    assert.equal(worker.begin(0, 3), true)
  })
})
