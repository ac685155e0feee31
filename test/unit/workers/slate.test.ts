// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { fact } from '../../../src/core/evidence.ts'
import { unknownAuth } from '../../../src/workers/crew.ts'
import { nothingYet, Slate } from '../../../src/workers/slate.ts'

const partial = (stage: string, ...details: readonly string[]) => ({
  stage,
  auth: null,
  evidence: details.map((detail) => fact('X', detail)),
})

describe('slate', () => {
  it('shows the captain what the worker wrote last', () => {
    const captain = new Slate(2)
    const worker = new Slate(2, captain.shared)
    captain.offer(1, 7)
    assert.deepEqual(captain.read(1), nothingYet)
    for (const details of [[], ['a'], ['a', 'b ü'], ['a', 'b ü']]) {
      worker.write(1, partial(`stage ${details.length}`, ...details))
      assert.deepEqual(captain.read(1), partial(`stage ${details.length}`, ...details))
    }
    assert.deepEqual(captain.read(0), nothingYet)
    captain.offer(1, 8)
    assert.deepEqual(captain.read(1), nothingYet)
  })

  it('keeps what was written before when the next does not fit', () => {
    const slate = new Slate(1)
    slate.write(0, partial('small', 'x'))
    slate.write(0, partial('large', 'x', 'ü'.repeat(40_000)))
    assert.equal(slate.read(0).stage, 'small')
  })

  it('has room for what is found at last, unless it is long', () => {
    const captain = new Slate(1)
    const worker = new Slate(1, captain.shared)
    const evidence = [fact('A', 'ü'), fact('B')]
    const rest = { authors: [], probability: 0.5, spentMs: { read: 1 }, incomplete: [] }
    captain.offer(0, 1)
    worker.begin(0, 1)
    worker.write(0, { stage: 'read', auth: unknownAuth, evidence: evidence.slice(0, 1) })
    assert.equal(captain.readAll(0), null)
    assert.equal(worker.finish(0, { auth: unknownAuth, evidence, ...rest }), true)
    assert.deepEqual(captain.readAll(0), { auth: unknownAuth, evidence, ...rest })
    captain.offer(0, 2)
    worker.begin(0, 2)
    assert.equal(worker.finish(0, { auth: unknownAuth, evidence: [fact('C', 'ü'.repeat(40_000))], ...rest }), false)
    assert.equal(captain.readAll(0), null)
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
