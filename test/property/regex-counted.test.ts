// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { runCounted } from '../../src/kit/regex-counted.ts'
import { parseRegex } from '../../src/kit/regex-parse.ts'
import { printRegex } from '../../src/kit/regex-print.ts'
import { compileProgram } from '../../src/kit/regex-program.ts'
import { syntaxOf } from '../../src/rules/pattern.ts'

const pieces = [
  ...['a', 'b', '.', '[ab]', '[^a]'].flatMap((unit) =>
    ['', '?', '*', '+', '*?', '+?', '{2}', '{1,3}', '{0,2}?', '{2,}'].map((count) => unit + count),
  ),
  ...['\\b', '^', '$', '(?=b)', '(?!ab)', '(?<!a)', '(?=.{1,9}^b)', '(?:a|bb)', '(?:[ab]-)+'],
  ...['[^-]{0,64}', '[^a]{2,70}?', '.{64,}', '(?:[^\\n]+\\n+)*', '\\b[^-]*\\b'],
]
const few = fc.array(fc.constantFrom(...pieces), { maxLength: 1 }).map((chosen) => chosen.join(''))
const some = fc.array(fc.constantFrom(...pieces), { minLength: 1, maxLength: 2 }).map((chosen) => chosen.join(''))
/** A group that always takes part, and perhaps a reference to it. */
const pattern = fc
  .tuple(few, some, few, fc.constantFrom('', '\\1', '\\1+', '(?=.*\\1)'), few)
  .map(([before, inside, between, reference, after]) => `${before}(${inside})${between}${reference}${after}`)
const short = fc.string({ unit: fc.constantFrom('a', 'b', 'A', 'B', '-', '\n'), maxLength: 30 })
const text = fc.oneof({ weight: 4, arbitrary: short }, { weight: 1, arbitrary: short.map((some) => some.repeat(6)) })

test('the matcher that counts its steps finds what the platform finds, with its groups', () => {
  let matched = 0
  const check = fc.property(
    pattern,
    fc.constantFrom('', 'm', 's', 'ms', 'i', 'ims'),
    text,
    (source, flags, subject) => {
      const { root, groups } = parseRegex(source, syntaxOf(flags))
      const program = compileProgram(root, 'counted')
      assert.ok(typeof program !== 'string')
      const found = runCounted(program, subject, groups, { from: 0, maxSteps: 10_000_000 })
      const printed = printRegex(root, true)
      const match = new RegExp(printed.source, `d${printed.flags}`).exec(subject)
      if (match !== null) matched++
      const expected = match === null ? null : [match.indices?.[0], match.indices?.[printed.groups[1] ?? 0]].flat()
      assert.deepEqual(found.kind === 'found' ? found.slots : null, expected)
    },
  )
  fc.assert(check, { numRuns: 3000 })
  assert.ok(matched > 300)
})
