// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { measure } from '../../../src/bayes/evaluate.ts'
import { evaluate, loadCorpus } from '../../../src/bayes/evaluation.ts'
import { evaluationPage } from '../../../src/bayes/evaluation-page.ts'
import { UserError } from '../../../src/core/failure.ts'

const own = join(import.meta.dirname, '..', '..', '..', 'corpus')
const folder = mkdtempSync(join(tmpdir(), 'postern-evaluation-'))
after(() => rmSync(folder, { recursive: true, force: true }))
const options = { seed: 1, onSkip: () => undefined }

test('known answers of the measures', () => {
  const scored = [
    { spam: false, score: 0.1 },
    { spam: false, score: 0.8 },
    { spam: true, score: 0.7 },
    { spam: true, score: 0.9 },
  ]
  const m = measure(scored)
  assert.equal(m.oneMinusAuc, 25)
  assert.equal(m.missedAtTenth, 50)
  assert.deepEqual([m.ham, m.spam], [2, 2])
})

test('a corpus is scored in folds, online and by what another one teaches, by language as well', async () => {
  const corpus = await loadCorpus(own, options)
  const other = { name: 'other', samples: corpus.samples.slice(0, 0) }
  const results = evaluate([corpus, other], { prior: null, seed: 1, folds: 3 })
  assert.deepEqual(
    results.slice(0, 3).map(({ task, measures }) => [task, measures.ham + measures.spam]),
    [
      ['3 folds', 594],
      ['online', 594],
      ['trained on other', 594],
    ],
  )
  assert.ok(results[0]?.byLanguage.some(({ language }) => language === 'ja'))
  assert.ok((results[0]?.measures.oneMinusAuc ?? 100) < 30)
  const page = evaluationPage(results.slice(0, 2), { model: '<none>', at: new Date(0) })
  assert.equal(page.match(/<svg /g)?.length, 6)
  assert.match(page, /&lt;none>/)
  assert.doesNotMatch(page, /NaN|undefined|Infinity/)
})

test('a corpus of one class, or of none, cannot be measured', async () => {
  mkdirSync(join(folder, 'spam'))
  const isData = (text: RegExp) => (error: unknown) =>
    error instanceof UserError && error.exitCode === 65 && text.test(error.complaints[0]?.text ?? '')
  await assert.rejects(loadCorpus(folder, options), isData(/no labelled message/))
  await assert.rejects(
    loadCorpus(join(folder, 'absent'), options),
    (error: unknown) => error instanceof UserError && error.exitCode === 66,
  )
})
