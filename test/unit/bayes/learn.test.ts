// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict'
import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync, truncateSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { type Sample, Trainer } from '../../../src/bayes/learn.ts'
import { encodeModel } from '../../../src/bayes/model.ts'
import { emptyTable } from '../../../src/bayes/table.ts'
import type { EpochMs } from '../../../src/core/brand.ts'

const folder = mkdtempSync(join(tmpdir(), 'postern-learn-'))
after(() => rmSync(folder, { recursive: true, force: true }))
let files = 0
const fresh = () => join(folder, `${++files}.model`)
const open = (path: string) => new Trainer({ path, basePath: null, clock: { now: () => 5 as EpochMs } })

function sample(n: number, spam: boolean): Sample {
  const features = Uint32Array.from({ length: 30 }, (_, i) => ((n * 7 + i * 131) % 5000) + (spam ? 100_000 : 0) + i * 3)
  return { digest: n.toString(16).padStart(32, '0'), spam, features: features.sort() }
}
const samples = Array.from({ length: 40 }, (_, n) => sample(n, n % 3 === 0))
const bytes = (trainer: Trainer) => Buffer.from(trainer.table.buffer)

test('learning the same again changes nothing', () => {
  const trainer = open(fresh())
  assert.deepEqual(trainer.learn(samples, 'user'), { learned: 40, moved: 0, known: 0 })
  const before = Buffer.from(bytes(trainer))
  assert.deepEqual(trainer.learn(samples, 'user'), { learned: 0, moved: 0, known: 40 })
  assert.ok(bytes(trainer).equals(before))
  assert.deepEqual(trainer.trained, { ham: 26, spam: 14 })
  trainer.close()
})

test('the order in which files were found does not matter', () => {
  const [a, b] = [open(fresh()), open(fresh())]
  a.learn(samples, 'user')
  b.learn([...samples].reverse(), 'user')
  assert.ok(bytes(a).equals(bytes(b)))
  a.close()
  b.close()
})

test('forgetting everything gives the empty model back, byte for byte', async () => {
  const path = fresh()
  const trainer = open(path)
  trainer.learn(samples, 'user')
  assert.equal(
    trainer.forget(
      samples.map((s) => s.digest),
      'user',
    ),
    40,
  )
  assert.ok(bytes(trainer).equals(Buffer.from(emptyTable(0x506f7374).buffer)))
  await trainer.save()
  trainer.close()
  const empty = encodeModel(emptyTable(0x506f7374), { base: '', trained: { ham: 0, spam: 0 }, sequence: 0 }, 'exact')
  assert.ok(readFileSync(path).equals(empty))
})

test('forgetting some equals never having learnt them', () => {
  const [a, b] = [open(fresh()), open(fresh())]
  a.learn(samples, 'user')
  a.forget(
    samples.slice(10, 20).map((s) => s.digest),
    'user',
  )
  b.learn([...samples.slice(0, 10), ...samples.slice(20)], 'user')
  assert.ok(bytes(a).equals(bytes(b)))
  a.close()
  b.close()
})

test('a label can be moved, but a machine does not overrule a person', () => {
  const trainer = open(fresh())
  const one = sample(1, false)
  trainer.learn([one], 'user')
  assert.deepEqual(trainer.learn([{ ...one, spam: true }], 'automatic'), { learned: 0, moved: 0, known: 1 })
  assert.deepEqual(trainer.learn([{ ...one, spam: true }], 'user'), { learned: 0, moved: 1, known: 0 })
  assert.deepEqual(
    trainer.labelsOf(one.digest).map((entry) => entry.spam),
    [true],
  )
  assert.deepEqual(trainer.trained, { ham: 0, spam: 1 })
  trainer.close()
})

test('a crash before the model file was written loses nothing', async () => {
  const path = fresh()
  const first = open(path)
  first.learn(samples.slice(0, 20), 'user')
  await first.save()
  first.learn(samples.slice(20), 'user')
  const expected = Buffer.from(bytes(first))
  first.close()
  const second = open(path)
  assert.ok(bytes(second).equals(expected))
  second.close()
})

test('a crash after a forget, before the model file was written, is made good', async () => {
  const path = fresh()
  const first = open(path)
  first.learn(samples, 'user')
  await first.save()
  first.forget([samples[3]?.digest ?? ''], 'user')
  const expected = Buffer.from(bytes(first))
  first.close()
  const second = open(path)
  assert.ok(bytes(second).equals(expected))
  second.close()
})

test('a torn tail of the journal is cut off and learning goes on', () => {
  const path = fresh()
  const first = open(path)
  first.learn(samples.slice(0, 10), 'user')
  const whole = statSync(`${path}.journal`).size
  first.learn(samples.slice(10), 'user')
  first.close()
  truncateSync(`${path}.journal`, whole + 50)
  const second = open(path)
  assert.equal(second.trained.ham + second.trained.spam, 10)
  assert.equal(statSync(`${path}.journal`).size, whole)
  second.learn(samples.slice(10), 'user')
  assert.equal(second.trained.ham + second.trained.spam, 40)
  second.close()
  appendFileSync(`${path}.journal`, Buffer.alloc(64, 0xff))
  const third = open(path)
  assert.equal(third.trained.ham + third.trained.spam, 40)
  third.close()
})

test('a model whose journal is gone does not learn, and says why', async () => {
  const path = fresh()
  const first = open(path)
  first.learn(samples, 'user')
  await first.save()
  first.close()
  rmSync(`${path}.journal`)
  assert.throws(() => open(path), /the journal of this model is missing/)
})
