// SPDX-License-Identifier: Apache-2.0
/**
 * The first day: what the shipped prior makes of mail that is not in it, and after the first corrections.
 *
 *   node bench/cold-start.ts CORPORA [--manifest FILE] [--sample N]
 *
 * Half of the campaigns of each corpus are only scored; the others come in order of time, and a person corrects those
 * whose probability is on the wrong side of 0.5 or within 0.4 of it. Columns: (1−AUC) %, and spam missed in % when 1 %
 * or 0.1 % of ham may be lost. Then the spam of each corpus beside ordinary mail of today (test/fixtures/ordinary), which
 * is harder to tell from it than mailing lists are: by the prior alone, with the shares that come above 0.8.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { probabilityOf, score } from '../src/bayes/classify.ts'
import { foldOf, type Measures, measure, startFrom, trainAndTest } from '../src/bayes/evaluate.ts'
import { makeSums } from '../src/bayes/gather.ts'
import type { Sample } from '../src/bayes/learn.ts'
import { readModel } from '../src/bayes/model.ts'
import { localUnit, type Table } from '../src/bayes/table.ts'
import { makeReader } from '../src/bayes/train.ts'
import { learnFeatures } from '../src/bayes/update.ts'
import { type BenchSample, loadCorpora, makeTasks } from './accuracy-data.ts'

/** Part of what the prior was trained from: no test of it. */
const insidePrior = new Set(['spamassassin'])
const steps = [0, 10, 30, 100]
const ordinaryFolder = join(import.meta.dirname, '..', 'test', 'fixtures', 'ordinary')
const likely = 0.8
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
  const ordinary = readOrdinary(seed)
  for (const { corpus, test } of makeTasks(samples, ['online'])) {
    if (insidePrior.has(corpus)) continue
    besideOrdinary(prior, corpus, [...test.filter(({ spam }) => spam), ...ordinary])
    const scored = test.filter((sample) => foldOf(sample.group, 2) === 1)
    const taught = test.filter((sample) => foldOf(sample.group, 2) === 0)
    const table = startFrom(prior, seed)
    let at = 0
    let given = 0
    for (const step of steps) {
      ;({ at, given } = correct(table, taught, at, given, step))
      const m = measure(trainAndTest(table, [], scored))
      tell(`${corpus} after ${given} corrections (${at} seen)`, m, `${m.spam} spam, ${m.ham} ham`)
      if (given < step) break
    }
  }
}

function readOrdinary(seed: number): Sample[] {
  const read = makeReader({ table: { seed: Uint32Array.of(seed) } })
  const names = readdirSync(ordinaryFolder).filter((name) => name.endsWith('.eml'))
  return names.map((name) => ({ ...read(readFileSync(join(ordinaryFolder, name))), spam: false }))
}

function besideOrdinary(prior: Table, corpus: string, samples: readonly Sample[]): void {
  const scored = trainAndTest(startFrom(prior, 0), [], samples)
  const m = measure(scored)
  const share = (spam: boolean) => {
    const all = scored.filter((one) => one.spam === spam)
    return `${((100 * all.filter((one) => one.score >= likely).length) / all.length).toFixed(1)} %`
  }
  const above = `above ${likely}: ${share(true)} of ${m.spam} spam, ${share(false)} of ${m.ham} ham`
  tell(`${corpus} beside ordinary mail, prior alone`, m, above)
}

function tell(label: string, m: Measures, more: string): void {
  const figures = [m.oneMinusAuc.toFixed(3), m.missedAtOne.toFixed(2), m.missedAtTenth.toFixed(2)]
  console.log(`${label.padEnd(48)}${figures.map((figure) => figure.padStart(9)).join('')}   ${more}`)
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
