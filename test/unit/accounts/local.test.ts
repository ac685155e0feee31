// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createLocalDirectory } from '../../../src/accounts/local.ts'
import { type Address, parseAddress } from '../../../src/core/address.ts'
import { anAccount, listedAccounts } from './store.ts'

const accounts = listedAccounts(
  anAccount('alice@example.org', 'x', 'info@example.org', 'alice+work@example.org'),
  anAccount('bob@example.org', 'x', 'alice@example.net'),
)
const directory = createLocalDirectory({
  accounts,
  isOurs: (domain) => domain === 'example.org' || domain === 'example.net',
  recipientDelimiter: '+-',
  postmaster: 'bob@example.org',
})

function address(text: string): Address {
  const parsed = parseAddress(text)
  assert.ok(parsed)
  return parsed
}

describe('a local directory', () => {
  for (const [text, status, account] of [
    ['alice@example.org', 'exists', 'alice@example.org'],
    ['ALICE@Example.ORG', 'exists', 'alice@example.org'],
    ['info@example.org', 'exists', 'alice@example.org'],
    ['alice+lists@example.org', 'exists', 'alice@example.org'],
    ['alice-lists+x@example.org', 'exists', 'alice@example.org'],
    ['alice+work@example.org', 'exists', 'alice@example.org'],
    ['alice@example.net', 'exists', 'bob@example.org'],
    ['carol@example.org', 'unknown', null],
    ['carol+alice@example.org', 'unknown', null],
    ['+alice@example.org', 'unknown', null],
    ['bob@example.net', 'unknown', null],
    ['alice@example.com', 'not-ours', null],
    ['alice', 'not-ours', null],
    ['postmaster@example.net', 'exists', 'bob@example.org'],
    ['Postmaster', 'exists', 'bob@example.org'],
    ['postmaster@example.com', 'not-ours', null],
  ] as const) {
    it(`says ${status} of ${text}`, async () => {
      assert.equal(await directory.recipientStatus(address(text)), status)
      assert.equal(await directory.accountFor(address(text)), account)
    })
  }

  it('says later when the store fails', async () => {
    const broken = { ...accounts, byAddress: () => Promise.reject(new Error('disk')) }
    const failing = createLocalDirectory({
      accounts: broken,
      isOurs: () => true,
      recipientDelimiter: '',
      postmaster: null,
    })
    assert.equal(await failing.recipientStatus(address('a@example.org')), 'tempfail')
    await assert.rejects(failing.accountFor(address('a@example.org')))
  })

  it('knows who may send as an address', async () => {
    assert.deepEqual(await directory.ownersOf(address('info@example.org')), ['alice@example.org'])
    assert.deepEqual(await directory.ownersOf(address('bob+x@example.org')), ['bob@example.org'])
    assert.deepEqual(await directory.ownersOf(address('nobody@example.org')), [])
  })
})
