// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { parseAddress } from '../../../src/core/address.ts'
import type { Thresholds } from '../../../src/core/verdict.ts'
import { createPolicies, type PolicyEntry } from '../../../src/verdict/policies.ts'
import { limits } from './facts.ts'

const none = { welcome: [], block: [] }
const address = (text: string) => parseAddress(text) ?? undefined

const policyFor = createPolicies({
  limits,
  lists: { welcome: ['everybody.example'], block: ['shop.example'] },
  entries: new Map<string, PolicyEntry>([
    ['example.org', { ...none, junk: 5, reject: null }],
    ['anna@example.org', { ...none, junk: 3, welcome: ['shop.example'] }],
    ['.example.org', { ...none, quarantine: 8 }],
    ['deep.sub.example.org', { ...none, mark: 1 }],
    ['example.net', { ...none, block: ['news.example'] }],
  ]),
  delimiter: '+',
})

describe('limits', () => {
  const table: readonly (readonly [string, string, Thresholds])[] = [
    ['are everybody’s where nothing is written', 'x@example.com', limits],
    ['are the domain’s, and everybody’s where it says nothing', 'x@example.org', { ...limits, junk: 5, reject: null }],
    ['are the address’s before the domain’s', 'anna@example.org', { ...limits, junk: 3, reject: null }],
    ['do not mind letter case', 'Anna@EXAMPLE.org', { ...limits, junk: 3, reject: null }],
    ['do not mind an extension', 'anna+shop@example.org', { ...limits, junk: 3, reject: null }],
    ['of ".domain" are for the names below it', 'x@sub.example.org', { ...limits, quarantine: 8 }],
    ['are put together from all that apply', 'x@deep.sub.example.org', { ...limits, mark: 1, quarantine: 8 }],
  ]
  for (const [title, recipient, expected] of table)
    it(title, () => assert.deepEqual(policyFor(address(recipient)).limits, expected))

  it('are everybody’s for a message without recipients', () => assert.deepEqual(policyFor(undefined).limits, limits))
})

describe('lists', () => {
  const table: readonly (readonly [string, string, string, 'welcome' | 'block' | null])[] = [
    ['of everybody count for all', 'x@example.org', 'shop.example', 'block'],
    ['of an address are asked first', 'anna@example.org', 'shop.example', 'welcome'],
    ['of a domain are for that domain', 'x@example.net', 'news.example', 'block'],
    ['of a domain say nothing elsewhere', 'x@example.org', 'news.example', null],
    ['of everybody are asked where nearer ones are silent', 'anna@example.org', 'everybody.example', 'welcome'],
  ]
  for (const [title, recipient, sender, expected] of table)
    it(title, () => assert.equal(policyFor(address(recipient)).listing([sender], [sender]), expected))
})

it('recipients under the same entries are judged together', () => {
  const of = (text: string) => policyFor(address(text))
  assert.equal(of('a@example.com'), of('b@example.edu'))
  assert.equal(of('a@example.org'), of('b@example.org'))
  assert.equal(of('anna@example.org'), of('anna+x@example.org'))
  assert.notEqual(of('anna@example.org'), of('b@example.org'))
})
