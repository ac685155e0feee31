// SPDX-License-Identifier: Apache-2.0
/** Labelled corpora → what the classifier would have made of them: k-fold, online, and trained on one for another. */
import { existsSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { UserError } from '../core/failure.ts'
import { parseDate } from '../message/dates.ts'
import { openMessage } from '../message/open.ts'
import { type CorpusOptions, parseManifest, readCorpus } from './corpus.ts'
import {
  crossValidate,
  type EvaluationSample,
  type Measures,
  measure,
  mixed,
  type Scored,
  scoreThenReveal,
  startFrom,
  trainAndTest,
} from './evaluate.ts'
import type { Table } from './table.ts'
import { makeReader } from './train.ts'

export interface Corpus {
  readonly name: string
  /** In order of time. */
  readonly samples: readonly EvaluationSample[]
}

export interface Result {
  readonly corpus: string
  /** "folds", "online", or the corpus that was trained on. */
  readonly task: string
  readonly measures: Measures
  readonly scored: readonly Scored[]
  readonly byLanguage: readonly { readonly language: string; readonly measures: Measures }[]
}

export type LoadOptions = Omit<CorpusOptions, 'label' | 'stdin'> & { readonly seed: number }

/**
 * A corpus: a manifest, a folder with one, or a folder with spam/ and ham/. Only hashed features are kept, 2 to 3 kB a
 * message. UserErrors of readCorpus; 65 where a class is missing.
 */
export async function loadCorpus(path: string, options: LoadOptions): Promise<Corpus> {
  const read = makeReader({ table: { seed: Uint32Array.of(options.seed) } })
  const samples: EvaluationSample[] = []
  const arrivals: number[] = []
  const add = async (paths: readonly string[], label: string, group: string | null, language: string) => {
    for await (const { name, raw } of readCorpus(paths, { ...options, label: null, stdin: null })) {
      samples.push({ ...read(raw), spam: label === 'spam', group: group ?? name, language })
      arrivals.push(arrivalOf(raw))
    }
  }
  const manifest = manifestOf(path)
  if (manifest !== null) {
    for (const row of parseManifest(manifest)) {
      if (row.label === 'ham' || row.label === 'spam') await add([row.path], row.label, row.group, row.language)
    }
  } else {
    for (const label of ['ham', 'spam']) {
      const folder = join(path, label)
      if (existsSync(folder)) await add([folder], label, null, '')
    }
  }
  checkClasses(path, samples)
  const order = arrivals.map((at, i) => ({ at, i })).sort((a, b) => a.at - b.at || a.i - b.i)
  const name = manifest === path ? basename(join(path, '..')) : basename(path)
  return { name, samples: order.flatMap(({ i }) => samples[i] ?? []) }
}

/** When the last hop took it, else when it says it was written; 0 where neither can be read. */
function arrivalOf(raw: Buffer): number {
  const message = openMessage(raw)
  return message.received[0]?.at ?? parseDate(message.headers.text('date')) ?? 0
}

function manifestOf(path: string): string | null {
  if (!existsSync(path)) throw new UserError(66, [{ file: path, line: 0, text: 'there is no such file', hint: null }])
  if (!statSync(path).isDirectory()) return path
  const inside = join(path, 'manifest.tsv')
  return existsSync(inside) ? inside : null
}

function checkClasses(path: string, samples: readonly EvaluationSample[]): void {
  const spam = samples.filter((one) => one.spam).length
  if (spam > 0 && spam < samples.length) return
  const missing = samples.length === 0 ? 'no labelled message' : spam === 0 ? 'no spam' : 'no ham'
  const hint = 'name a manifest with the columns path and label, or a folder with spam/ and ham/ inside'
  throw new UserError(65, [{ file: path, line: 0, text: `holds ${missing}, so nothing can be measured`, hint }])
}

export interface EvaluationOptions {
  readonly prior: Table | null
  readonly seed: number
  readonly folds: number
}

/** Every task of every corpus: folds, online, and trained on each of the others. */
export function evaluate(corpora: readonly Corpus[], { prior, seed, folds }: EvaluationOptions): Result[] {
  return corpora.flatMap((corpus) => {
    const { samples } = corpus
    const results = [
      resultOf(corpus, `${folds} folds`, crossValidate(prior, seed, samples, folds)),
      resultOf(corpus, 'online', scoreThenReveal(startFrom(prior, seed), samples)),
    ]
    for (const other of corpora) {
      if (other === corpus) continue
      const known = new Set(samples.map((sample) => sample.digest))
      const train = mixed(other.samples.filter((sample) => !known.has(sample.digest)))
      results.push(resultOf(corpus, `trained on ${other.name}`, trainAndTest(startFrom(prior, seed), train, samples)))
    }
    return results
  })
}

function resultOf(corpus: Corpus, task: string, scored: readonly Scored[]): Result {
  const byLanguage = [...Map.groupBy(scored, (one) => one.language ?? '')]
    .filter(([language]) => language !== '')
    .map(([language, some]) => ({ language, measures: measure(some) }))
  return { corpus: corpus.name, task, measures: measure(scored), scored, byLanguage }
}
