// SPDX-License-Identifier: Apache-2.0
/** What the program can do and what its pages say are the same. */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, it } from 'node:test'
import { referencePages } from '../docs/reference.ts'
import { restrictionGroups } from '../docs/restriction-notes.ts'
import { checkAll } from '../src/app/check.ts'
import { readConfig } from '../src/config/load.ts'
import { catalogue } from '../src/metrics/catalogue.ts'
import { catalogue as restrictions, scoreInstead, warnIfReject } from '../src/restrictions/catalogue.ts'

const root = join(import.meta.dirname, '..')
const read = (path: string): string => readFileSync(join(root, path), 'utf8')
const filesIn = (folder: string, ending: string): string[] =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith(ending))
    .map((name) => join(folder, name))

describe('the reference pages', () => {
  for (const [name, text] of referencePages())
    it(`${name} is as \`npm run docs\` makes it`, () => assert.equal(read(`docs/reference/${name}`), text))

  it('are all made', () =>
    assert.deepEqual(readdirSync(join(root, 'docs/reference')).sort(), [...referencePages().keys()].sort()))
})

describe('metrics', () => {
  const known = new Set(Object.keys(catalogue))
  const named = (text: string): string[] =>
    [...text.matchAll(/\bpostern_[a-z0-9_]+/g)].map(([name]) => name.replace(/_(?:bucket|sum|count)$/, ''))

  it('that the code counts are in the catalogue', () => {
    const unknown = filesIn('src', '.ts').flatMap((file) =>
      [...read(file).matchAll(/\.(?:count|observe|gauge)\(\s*'(postern_[a-z0-9_]+)'/g)]
        .map(([, name = '']) => name)
        .filter((name) => !known.has(name)),
    )
    assert.deepEqual(unknown, [])
  })

  it('of the catalogue are counted somewhere', () => {
    const sources = filesIn('src', '.ts').filter((file) => !file.endsWith('metrics/catalogue.ts'))
    const counted = new Set(sources.flatMap((file) => named(read(file))))
    assert.deepEqual(
      [...known].filter((name) => !counted.has(name)),
      [],
    )
  })

  for (const page of ['docs/operate/monitoring.md', 'deploy/prometheus-alerts.yml'])
    it(`that ${page} speaks of exist`, () =>
      assert.deepEqual(
        named(read(page)).filter((name) => !known.has(name)),
        [],
      ))
})

describe('restrictions', () => {
  const described = restrictionGroups.flatMap(({ notes }) => Object.keys(notes))

  it('are described, each once, and nothing else is', () =>
    assert.deepEqual(described.toSorted(), [...restrictions.keys(), scoreInstead, warnIfReject].sort()))
})

describe('the examples', () => {
  for (const file of filesIn('examples', '.toml'))
    it(`${file} passes postern check`, async () => assert.deepEqual(await checkAll(read(file), file), []))

  for (const file of ['README.md', ...filesIn('docs', '.md'), ...filesIn('examples', '.md')]) {
    const blocks = [...read(file).matchAll(/^```toml\n(.*?)^```/gms)].map(([, text]) => text ?? '')
    for (const [i, text] of blocks.entries())
      it(`the config ${i + 1} in ${file} has no complaints`, () =>
        assert.deepEqual(readConfig(text, file).complaints, []))
  }
})

describe('the pages', () => {
  for (const page of [
    'README.md',
    'CONTRIBUTING.md',
    'SECURITY.md',
    'src/README.md',
    'bench/README.md',
    ...filesIn('docs', '.md'),
  ])
    it(`${page} links to files that are there`, () => {
      const links = [...read(page).matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)(?:#[^)]*)?\)/g)].map(
        ([, to]) => to ?? '',
      )
      const missing = links.filter((to) => !exists(join(dirname(page), to)))
      assert.deepEqual(missing, [])
    })

  it('docs/rfc/index.tsv names rooms that are there, and a status that is known', () => {
    const rows = read('docs/rfc/index.tsv')
      .trimEnd()
      .split('\n')
      .slice(1)
      .map((line) => line.split('\t'))
    const bad = rows.filter(
      ([rfc = '', status = '', room = '']) =>
        !/^\d{3,5}$/.test(rfc) ||
        !['yes', 'partial', 'no'].includes(status) ||
        (status !== 'no' && room.split(' ').some((name) => !exists(join('src', name)))),
    )
    assert.deepEqual(bad, [])
  })

  it('docs/rfc/index.tsv knows every RFC that the code refers to', () => {
    const known = new Set(read('docs/rfc/index.tsv').match(/^\d+/gm))
    const cited = filesIn('src', '.ts').flatMap((file) =>
      [...read(file).matchAll(/\bRFC (\d{3,5})\b/g)].map(([, n = '']) => n),
    )
    assert.deepEqual([...new Set(cited)].filter((n) => !known.has(n)).sort(), [])
  })
})

function exists(path: string): boolean {
  try {
    readFileSync(join(root, path))
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EISDIR'
  }
}
