// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { checkLists, openLists } from '../../../src/app/lists.ts'
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
  const cases: readonly (readonly [string, string, Examination, ReturnType<ReturnType<typeof openLists>>])[] = [
    ['welcomes a reverse-path that SPF proves', friend, examined('x@y.example', { spf: spfPass }), 'welcome'],
    ['does not welcome who only claims the name', friend, examined('friend@example.net'), null],
    ['welcomes an author that DMARC proves', friend, examined('friend@example.net', { dmarc: dmarcPass }), 'welcome'],
    ['blocks an author whether proven or not', 'block = ["example.com"]', examined('a@example.com'), 'block'],
    ['blocks the names below a domain', 'block = [".example.com"]', examined('a@b.example.com'), 'block'],
    ['says nothing about the others', 'block = ["example.com"]', examined('a@example.edu'), null],
  ]
  for (const [title, lists, examination, expected] of cases)
    it(title, () => assert.equal(openLists(loadedWith(lists))(address('friend@example.net'), examination), expected))

  it('complain about what can never be met', () =>
    assert.deepEqual(
      checkLists(loadedWith('welcome = [\n  "a b@example.org",\n  "ok@example.org",\n]')).map(printComplaint),
      [
        'postern.toml:3: "a b@example.org" is no address and no domain (write user@example.org, example.org, or .example.org for every name below it)',
      ],
    ))
})
