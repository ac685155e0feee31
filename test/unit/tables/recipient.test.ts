// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { parseAddress } from '../../../src/core/address.ts'
import { searchRecipient } from '../../../src/tables/recipient.ts'
import { missing, type Table } from '../../../src/tables/table.ts'

function aTable(keys: readonly string[], wholeKeysOnly = false): Table {
  const found = { kind: 'found', value: 'x', place: 'test' } as const
  return { spec: 'test', wholeKeysOnly, find: (key) => (keys.includes(key) ? found : missing) }
}

describe('searchRecipient', () => {
  const cases: readonly (readonly [string, readonly Table[], string])[] = [
    ['knows an address', [aTable(['a@example.org'])], 'found'],
    ['knows it without its extension', [aTable(['a+b@example.org']), aTable(['a@example.org'])], 'found'],
    ['knows everybody of a domain by "@domain"', [aTable(['@example.org'])], 'found'],
    ['asks the second table', [aTable([]), aTable(['a@example.org'])], 'found'],
    ['does not know who is in no table', [aTable(['b@example.org'])], 'missing'],
    ['shows patterns the whole address alone', [aTable(['@example.org'], true)], 'missing'],
    [
      'takes a table that cannot be asked for no answer',
      [{ ...aTable([]), find: () => ({ kind: 'failed', because: 'x' }) }],
      'failed',
    ],
  ]
  for (const [title, tables, expected] of cases)
    it(title, async () => {
      const address = parseAddress('a+tag@example.org')
      assert.ok(address !== null)
      assert.equal((await searchRecipient(tables, address, '+', false)).kind, expected)
    })

  it('knows a local user by name alone, and no other', async () => {
    const address = parseAddress('a+tag@example.org')
    assert.ok(address !== null)
    assert.equal((await searchRecipient([aTable(['a'])], address, '+', true)).kind, 'found')
    assert.equal((await searchRecipient([aTable(['a'])], address, '+', false)).kind, 'missing')
  })
})
