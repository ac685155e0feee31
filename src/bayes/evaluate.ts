// SPDX-License-Identifier: Apache-2.0
/** How good is it: the measures of the TREC spam track, k-fold and online. Pure but for the table it makes. */
import { probabilityOf, score } from './classify.ts'
import { makeSums } from './gather.ts'
import type { Sample } from './learn.ts'
import { copyTable, emptyTable, localUnit, type Table } from './table.ts'
import { learnFeatures } from './update.ts'

export interface Scored {
  readonly spam: boolean
  /** Any number that grows with spamminess; a probability for the calibration error. */
  readonly score: number
  /** As the corpus says; empty or absent where it does not. */
  readonly language?: string
}

export interface Measures {
  readonly ham: number
  readonly spam: number
  /** (1−AUC) in per cent: how often a ham is put above a spam. */
  readonly oneMinusAuc: number
  /** Logistic average of ham and spam misclassification at P = 0.5, in per cent. */
  readonly lam: number
  /** Spam missed, in per cent, when this share of ham may be lost. */
  readonly missedAtTenth: number
  readonly missedAtOne: number
  /** Mean distance of P from what came true, over ten bins, in per cent. */
  readonly calibrationError: number
}

/** An evaluation sample; near-duplicates share a group and stay on one side of every split. */
export interface EvaluationSample extends Sample {
  readonly group: string
  /** As the corpus says; empty or absent where it does not. */
  readonly language?: string
}

/** The measures of scored messages; NaN where one class is missing. */
export function measure(scored: readonly Scored[]): Measures {
  const spam = scored.filter((one) => one.spam)
  const ham = scored.filter((one) => !one.spam)
  return {
    ham: ham.length,
    spam: spam.length,
    oneMinusAuc: 100 * (1 - areaUnderRoc(scored, spam.length, ham.length)),
    lam:
      100 *
      logisticAverage(
        share(ham, (p) => p >= 0.5),
        share(spam, (p) => p < 0.5),
      ),
    missedAtTenth: 100 * missedAt(spam, ham, 0.001),
    missedAtOne: 100 * missedAt(spam, ham, 0.01),
    calibrationError: 100 * calibrationError(scored),
  }
}

/** Mann and Whitney's statistic; ties count half. */
function areaUnderRoc(scored: readonly Scored[], spam: number, ham: number): number {
  const sorted = [...scored].sort((a, b) => a.score - b.score)
  let ranks = 0
  for (let i = 0; i < sorted.length; ) {
    let end = i
    let spamHere = 0
    for (; end < sorted.length && sorted[end]?.score === sorted[i]?.score; end++) if (sorted[end]?.spam) spamHere++
    ranks += (spamHere * (i + end + 1)) / 2
    i = end
  }
  return (ranks - (spam * (spam + 1)) / 2) / (spam * ham)
}

/** Share of spam at or below the limit above which no more than the allowed share of ham lies. */
function missedAt(spam: readonly Scored[], ham: readonly Scored[], allowed: number): number {
  const limits = ham.map((one) => one.score).sort((a, b) => b - a)
  const limit = limits[Math.floor(limits.length * allowed)] ?? Number.NEGATIVE_INFINITY
  return share(spam, (p) => p <= limit)
}

function share(of: readonly Scored[], which: (score: number) => boolean): number {
  return of.length === 0 ? Number.NaN : of.filter((one) => which(one.score)).length / of.length
}

function logisticAverage(a: number, b: number): number {
  const logit = (p: number) => Math.log(Math.max(p, 1e-6) / Math.max(1 - p, 1e-6))
  return 1 / (1 + Math.exp(-(logit(a) + logit(b)) / 2))
}

function calibrationError(scored: readonly Scored[]): number {
  const bins = Array.from({ length: 10 }, () => ({ n: 0, said: 0, came: 0 }))
  for (const one of scored) {
    const bin = bins[Math.min(9, Math.max(0, Math.floor(one.score * 10)))]
    if (bin === undefined) continue
    bin.n++
    bin.said += one.score
    bin.came += one.spam ? 1 : 0
  }
  return bins.reduce((sum, bin) => sum + Math.abs(bin.said - bin.came), 0) / Math.max(1, scored.length)
}

/** A fresh copy of a prior, or an empty table of its seed. */
export function startFrom(prior: Table | null, seed: number): Table {
  const table = emptyTable(prior?.seed[0] ?? seed)
  if (prior !== null) copyTable(prior, table)
  return table
}

/** Learns some samples, then scores others. */
export function trainAndTest(table: Table, train: readonly Sample[], test: readonly Sample[]): Scored[] {
  const sums = makeSums()
  for (const sample of train) learnFeatures(table, sample.features, sample.spam, localUnit, sums)
  return test.map((sample) => scoredAs(sample, probabilityOf(table, score(table, sample.features, sums))))
}

function scoredAs({ spam, language = '' }: Sample & { readonly language?: string }, probability: number): Scored {
  return { spam, score: probability, language }
}

/** The online task: score a message, then learn its label, in the order given. */
export function scoreThenReveal(table: Table, samples: readonly Sample[]): Scored[] {
  const sums = makeSums()
  return samples.map((sample) => {
    const probability = probabilityOf(table, score(table, sample.features, sums))
    learnFeatures(table, sample.features, sample.spam, localUnit, sums)
    return scoredAs(sample, probability)
  })
}

/** k-fold: every sample is scored once by a model that saw none of its group. */
export function crossValidate(prior: Table | null, seed: number, samples: readonly EvaluationSample[], folds: number) {
  const scored: Scored[] = []
  for (let fold = 0; fold < folds; fold++) {
    const isTest = (sample: EvaluationSample) => foldOf(sample.group, folds) === fold
    const table = startFrom(prior, seed)
    scored.push(...trainAndTest(table, mixed(samples.filter((s) => !isTest(s))), samples.filter(isTest)))
  }
  return scored
}

/** In the order of digests, as training learns them: the classes are mixed whatever order the files had. */
export function mixed<T extends Sample>(samples: readonly T[]): T[] {
  return [...samples].sort((a, b) => (a.digest < b.digest ? -1 : 1))
}

/** A stable number below `folds` for a group's name. */
export function foldOf(group: string, folds: number): number {
  let h = 0x811c9dc5
  for (let i = 0; i < group.length; i++) h = Math.imul(h ^ group.charCodeAt(i), 0x01000193)
  h = Math.imul(h ^ (h >>> 15), 0x85ebca6b)
  return ((h ^ (h >>> 13)) >>> 0) % folds
}
