// SPDX-License-Identifier: Apache-2.0
/** Every rule of ours that scores has a description, a price, a mail that it hits and a near miss. */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { openMessage } from '../../src/message/open.ts'
import { compileRules } from '../../src/rules/compile.ts'
import { emptyBook, finishBook, parseRules } from '../../src/rules/parse.ts'
import { runRules } from '../../src/rules/run.ts'
import { readCases } from '../support/rule-cases.ts'

const rulesFolder = join(import.meta.dirname, '../../rules')
const folder = join(import.meta.dirname, 'rules')
const book = emptyBook()
for (const name of readdirSync(rulesFolder).sort())
  if (name.endsWith('.cf')) parseRules(readFileSync(join(rulesFolder, name), 'latin1'), name, book, () => undefined)
finishBook(book)
const rules = compileRules(book, 3)
const scoring = [...book.rules.keys()].filter((name) => !name.startsWith('__'))
const topics = readdirSync(folder).map((name) => ({ name, cases: readCases(join(folder, name)) }))
const cases = topics.flatMap((topic) => topic.cases)

describe('rules that score', () => {
  const without = (has: (name: string) => boolean): string[] => scoring.filter((name) => !has(name))
  const told = (isHit: boolean) => new Set(cases.filter((one) => one.isHit === isHit).flatMap((one) => one.rules))

  it('are at least 150', () => assert.ok(scoring.length >= 150, `${scoring.length}`))
  it('say what they mean', () =>
    assert.deepEqual(
      without((name) => book.describes.has(name)),
      [],
    ))
  it('have a price', () =>
    assert.deepEqual(
      without((name) => book.scores.has(name)),
      [],
    ))
  it('have a story that they hit', () =>
    assert.deepEqual(
      without((name) => told(true).has(name)),
      [],
    ))
  it('have a story that they just miss', () =>
    assert.deepEqual(
      without((name) => told(false).has(name)),
      [],
    ))
  it('are those that the stories are about', () =>
    assert.deepEqual(
      cases.flatMap((one) =>
        one.rules.filter((name) => !scoring.includes(name)).map((name) => `${one.place}: ${name}`),
      ),
      [],
    ))
})

for (const { name, cases: told } of topics) {
  describe(`stories of rules, ${name}`, () => {
    for (const { place, rules: names, isHit, mail, facts } of told) {
      const where = place.slice(folder.length + 1)
      it(`${names.join(' ')} ${isHit ? 'hits' : 'just misses'} at ${where}`, () => {
        const found = new Set(runRules(rules, openMessage(mail), facts).map(({ symbol }) => symbol as string))
        const wrong = names.filter((one) => found.has(one) !== isHit)
        assert.deepEqual(wrong, [], `${place}: found ${[...found].join(' ')} in\n${mail.toString('utf8')}`)
      })
    }
  })
}
