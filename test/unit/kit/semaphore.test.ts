// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Semaphore } from '../../../src/kit/semaphore.ts'

describe('Semaphore', () => {
  it('lets so many in, and the next in the order they came', async () => {
    const semaphore = new Semaphore(1)
    const first = await semaphore.acquire()
    const order: number[] = []
    const waiting = [1, 2].map(async (n) => {
      using _permit = await semaphore.acquire()
      order.push(n)
    })
    assert.equal(semaphore.waiting, 2)
    first[Symbol.dispose]()
    first[Symbol.dispose]()
    await Promise.all(waiting)
    assert.deepEqual(order, [1, 2])
    assert.equal(semaphore.taken, 0)
  })

  it('forgets a waiter that gives up', async () => {
    const semaphore = new Semaphore(1)
    const permit = await semaphore.acquire()
    const gone = new AbortController()
    const waiting = semaphore.acquire(gone.signal)
    gone.abort(new Error('enough'))
    await assert.rejects(waiting, /enough/)
    permit[Symbol.dispose]()
    assert.equal(semaphore.taken, 0)
  })
})
