// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Disposal } from '../../../src/kit/disposal.ts'

describe('Disposal', () => {
  it('closes the last opened first, and tells of those that fail or dawdle', async () => {
    const order: string[] = []
    const troubles: string[] = []
    {
      await using disposal = new Disposal(({ name }) => void troubles.push(name))
      disposal.defer('first', 50, () => void order.push('first'))
      disposal.defer('bad', 50, () => Promise.reject(new Error('no')))
      disposal.defer('slow', 5, () => new Promise<void>(() => undefined))
      disposal.defer('last', 50, () => void order.push('last'))
    }
    assert.deepEqual(
      [order, troubles],
      [
        ['last', 'first'],
        ['slow', 'bad'],
      ],
    )
  })
})
