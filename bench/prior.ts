// SPDX-License-Identifier: Apache-2.0
/**
 * Builds models/prior.model: node bench/prior.ts CORPORA [OUT]
 *
 * CORPORA holds unpacked folders NAME/{spam,ham}/*.eml; the corpus of this repository is always taken as well. The same
 * messages give the same bytes.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { score } from '../src/bayes/classify.ts'
import { mixed } from '../src/bayes/evaluate.ts'
import { field } from '../src/bayes/features.ts'
import { makeSums } from '../src/bayes/gather.ts'
import { encodeModel } from '../src/bayes/model.ts'
import { cellCount, emptyTable, localUnit, priorUnit, type Table, total } from '../src/bayes/table.ts'
import { makeReader } from '../src/bayes/train.ts'
import { learnFeatures } from '../src/bayes/update.ts'

/** Corpora whose terms allow a derived model to be published; see models/README.md, also for the one that is left out. */
const corpora: readonly string[] = ['spamassassin', 'apache_lists']
/** The messages of this repository are few but of today: they are learnt last, so often, and count as a person's would. */
const ownRounds = 2
const seed = 0x506f7374
/** Of the calibration: parts, and steps of a logistic regression by gradient; more change nothing any more. */
const folds = 5
const fitSteps = 5000
const fitRate = 0.5
/** Names of the receivers' own hosts, which would give the label away. */
const receivers = /spamassassin\.taint\.org|mbox-vm\.apache\.org/gi
/** Fields that tell whose mail it was rather than what it is. */
const passedOver = new Set<number>([field.recipient, field.received])

interface Sample {
  readonly digest: string
  /** Of this repository, and so of today. */
  readonly own: boolean
  readonly spam: boolean
  readonly features: Uint32Array
}

/** The files that the prior is made of, but for one corpus. */
export function* priorFiles(
  root: string | null,
  without = '',
): Generator<Pick<Sample, 'own' | 'spam'> & { path: string }> {
  const own = join(import.meta.dirname, '..', 'corpus')
  const foreign = root === null ? [] : corpora.filter((name) => name !== without).map((name) => join(root, name))
  for (const folder of [...foreign, own]) {
    for (const label of ['ham', 'spam']) {
      for (const path of list(join(folder, label))) yield { path, own: folder === own, spam: label === 'spam' }
    }
  }
}

function* messages(root: string | null, without: string): Generator<Sample> {
  const read = makeReader({ table: { seed: Uint32Array.of(seed) } })
  for (const { path, own, spam } of priorFiles(root, without)) {
    const raw = Buffer.from(readFileSync(path, 'latin1').replace(receivers, 'host.invalid'), 'latin1')
    const { digest, features } = read(raw)
    yield { digest, own, spam, features: features.filter((f) => !passedOver.has(f >>> 28)) }
  }
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder)
      .sort()
      .map((name) => join(folder, name))
  } catch {
    return []
  }
}

/** Cells seen once and with next to no weight cost more bytes than they tell. */
function prune(table: Table): void {
  for (let cell = 0; cell < cellCount; cell++) {
    const seen = (table.counts[cell * 6 + 4] ?? 0) + (table.counts[cell * 6 + 5] ?? 0)
    if (seen > 1 || Math.abs(table.floats[cell * 3] ?? 0) > 0.01) continue
    table.floats.fill(0, cell * 3, cell * 3 + 3)
  }
}

export interface Prior {
  readonly bytes: Buffer
  readonly learned: { readonly ham: number; readonly spam: number }
}

/** The prior of the corpora under a folder but one that is to be tested with it; null: of this repository's alone. */
export function buildPrior(root: string | null, without = ''): Prior {
  const samples = mixed([...messages(root, without)]).filter(({ digest }, i, all) => digest !== all[i - 1]?.digest)
  const table = trained(samples)
  calibrate(table, samples)
  prune(table)
  const spam = samples.filter((sample) => sample.spam).length
  const bytes = encodeModel(table, { base: '', trained: { ham: 0, spam: 0 }, sequence: 0 }, 'compact')
  return { bytes, learned: { ham: samples.length - spam, spam } }
}

/** The foreign corpora, then our own. */
function trained(samples: readonly Sample[]): Table {
  const table = emptyTable(seed)
  const sums = makeSums()
  const learn = (unit: number) => (sample: Sample) => learnFeatures(table, sample.features, sample.spam, unit, sums)
  samples.filter(({ own }) => !own).forEach(learn(priorUnit))
  const own = samples.filter((sample) => sample.own)
  for (let round = 0; round < ownRounds; round++) own.forEach(learn(localUnit))
  return table
}

/**
 * Slope and offset as today's mail needs them: fitted on the messages of this repository, each scored by a model that has
 * not seen it. How sure a score was on the old corpora, mostly lists, says too much. Each class weighs the same.
 */
function calibrate(table: Table, samples: readonly Sample[]): void {
  const sums = makeSums()
  const foldOf = ({ digest }: Sample) => Number.parseInt(digest.slice(0, 6), 16) % folds
  const test = Array.from({ length: folds }, (_, fold) => {
    const others = trained(samples.filter((sample) => !sample.own || foldOf(sample) !== fold))
    const left = samples.filter((sample) => sample.own && foldOf(sample) === fold)
    return left.map(({ features, spam }) => ({ sum: score(others, features, sums), label: spam ? 1 : 0 }))
  }).flat()
  const share = [0, 1].map((label) => 0.5 / test.filter((one) => one.label === label).length)
  let [slope, offset] = [1, 0]
  for (let i = 0; i < fitSteps; i++) {
    let [bySlope, byOffset] = [0, 0]
    for (const { sum, label } of test) {
      const error = (label - 1 / (1 + Math.exp(-slope * sum - offset))) * (share[label] as number)
      bySlope += error * sum
      byOffset += error
    }
    slope += fitRate * bySlope
    offset += fitRate * byOffset
  }
  table.totals[total.slope] = slope
  table.totals[total.offset] = offset
}

if (import.meta.main) {
  const [root, out = join(import.meta.dirname, '..', 'models', 'prior.model')] = process.argv.slice(2)
  if (root === undefined) {
    console.error('usage: node bench/prior.ts CORPORA [OUT]')
    process.exit(64)
  }
  const { bytes, learned } = buildPrior(root)
  writeFileSync(out, bytes)
  console.log(`${out}: ${learned.ham} ham, ${learned.spam} spam, ${bytes.length} bytes`)
}
