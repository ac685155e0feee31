// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Steps } from '../../../src/kit/steps.ts'
import { Lockstep } from '../../../src/workers/lockstep.ts'

/** Tells each step as it is taken. */
function* counted(name: string, steps: number, told: string[]): Steps<string> {
  for (let step = 1; step < steps; step++) {
    told.push(`${name}${step}`)
    yield
  }
  told.push(`${name}${steps}`)
  return name
}

describe('Lockstep', () => {
  it('takes each step of all that wait before the next of any', async () => {
    const told: string[] = []
    const turns: string[] = []
    const lockstep = new Lockstep(() => told.push('walk'))
    const run = (name: string, steps: number, bytes: number) =>
      lockstep.run(counted(name, steps, told), bytes, () => turns.push(name))
    assert.deepEqual(await Promise.all([run('a', 2, 1), run('b', 3, 1), run('c', 1, 1)]), ['a', 'b', 'c'])
    assert.deepEqual(told, ['walk', 'a1', 'b1', 'c1', 'a2', 'b2', 'b3'])
    assert.deepEqual(turns, ['a', 'b', 'c', 'a', 'b', 'b'])
  })

  it('takes a large message by itself', async () => {
    const told: string[] = []
    const lockstep = new Lockstep(() => told.push('walk'))
    const run = (name: string, bytes: number) => lockstep.run(counted(name, 2, told), bytes, () => undefined)
    await Promise.all([run('a', 1), run('b', 1 << 18), run('c', 1)])
    assert.deepEqual(told, ['walk', 'a1', 'a2', 'walk', 'b1', 'b2', 'walk', 'c1', 'c2'])
  })

  it('rejects with what a step throws; the others go on', async () => {
    const lockstep = new Lockstep(() => undefined)
    // biome-ignore lint/correctness/useYield: it throws before
    const broken = (function* (): Steps<never> {
      throw new Error('odd')
    })()
    const [bad, good] = await Promise.allSettled([
      lockstep.run(broken, 1, () => undefined),
      lockstep.run(counted('a', 2, []), 1, () => undefined),
    ])
    assert.deepEqual([bad.status, good.status], ['rejected', 'fulfilled'])
  })

  it('takes fewer together where each takes long', async () => {
    let walks = 0
    const lockstep = new Lockstep(() => walks++)
    const slow = function* (): Steps<void> {
      const until = performance.now() + 60
      while (performance.now() < until);
      yield
    }
    await lockstep.run(slow(), 1, () => undefined)
    await Promise.all([1, 2, 3].map(() => lockstep.run(slow(), 1, () => undefined)))
    assert.equal(walks, 4)
  })
})
