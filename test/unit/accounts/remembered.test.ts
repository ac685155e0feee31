// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict'
import { it } from 'node:test'
import { rememberedAccounts } from '../../../src/accounts/remembered.ts'
import type { AccountRecord } from '../../../src/core/stores.ts'
import { anAccount, handClock } from './store.ts'

it('asks again for an account after its time, and at once for one that was not found', async () => {
  const there = new Map<string, AccountRecord>()
  const asked: string[] = []
  const look = async (key: string) => {
    asked.push(key)
    return there.get(key) ?? null
  }
  const clock = handClock()
  const accounts = rememberedAccounts({ byAddress: look, byName: look }, clock)
  assert.equal(await accounts.byAddress('a@b.example'), null)
  there.set('a@b.example', anAccount('a@b.example', 'hash'))
  assert.equal((await accounts.byAddress('a@b.example'))?.name, 'a@b.example')
  there.clear()
  assert.equal((await accounts.byAddress('a@b.example'))?.name, 'a@b.example')
  assert.equal(asked.length, 2)
  clock.time += 5000
  assert.equal(await accounts.byAddress('a@b.example'), null)
})
