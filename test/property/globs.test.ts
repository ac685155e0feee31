// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { AddressGlobs, matchesGlob } from '../../src/rules/globs.ts'

const pieces = (...of: string[]) => fc.array(fc.constantFrom(...of), { maxLength: 6 }).map((all) => all.join(''))
const glob = fc
  .tuple(fc.constantFrom('', '*@', '*@*.'), pieces('a', 'B', '@', '.', '*', '?'))
  .map((all) => all.join(''))
const address = pieces('a', 'b', 'A', '@', '.', 'a@b')

test('many globs match whatever one of them matches, in whichever list each is kept', () => {
  let matched = 0
  const check = fc.property(fc.array(glob, { minLength: 1, maxLength: 3 }), address, (globs, text) => {
    const list = new AddressGlobs()
    list.add(globs)
    const expected = globs.some((one) => matchesGlob(one.toLowerCase(), text.toLowerCase()))
    assert.equal(list.match(text), expected)
    if (expected) matched++
    for (const one of globs) list.delete(one)
    assert.equal(list.size, 0)
    assert.equal(list.match(text), false)
  })
  fc.assert(check, { numRuns: 3000 })
  assert.ok(matched > 200)
})
