// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { checkPolicies, openPolicies } from '../../../src/app/policies.ts'
import { readConfig } from '../../../src/config/load.ts'
import { parseAddress } from '../../../src/core/address.ts'
import type { AuthReport } from '../../../src/core/auth.ts'
import type { Domain } from '../../../src/core/brand.ts'
import type { Examination } from '../../../src/core/examiner.ts'
import { printComplaint } from '../../../src/core/failure.ts'
import { noAuth } from '../../../src/pipeline/examine.ts'

function loadedWith(lists: string) {
  return readConfig(`[lists]\n${lists}`, 'postern.toml').loaded
}

function address(text: string) {
  const parsed = parseAddress(text)
  assert.ok(parsed !== null)
  return parsed
}

function examined(author: string, auth: Partial<AuthReport> = {}): Examination {
  const authors = [address(author)]
  return { auth: { ...noAuth, ...auth }, authors, evidence: [], probability: null, spentMs: {}, incomplete: [] }
}

const spfPass = { result: 'pass', domain: 'example.net' as Domain, because: '' } as const
const dmarcPass = { result: 'pass', policy: 'none', domain: 'example.net' as Domain } as const

describe('[lists]', () => {
  const friend = 'welcome = ["friend@example.net"]'
  const cases: readonly (readonly [string, string, Examination, 'welcome' | 'block' | null])[] = [
    ['welcomes a reverse-path that SPF proves', friend, examined('x@y.example', { spf: spfPass }), 'welcome'],
    ['does not welcome who only claims the name', friend, examined('friend@example.net'), null],
    ['welcomes an author that DMARC proves', friend, examined('friend@example.net', { dmarc: dmarcPass }), 'welcome'],
    ['blocks an author whether proven or not', 'block = ["example.com"]', examined('a@example.com'), 'block'],
    ['blocks the names below a domain', 'block = [".example.com"]', examined('a@b.example.com'), 'block'],
    ['says nothing about the others', 'block = ["example.com"]', examined('a@example.edu'), null],
  ]
  for (const [title, lists, examination, expected] of cases)
    it(title, () => {
      const { listing } = openPolicies(loadedWith(lists)).for([])
      assert.equal(listing(address('friend@example.net'), examination), expected)
    })

  it('complain about what can never be met', () =>
    assert.deepEqual(
      checkPolicies(loadedWith('welcome = [\n  "a b@example.org",\n  "ok@example.org",\n]')).map(printComplaint),
      [
        'postern.toml:3: "a b@example.org" is no address and no domain (write user@example.org, example.org, or .example.org for every name below it)',
      ],
    ))
})

describe('[policies]', () => {
  const complaintsOf = (text: string) => checkPolicies(readConfig(text, 'postern.toml').loaded).map(printComplaint)

  it('may be for an address, a domain and the names below one', () =>
    assert.deepEqual(
      complaintsOf(`[policies]
"anna@example.org" = { junk = 3, reject = false }
"example.org" = { mark = 2 }
".example.org" = { welcome = ["friend@example.net"] }`),
      [],
    ))

  const wrong: readonly (readonly [string, string, string])[] = [
    [
      'a name that nobody can have',
      '[policies."a b"]\njunk = 1',
      'postern.toml:2: "a b" is no address and no domain (write user@example.org, example.org, or .example.org for every name below it)',
    ],
    [
      'an entry of a list that can never be met',
      '[policies."example.org"]\nblock = ["not a name"]',
      'postern.toml:2: "not a name" is no address and no domain (write user@example.org, example.org, or .example.org for every name below it)',
    ],
    [
      'limits of which one hides the other, also where one is everybody’s',
      '[policies."example.org"]\njunk = 12',
      'postern.toml:2: policies."example.org".junk = 12 is above policies."example.org".quarantine = 10 (junk would never happen; false switches an action off)',
    ],
  ]
  for (const [title, text, complaint] of wrong)
    it(`complain about ${title}`, () => assert.deepEqual(complaintsOf(text), [complaint]))
})
