// SPDX-License-Identifier: Apache-2.0
/** The house is as its plan says: rooms, their order, and what every file keeps to. */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { describe, it } from 'node:test'
import { stages } from '../src/pipeline/stages.ts'

const root = join(import.meta.dirname, '..')
const src = join(root, 'src')
const maxLines = 300

const read = (path: string): string => readFileSync(join(root, path), 'utf8')

/** Paths of all files of src/, from the root of the repository. */
const files = readdirSync(src, { withFileTypes: true, recursive: true })
  .filter((entry) => entry.isFile())
  .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
  .sort()
const code = files.filter((file) => file.endsWith('.ts'))

const rooms = readdirSync(src, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name)
  .sort()

/** The rooms that a page has a heading for, in its order. */
function headings(page: string, depth: string): string[] {
  return [...read(page).matchAll(/^(#+) ([a-z]+)\/$/gm)]
    .filter(([, hashes]) => hashes === depth)
    .map(([, , room]) => room ?? '')
}

describe('the rooms', () => {
  const listed = headings('src/README.md', '##')

  it('of src/ and of src/README.md are the same', () => assert.deepEqual(listed.toSorted(), rooms))

  it('have one section each in docs/ARCHITECTURE.md, in the same order', () =>
    assert.deepEqual(headings('docs/ARCHITECTURE.md', '###'), listed))

  it('of the stages come in the order of the way', () => {
    const onTheWay = [...new Set(stages.map((stage) => stage.room))]
    assert.deepEqual(
      listed.filter((room) => onTheWay.includes(room)),
      onTheWay,
    )
  })
})

describe('every file of src/', () => {
  const offenders = (among: readonly string[], is: (file: string) => boolean) => among.filter(is)

  it('is code, apart from README.md', () =>
    assert.deepEqual(
      files.filter((file) => !file.endsWith('.ts')),
      ['src/README.md'],
    ))

  it(`has at most ${maxLines} lines`, () => {
    const lines = (file: string) => read(file).trimEnd().split('\n').length
    const tooLong = code.filter((file) => lines(file) > maxLines)
    assert.deepEqual(tooLong, [])
  })

  it('names its licence first', () => {
    const first = (file: string) =>
      read(file)
        .replace(/^#!.*\n/, '')
        .split('\n', 1)[0]
    assert.deepEqual(
      offenders(code, (file) => first(file) !== '// SPDX-License-Identifier: Apache-2.0'),
      [],
    )
  })

  it('has a name in kebab-case', () =>
    assert.deepEqual(
      offenders(code, (file) => !/^[a-z0-9]+(-[a-z0-9]+)*(\.d)?\.ts$/.test(basename(file))),
      [],
    ))

  it('is no barrel', () =>
    assert.deepEqual(
      offenders(code, (file) => basename(file) === 'index.ts' || /^export \* from /m.test(read(file))),
      [],
    ))

  it('lets neither the compiler nor the linter look away from any or !', () =>
    assert.deepEqual(
      offenders(code, (file) =>
        /@ts-(?:ignore|nocheck|expect-error)|biome-ignore.*(?:noExplicitAny|noNonNullAssertion)/.test(read(file)),
      ),
      [],
    ))
})
