// SPDX-License-Identifier: Apache-2.0
/**
 * The first day: what the shipped prior makes of mail that is not in it, and after the first corrections.
 *
 *   node bench/cold-start.ts CORPORA [--manifest FILE] [--sample N]
 *
 * Half of the campaigns of each corpus are only scored; the others come in order of time, and a person corrects those
 * whose probability is on the wrong side of 0.5 or within 0.4 of it. Columns: (1−AUC) %, and spam missed in % when 1 %
 * or 0.1 % of ham may be lost.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { probabilityOf, score } from '../src/bayes/classify.ts'
import { foldOf, measure, startFrom, trainAndTest } from '../src/bayes/evaluate.ts'
import { makeSums } from '../src/bayes/gather.ts'
import { readModel } from '../src/bayes/model.ts'
import { localUnit, type Table } from '../src/bayes/table.ts'
import { learnFeatures } from '../src/bayes/update.ts'
import { type BenchSample, loadCorpora, makeTasks } from './accuracy-data.ts'

/** Part of what the prior was trained from: no test of it. */
const insidePrior = new Set(['spamassassin'])
const steps = [0, 10, 30, 100]
const sure = 0.9

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { manifest: { type: 'string' }, sample: { type: 'string', default: '2000' } },
})
const [root] = positionals
if (root === undefined) {
  console.error('usage: node bench/cold-start.ts CORPORA [--manifest FILE] [--sample N]')
  process.exit(64)
}
const work = mkdtempSync(join(tmpdir(), 'postern-cold-'))
try {
  run(root)
} finally {
  rmSync(work, { recursive: true, force: true })
}

function run(corpora: string): void {
  const prior = readModel(join(import.meta.dirname, '..', 'models', 'prior.model')).table
  const seed = prior.seed[0] ?? 0
  const manifest = values.manifest ?? join(corpora, 'manifest.tsv')
  const samples = loadCorpora(corpora, manifest, work, Number(values.sample), seed)
  for (const { corpus, test } of makeTasks(samples, ['online'])) {
    if (insidePrior.has(corpus)) continue
    const scored = test.filter((sample) => foldOf(sample.group, 2) === 1)
    const taught = test.filter((sample) => foldOf(sample.group, 2) === 0)
    const table = startFrom(prior, seed)
    let at = 0
    let given = 0
    for (const step of steps) {
      ;({ at, given } = correct(table, taught, at, given, step))
      const m = measure(trainAndTest(table, [], scored))
      const figures = [m.oneMinusAuc.toFixed(3), m.missedAtOne.toFixed(2), m.missedAtTenth.toFixed(2)]
      const label = `${corpus} after ${given} corrections (${at} seen)`.padEnd(48)
      console.log(`${label}${figures.map((figure) => figure.padStart(9)).join('')}   ${m.spam} spam, ${m.ham} ham`)
      if (given < step) break
    }
  }
}

/** Goes on through the mail until so many corrections were given in all, or it ends. */
function correct(table: Table, mail: readonly BenchSample[], from: number, before: number, goal: number) {
  const sums = makeSums()
  let [at, given] = [from, before]
  for (; at < mail.length && given < goal; at++) {
    const sample = mail[at]
    if (sample === undefined) break
    const probability = probabilityOf(table, score(table, sample.features, sums))
    if ((sample.spam ? probability : 1 - probability) >= sure) continue
    learnFeatures(table, sample.features, sample.spam, localUnit, sums)
    given++
  }
  return { at, given }
}
