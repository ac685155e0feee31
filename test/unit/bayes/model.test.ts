// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { probabilityOf, score } from '../../../src/bayes/classify.ts'
import { makeSums } from '../../../src/bayes/gather.ts'
import { decodeModel, encodeModel, readModel, writeModel } from '../../../src/bayes/model.ts'
import { emptyTable, localUnit } from '../../../src/bayes/table.ts'
import { learnFeatures } from '../../../src/bayes/update.ts'
import { UserError } from '../../../src/core/failure.ts'

const folder = mkdtempSync(join(tmpdir(), 'postern-model-'))
after(() => rmSync(folder, { recursive: true, force: true }))
const facts = { base: '', trained: { ham: 1, spam: 1 }, sequence: 2 }
const spam = Uint32Array.of(10, 20, 30, 0x40000001)
const ham = Uint32Array.of(11, 21, 30, 0x40000002)

function taught() {
  const table = emptyTable(9)
  const sums = makeSums()
  learnFeatures(table, spam, true, localUnit, sums)
  learnFeatures(table, ham, false, localUnit, sums)
  return table
}

test('an empty model says one half', () => {
  const table = emptyTable(9)
  assert.equal(probabilityOf(table, score(table, spam, makeSums())), 0.5)
})

test('two messages are enough to tell them apart', () => {
  const table = taught()
  const p = (features: Uint32Array) => probabilityOf(table, score(table, features, makeSums()))
  assert.ok(p(spam) > 0.8, String(p(spam)))
  assert.ok(p(ham) < 0.2, String(p(ham)))
})

test('an exact model file gives back every bit, a compact one nearly', async () => {
  const table = taught()
  const path = join(folder, 'a.model')
  await writeModel(path, table, facts, 'exact')
  const read = readModel(path)
  assert.deepEqual(Buffer.from(read.table.buffer).equals(Buffer.from(table.buffer)), true)
  assert.deepEqual(read.head.trained, facts.trained)
  const compact = decodeModel('b', encodeModel(table, facts, 'compact')).table
  const sums = makeSums()
  assert.ok(Math.abs(score(compact, spam, sums) - score(table, spam, sums)) < 0.01)
})

const good = () => encodeModel(taught(), facts, 'exact')
const broken: readonly (readonly [string, () => Buffer, RegExp])[] = [
  ['an empty file', () => Buffer.alloc(0), /is not a Postern model/],
  ['some other file', () => Buffer.from('From: a@b.example\r\n\r\nhello world\r\n'), /is not a Postern model/],
  ['a cut file', () => good().subarray(0, -3), /broken model: its checksum/],
  ['a cut head', () => good().subarray(0, 40), /broken model: its head is cut short/],
  ['a changed byte', () => flip(good()), /broken model: its checksum/],
  ['a head that is not JSON', () => overwrite(good(), 12, 'x'), /broken model: its head is not readable/],
]

for (const [what, bytes, text] of broken) {
  test(`${what} is refused in one clear line`, () => {
    const path = join(folder, 'broken.model')
    writeFileSync(path, bytes())
    assert.throws(
      () => readModel(path),
      (error: unknown) => error instanceof UserError && error.exitCode === 65 && text.test(error.message),
    )
  })
}

test('a missing model is "no input"', () => {
  assert.throws(
    () => readModel(join(folder, 'none')),
    (error: unknown) => error instanceof UserError && error.exitCode === 66,
  )
})

test('the shipped prior loads, and is small', () => {
  const path = join(import.meta.dirname, '../../../models/prior.model')
  assert.ok(readFileSync(path).length < 8 * 1024 * 1024)
  assert.ok(readModel(path).head.cells > 100_000)
})

function flip(bytes: Buffer): Buffer {
  const at = bytes.length - 5
  bytes[at] = (bytes[at] ?? 0) ^ 1
  return bytes
}

function overwrite(bytes: Buffer, at: number, text: string): Buffer {
  bytes.write(text, at)
  return bytes
}
