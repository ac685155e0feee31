// SPDX-License-Identifier: Apache-2.0
/** Configurations of Postfix with bytes changed, lines swapped, lines lost: an import gives a result or a UserError. */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { it } from 'node:test'
import { readConfig } from '../../src/config/load.ts'
import { UserError } from '../../src/core/failure.ts'
import { importPostfix } from '../../src/import/postfix.ts'

const root = join(import.meta.dirname, '../interop/import')
/** Mutations of each configuration. */
const rounds = 30

/** Numerical Recipes' generator: the same mutations in every run. */
function generator(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

const pieces = [
  '$',
  '${',
  '}',
  '{',
  ',',
  '=',
  '\n',
  '\n  ',
  '#',
  ':',
  '!',
  '/',
  '[',
  ']',
  '-o ',
  '::',
  '$$',
  '0',
  'é',
  '"',
  "'",
  '\\',
]

function mutated(text: string, next: (below: number) => number): string {
  const lines = text.split('\n')
  const at = next(lines.length)
  const line = lines[at] ?? ''
  const cut = next(line.length + 1)
  const piece = pieces[next(pieces.length)] ?? ''
  const [from, to] = [at, next(lines.length)]
  switch (next(4)) {
    case 0:
      return lines.toSpliced(at, 1).join('\n')
    case 1:
      return lines
        .with(from, lines[to] ?? '')
        .with(to, line)
        .join('\n')
    default:
      return lines.with(at, line.slice(0, cut) + piece + line.slice(cut + next(3))).join('\n')
  }
}

it('an import of mutated configurations never breaks, and what it writes is a config', () => {
  const next = generator(42)
  let refused = 0
  for (const name of readdirSync(root)) {
    const directory = join(root, name)
    const [main, master] = ['main.cf', 'master.cf'].map((file) => readFileSync(join(directory, file), 'utf8'))
    for (let round = 0; round < rounds; round++) {
      let [mainCf, masterCf] = [main ?? '', master ?? '']
      for (let i = next(6); i >= 0; i--) {
        mainCf = mutated(mainCf, next)
        if (next(3) === 0) masterCf = mutated(masterCf, next)
      }
      try {
        const { toml } = importPostfix({
          ...{ mainCf, masterCf, mainFile: 'main.cf', masterFile: 'master.cf', directory },
          ...{ hostname: 'host.example.org', dataDir: '/var/lib/postern' },
        })
        // Values may be wrong; the keys and the form are right.
        const { complaints } = readConfig(toml, 'postern.toml')
        assert.deepEqual(
          complaints.filter(({ text }) => text.startsWith('unknown setting')),
          [],
        )
      } catch (error) {
        if (!(error instanceof UserError)) throw new Error(`${name}:\n${mainCf}\n---\n${masterCf}`, { cause: error })
        assert.ok(
          error.complaints.every(({ file }) => file !== 'postern.toml'),
          error.message,
        )
        refused++
      }
    }
  }
  assert.ok(refused > 0)
})
