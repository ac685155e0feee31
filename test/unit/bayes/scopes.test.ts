// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict'
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { Classifier } from '../../../src/bayes/examine.ts'
import { type Sample, Trainer } from '../../../src/bayes/learn.ts'
import { scopesOf } from '../../../src/bayes/scopes.ts'
import { makeReader } from '../../../src/bayes/train.ts'
import type { EpochMs } from '../../../src/core/brand.ts'

const folder = mkdtempSync(join(tmpdir(), 'postern-scopes-'))
after(() => rmSync(folder, { recursive: true, force: true }))
let count = 0
const open = (path = join(folder, `${count++}.model`)) =>
  new Trainer({ path, basePath: null, clock: { now: () => 1 as EpochMs } })

function mail(subject: string, n: number): Buffer {
  return Buffer.from(
    `From: news${n}@shop.example\r\nTo: list@example.org\r\nSubject: ${subject} ${n}\r\n` +
      `Message-ID: <${n}@shop.example>\r\n\r\nWeekly offers for the garden, number ${n}: rakes, seeds and gloves.\r\n`,
  )
}

const reading = open()
const read = makeReader(reading)
reading.close()
const lesson = (n: number, spam: boolean, reader: string, reach: Sample['reach'] = 'user'): Sample => ({
  ...read(mail('Garden news', n)),
  spam,
  reader,
  reach: reach ?? 'user',
})
const probability = (trainer: Trainer, n: number, ...readers: string[]) =>
  new Classifier(trainer.table.buffer).classifyRaw(mail('Garden news', n), { readers }).probability

const names = [
  ['', ['']],
  ['Example.ORG', ['', 'example.org']],
  ['Anna@Example.org', ['', 'example.org', 'anna@example.org']],
] as const
for (const [reader, scopes] of names) {
  test(`the scopes of "${reader}" are ${scopes.length}`, () => assert.deepEqual(scopesOf(reader), scopes))
}

test('what one reader calls spam another may want, and others are not touched by either', () => {
  const trainer = open()
  trainer.learn(
    [1, 2, 3].map((n) => lesson(n, true, 'anna@example.org')),
    'user',
  )
  trainer.learn(
    [1, 2, 3].map((n) => lesson(n, false, 'bert@example.org')),
    'user',
  )
  assert.ok(probability(trainer, 9, 'anna@example.org') > 0.9)
  assert.ok(probability(trainer, 9, 'bert@example.org') < 0.1)
  assert.ok(Math.abs(probability(trainer, 9, 'carl@example.net') - 0.5) < 0.01)
  assert.ok(Math.abs(probability(trainer, 9) - 0.5) < 0.01)
  trainer.close()
})

test('of several readers the one who would want the message is asked', () => {
  const trainer = open()
  trainer.learn([lesson(1, true, 'anna@example.org'), lesson(2, false, 'bert@example.org')], 'user')
  const both = probability(trainer, 9, 'anna@example.org', 'bert@example.org')
  assert.equal(both, probability(trainer, 9, 'bert@example.org'))
  trainer.close()
})

test('a label that reaches the domain counts for its other readers', () => {
  const trainer = open()
  trainer.learn([lesson(1, true, 'anna@example.org', 'domain')], 'user')
  assert.ok(probability(trainer, 9, 'bert@example.org') > 0.7)
  assert.ok(Math.abs(probability(trainer, 9, 'bert@example.net') - 0.5) < 0.01)
  trainer.close()
})

test("forgetting a message takes back every reader's label, to the last bit", () => {
  const [a, b] = [open(), open()]
  a.learn([lesson(1, true, 'anna@example.org', 'all')], 'user')
  a.learn([lesson(1, false, 'bert@example.org', 'all')], 'user')
  assert.equal(a.forget([lesson(1, true, '').digest], 'administrator'), 1)
  assert.ok(Buffer.from(a.table.buffer).equals(Buffer.from(b.table.buffer)))
  a.close()
  b.close()
})

test('a person overrules what a machine guessed for everybody', () => {
  const trainer = open()
  trainer.learn([lesson(1, true, '', 'all')], 'automatic')
  assert.equal(trainer.learn([lesson(1, false, 'anna@example.org', 'all')], 'user').moved, 1)
  assert.equal(trainer.learn([lesson(1, true, '', 'all')], 'trap').known, 1)
  assert.deepEqual(trainer.trained, { ham: 1, spam: 0 })
  trainer.close()
})

test('a person who confirms a guess is its source from then on', () => {
  const path = join(folder, 'confirm.model')
  const trainer = open(path)
  trainer.learn([lesson(1, true, '', 'all')], 'automatic')
  trainer.learn([lesson(1, true, '', 'all')], 'administrator')
  trainer.close()
  const again = open(path)
  assert.equal(again.learn([lesson(1, false, '', 'all')], 'automatic').known, 1)
  assert.equal(again.labelsOf(lesson(1, true, '').digest)[0]?.source, 'administrator')
  again.close()
})

test('two processes that teach one model take up what the other wrote', () => {
  const path = join(folder, 'shared.model')
  const [a, b] = [open(path), open(path)]
  a.learn([lesson(1, true, '', 'all')], 'user')
  b.learn([lesson(2, false, '', 'all')], 'user')
  a.learn([lesson(3, true, '', 'all')], 'user')
  b.forget([lesson(1, true, '').digest], 'user')
  a.refresh()
  assert.ok(Buffer.from(a.table.buffer).equals(Buffer.from(b.table.buffer)))
  assert.deepEqual(a.trained, { ham: 1, spam: 1 })
  b.forget(
    [2, 3].map((n) => lesson(n, true, '').digest),
    'user',
  )
  a.learn([lesson(4, true, '', 'all')], 'user')
  b.refresh()
  assert.ok(Buffer.from(a.table.buffer).equals(Buffer.from(b.table.buffer)))
  assert.deepEqual(b.trained, { ham: 0, spam: 1 })
  a.close()
  b.close()
})

test('the records of a journal in any order, some of them twice, give the same model', () => {
  const lessons = [1, 2, 3, 4, 5].map((n) => lesson(n, n % 2 === 0, 'anna@example.org', 'all'))
  const path = join(folder, 'order.model')
  const first = open(path)
  const pieces: Buffer[] = []
  let at = readFileSync(`${path}.journal`).length
  const head = readFileSync(`${path}.journal`)
  for (const one of lessons) {
    first.learn([one], 'user')
    const all = readFileSync(`${path}.journal`)
    pieces.push(all.subarray(at))
    at = all.length
  }
  first.forget([lessons[2]?.digest ?? ''], 'user')
  pieces.push(readFileSync(`${path}.journal`).subarray(at))
  for (const order of [
    [5, 4, 3, 2, 1, 0],
    [2, 2, 0, 5, 1, 4, 3, 0],
  ]) {
    const other = join(folder, `order-${order.length}.model`)
    writeFileSync(`${other}.journal`, head)
    for (const i of order) appendFileSync(`${other}.journal`, pieces[i] ?? '')
    const trainer = open(other)
    assert.ok(Buffer.from(trainer.table.buffer).equals(Buffer.from(first.table.buffer)))
    trainer.close()
  }
  first.close()
})
