// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { complaintsAboutComposites, compositeSymbols, compositesOf } from '../../../src/app/composites.ts'
import { readConfig } from '../../../src/config/load.ts'
import { fact } from '../../../src/core/evidence.ts'
import { printComplaint } from '../../../src/core/failure.ts'
import { withComposites } from '../../../src/verdict/composites.ts'
import { spec } from './facts.ts'

const loadedWith = (text: string) => readConfig(text, 'postern.toml').loaded

const loaded = loadedWith(`[restrictions]
helo = ["score 2 BAD_HELO reject_invalid_helo_hostname"]
[score.composites.FORGED_BANK]
all = ["SPF_FAIL", "BRAND"]
any = ["BAYES_99", "BAD_HELO"]
none = ["DKIM_VALID"]
points = 4
describe = "a bank that is not one"
[score.composites.WORSE]
all = ["FORGED_BANK", "LINK"]
points = 2`)

describe('composites', () => {
  const table: readonly (readonly [string, readonly string[], readonly string[]])[] = [
    ['need all of all and one of any', ['SPF_FAIL', 'BRAND', 'BAD_HELO'], ['FORGED_BANK']],
    ['are not there where one of all is missing', ['SPF_FAIL', 'BAYES_99'], []],
    ['are not there where all of any are missing', ['SPF_FAIL', 'BRAND'], []],
    ['are not there where one of none is', ['SPF_FAIL', 'BRAND', 'BAYES_99', 'DKIM_VALID'], []],
    ['may build on one another', ['SPF_FAIL', 'BRAND', 'BAYES_99', 'LINK'], ['FORGED_BANK', 'WORSE']],
  ]
  for (const [title, symbols, made] of table)
    it(title, () => {
      const evidence = symbols.map((symbol) => fact(symbol))
      const all = withComposites(evidence, compositesOf(loaded)).map(({ symbol }) => symbol)
      assert.deepEqual(all, [...symbols, ...made])
    })

  it('name what made them', () => {
    const evidence = ['SPF_FAIL', 'BRAND', 'BAYES_99'].map((symbol) => fact(symbol))
    assert.deepEqual(withComposites(evidence, compositesOf(loaded)).at(-1)?.details, ['SPF_FAIL, BRAND, BAYES_99'])
  })

  it('are symbols with a price and a place', () =>
    assert.deepEqual(compositeSymbols(loaded)[0], {
      name: 'FORGED_BANK',
      group: 'composites',
      points: 4,
      describes: 'a bank that is not one',
      source: 'postern.toml:4',
    }))
})

describe('check of composites', () => {
  const symbols = ['SPF_FAIL', 'BRAND', 'BAYES_99', 'DKIM_VALID', 'LINK'].map((name) => spec(name, 1))
  const complaintsOf = (text: string) => complaintsAboutComposites(loadedWith(text), symbols).map(printComplaint)

  it('finds nothing wrong with what can be met', () => assert.deepEqual(complaintsAboutComposites(loaded, symbols), []))

  const wrong: readonly (readonly [string, string, string])[] = [
    [
      'an unknown symbol',
      'all = ["SPF_FIAL"]',
      'postern.toml:2: X: no symbol SPF_FIAL before it (did you mean SPF_FAIL?)',
    ],
    ['nothing to go by', 'none = ["LINK"]', 'postern.toml:2: X: needs a symbol in "all" or in "any"'],
  ]
  for (const [title, text, complaint] of wrong)
    it(`complains about ${title}`, () => assert.deepEqual(complaintsOf(`[score.composites.X]\n${text}`), [complaint]))

  it('complains about a name that is taken', () =>
    assert.deepEqual(complaintsOf('[score.composites.LINK]\nall = ["SPF_FAIL"]'), [
      'postern.toml:2: LINK: is the name of another symbol already',
    ]))
})
