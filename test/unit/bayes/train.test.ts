// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { bayesEvidence, bayesSymbols } from '../../../src/bayes/evidence.ts'
import { Classifier, openModel } from '../../../src/bayes/examine.ts'
import { forgetFiles, identify, trainFiles } from '../../../src/bayes/train.ts'
import type { EpochMs } from '../../../src/core/brand.ts'
import { UserError } from '../../../src/core/failure.ts'

const root = join(import.meta.dirname, '../../..')
const manifest = join(root, 'corpus/manifest.tsv')
const prior = join(root, 'models/prior.model')
const folder = mkdtempSync(join(tmpdir(), 'postern-train-'))
after(() => rmSync(folder, { recursive: true, force: true }))
const common = {
  prior: null,
  source: 'administrator' as const,
  clock: { now: () => 0 as EpochMs },
  stdin: null,
  onProgress: () => undefined,
  onSkip: () => undefined,
}

test('our own corpus is learnt once, classified well, and forgotten', async () => {
  const model = join(folder, 'own.model')
  const options = { ...common, model, spam: [manifest], ham: [manifest] }
  const first = await trainFiles(options)
  assert.deepEqual([first.learned, first.trained], [594, { ham: 291, spam: 303 }])
  const bytes = readFileSync(model)
  assert.equal((await trainFiles(options)).known, 594)
  assert.ok(readFileSync(model).equals(bytes))
  const classifier = new Classifier(openModel(model, null).buffer)
  const spam = classifier.classifyRaw(readFileSync(join(root, 'corpus/spam/001-en.eml')), { why: true })
  assert.ok(spam.probability > 0.9, String(spam.probability))
  assert.ok((spam.why?.[0]?.push ?? 0) > 0)
  assert.ok(classifier.classifyRaw(readFileSync(join(root, 'corpus/ham/001-en.eml'))).probability < 0.1)
  assert.deepEqual(await forgetFiles({ ...common, model, paths: [join(root, 'corpus')] }), {
    forgotten: 594,
    unknown: 0,
  })
  assert.deepEqual(openModel(model, null).trained, { ham: 0, spam: 0 })
})

test('the prior alone tells a phishing mail from a note', () => {
  const classifier = new Classifier(openModel(join(folder, 'none.model'), prior).buffer)
  const message = (subject: string, body: string) =>
    Buffer.from(
      `From: Ann Bell <ann@firm.example>\nTo: sam@firm.example\nSubject: ${subject}\nDate: Mon, 3 Mar 2025 10:00:00 +0000\nMessage-ID: <1@firm.example>\nMIME-Version: 1.0\nContent-Type: text/plain\n\n${body}\n`,
    )
  const spam = classifier.classifyRaw(
    message('You are a WINNER!!!', 'Claim your prize money now. Click here, guaranteed, free offer.'),
  )
  const ham = classifier.classifyRaw(
    message('Re: patch for the parser', 'Thanks, I applied it. The test on Linux fails, see the log below.'),
  )
  assert.ok(spam.probability > 0.6 && ham.probability < 0.2, `${spam.probability} ${ham.probability}`)
})

test('a message is the same with other line ends and trace fields', () => {
  const plain = 'From: a@b.example\nSubject: x\nMessage-ID: <1@b.example>\n\nhello\nyou\n'
  const delivered = `Received: from somewhere\r\nX-Spam-Score: 3\r\n${plain.replaceAll('\n', '\r\n')}\r\n`
  assert.equal(identify(Buffer.from(plain)), identify(Buffer.from(delivered)))
  assert.notEqual(identify(Buffer.from(plain)), identify(Buffer.from(plain.replace('you', 'me'))))
})

test('one class alone, without a prior, is refused', async () => {
  const options = { ...common, model: join(folder, 'half.model'), spam: [manifest], ham: [] }
  await assert.rejects(trainFiles(options), /knows no ham/)
})

test('nothing to learn is a usage error', async () => {
  const options = { ...common, model: join(folder, 'x.model'), spam: [], ham: [] }
  await assert.rejects(trainFiles(options), (error: unknown) => error instanceof UserError && error.exitCode === 64)
})

test('a lock of a dead process is taken over', async () => {
  const model = join(folder, 'lock.model')
  const options = { ...common, model, spam: [manifest], ham: [manifest] }
  writeFileSync(`${model}.lock`, '999999999 x')
  await trainFiles(options)
  assert.equal(existsSync(`${model}.lock`), false)
})

const probabilities = [
  [0, 'BAYES_00'],
  [0.009, 'BAYES_00'],
  [0.03, 'BAYES_05'],
  [0.5, 'BAYES_50'],
  [0.97, 'BAYES_95'],
  [0.9985, 'BAYES_99'],
  [1, 'BAYES_999'],
] as const
for (const [p, symbol] of probabilities) {
  test(`P = ${p} is ${symbol}`, () => {
    assert.equal(bayesEvidence(p).symbol, symbol)
    assert.ok(bayesSymbols.some((spec) => spec.name === symbol))
  })
}

test('what is explained afterwards is the last message, and every token told has its name', () => {
  const classifier = new Classifier(openModel(prior, null).buffer)
  assert.deepEqual(classifier.explainLast(), [])
  const [spam, ham] = ['corpus/spam/001-en.eml', 'corpus/ham/001-en.eml'].map((name) => readFileSync(join(root, name)))
  const { why } = classifier.classifyRaw(spam ?? Buffer.alloc(0), { why: true })
  classifier.classifyRaw(ham ?? Buffer.alloc(0))
  classifier.classifyRaw(spam ?? Buffer.alloc(0))
  const tokens = classifier.explainLast()
  assert.deepEqual(tokens, why)
  assert.equal(tokens.length, 30)
  for (const { token } of tokens) assert.doesNotMatch(token, /^#[0-9a-f]{6,8}$/)
})

test('mutated messages are classified without a throw, as a probability', () => {
  const classifier = new Classifier(openModel(prior, null).buffer)
  let seed = 12345
  const random = (below: number) => {
    seed = (Math.imul(seed, 1103515245) + 12345) >>> 0
    return (seed >>> 8) % below
  }
  const names = readFileSync(manifest, 'utf8').split('\n').slice(1, 40)
  for (const [n, row] of names.entries()) {
    const raw = readFileSync(join(root, 'corpus', row.split('\t')[0] ?? ''))
    for (let round = 0; round < 10; round++) {
      for (let i = 0; i < 20; i++) raw[random(raw.length)] = random(256)
      const { probability, why } = classifier.classifyRaw(raw.subarray(0, random(raw.length)), {
        why: n % 2 === 0,
        readers: n % 3 === 0 ? ['anna@example.org'] : [],
      })
      assert.ok(probability >= 0 && probability <= 1)
      assert.ok(why === null || why.every((token) => Number.isFinite(token.push)))
    }
  }
})
