// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Address } from '../../../src/core/address.ts'
import type { AuthReport } from '../../../src/core/auth.ts'
import type { Domain, SymbolName } from '../../../src/core/brand.ts'
import { printComplaint } from '../../../src/core/failure.ts'
import { claimedNames, createLists, provenNames } from '../../../src/verdict/lists.ts'
import { createScoreBook } from '../../../src/verdict/scorebook.ts'
import { actionFor, checkThresholds, requiredScore } from '../../../src/verdict/thresholds.ts'
import { limits, spec } from './facts.ts'

describe('the score book', () => {
  const specs = [spec('URL_SHORT', 1), spec('URL_LONG', 2), spec('URL_SHORT', 3, 'local')]
  it('prefers the operator to the author, and the later author to the earlier', () => {
    const overrides = [{ symbol: 'URL_LONG', points: 0.5, file: 'postern.toml', line: 9 }]
    const { book, complaints } = createScoreBook({ specs, overrides, ceilings: { local: 4 } })
    assert.deepEqual(complaints, [])
    assert.deepEqual(
      book.list().map((s) => [s.name, s.points, s.source]),
      [
        ['URL_LONG', 0.5, 'rules.cf:1'],
        ['URL_SHORT', 3, 'local.cf:1'],
      ],
    )
    assert.equal(book.ceilingOf(book.groupOf('URL_SHORT' as SymbolName)), 4)
    assert.equal(book.pointsFor('OTHER' as SymbolName), 0)
  })
  it('complains about prices for what nobody says, with the nearest name', () => {
    const overrides = [{ symbol: 'URL_SHROT', points: 1, file: 'postern.toml', line: 9 }]
    const { complaints } = createScoreBook({ specs, overrides, ceilings: { rule: 1 } })
    assert.deepEqual(complaints.map(printComplaint), [
      'postern.toml:9: no symbol URL_SHROT (did you mean URL_SHORT?)',
      'score.ceilings: no group rule (did you mean rules?)',
    ])
  })
})

describe('thresholds', () => {
  for (const [score, expected] of [
    [-5, 'accept'],
    [3.9, 'accept'],
    [4, 'mark'],
    [6, 'junk'],
    [14.99, 'quarantine'],
    [15, 'reject'],
  ] as const) {
    it(`${score} points ${expected}`, () => assert.equal(actionFor(score, limits), expected))
  }
  it('an action that is off is passed over', () => {
    assert.equal(actionFor(20, { ...limits, reject: null }), 'quarantine')
    assert.equal(requiredScore({ ...limits, mark: null }), 6)
  })
  it('complain about an action that could never be', () => {
    assert.deepEqual(checkThresholds(limits, 'postern.toml'), [])
    const [complaint] = checkThresholds({ ...limits, junk: 12 }, 'postern.toml')
    assert.match(complaint?.text ?? '', /score\.junk = 12 is above score\.quarantine = 10/)
  })
})

describe('welcome and block lists', () => {
  const lists = createLists({
    welcome: ['friend@example.com', 'example.net', '.example.org'],
    block: ['Example.COM', 'bad@example.net', '.sub.example.org', 'equal.example'],
  })
  for (const [title, proven, claimed, expected] of [
    ['a proven friend is welcome though his domain is blocked', ['friend@example.com'], [], 'welcome'],
    ['a claimed friend is not', [], ['friend@example.com'], 'block'],
    ['a proven domain is welcome', ['example.net'], [], 'welcome'],
    ['an address in a proven domain is welcome', ['any@example.net'], [], 'welcome'],
    ['one address of a welcome domain is blocked', ['bad@example.net'], [], 'block'],
    ['a name below a parent', ['a@mail.example.org'], [], 'welcome'],
    ['the parent itself is not below it', ['a@example.org'], [], null],
    ['the nearer parent wins', ['a@x.sub.example.org'], [], 'block'],
    ['nobody knows a stranger', ['a@b.example'], ['c@d.example'], null],
    ['no names at all', [], [], null],
  ] as const) {
    it(title, () => assert.equal(lists(proven, claimed), expected))
  }

  const address = (localPart: string, domain: string): Address => ({ localPart, domain: domain as Domain })
  const report = (spf: 'pass' | 'fail', dmarc: 'pass' | 'fail'): AuthReport => ({
    spf: { result: spf, domain: 'bounce.example' as Domain, because: '' },
    dkim: [
      { result: 'pass', domain: 'signer.example' as Domain, selector: 's', aligned: false },
      { result: 'fail', domain: 'forger.example' as Domain, selector: 's', aligned: false },
    ],
    arc: { result: 'none', sealers: [] },
    dmarc: { result: dmarc, policy: 'reject', domain: 'author.example' as Domain },
    header: '',
  })
  const claims = {
    reversePath: address('B', 'bounce.example'),
    authors: [address('a', 'author.example'), address('x', 'other.example')],
  }
  it('take as proven what SPF, DKIM and DMARC prove, each for its own name', () => {
    assert.deepEqual(provenNames(report('pass', 'pass'), claims), [
      'b@bounce.example',
      'signer.example',
      'a@author.example',
    ])
    assert.deepEqual(provenNames(report('fail', 'fail'), claims), ['signer.example'])
    assert.deepEqual(claimedNames(claims), ['b@bounce.example', 'a@author.example', 'x@other.example'])
  })
})
