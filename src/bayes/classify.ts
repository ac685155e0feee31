// SPDX-License-Identifier: Apache-2.0
/**
 * Features × table → probability; pure, no I/O.
 *
 * Two learners look at the message in three views (what is said, how it is built and sent, word stems): AROW, a linear
 * learner with a confidence for every weight, and Robinson and Fisher's test on token counts. The views of both are
 * added up and calibrated to a probability. All of it is a sum, so what a token contributed can be told.
 */
import { type Field, fieldNames } from './features.ts'
import { cellOf, type Table, total } from './table.ts'

/** Which view a field belongs to. */
export const viewOf: readonly number[] = [0, 0, 0, 0, 1, 1, 0, 1, 1, 1, 0, 2, 1, 0, 0, 0]
export const viewCount = 3

/** Robinson's s (belief in the neutral prior) and the least deviation from it that counts. */
const strength = 0.3
const minDeviation = 0.2
/** Fisher's share of the score; its z-value saturates at the ceiling, or long messages would shout. */
const fisherShare = 0.1
const fisherCeiling = 10
/** No message is more certain than this: a score is multiplied with prices later. */
const maxLogOdds = 12

/** Room for the sums of one classification; a caller keeps one per thread. */
export interface Sums {
  readonly count: Float64Array
  readonly margin: Float64Array
  readonly spam: Float64Array
  readonly ham: Float64Array
  readonly telling: Float64Array
}

export function makeSums(): Sums {
  const room = () => new Float64Array(viewCount)
  return { count: room(), margin: room(), spam: room(), ham: room(), telling: room() }
}

/** The uncalibrated score: positive is spam. Unknown features only dampen. */
export function score(table: Table, features: Uint32Array, sums: Sums): number {
  gather(table, features, sums)
  let sum = 0
  for (let view = 0; view < viewCount; view++) {
    const count = sums.count[view] as number
    if (count > 0) sum += (sums.margin[view] as number) / Math.sqrt(count)
    const telling = sums.telling[view] as number
    if (telling > 0) {
      const z = deviate(-2 * (sums.ham[view] as number), telling) - deviate(-2 * (sums.spam[view] as number), telling)
      sum += fisherShare * fisherCeiling * Math.tanh(z / fisherCeiling)
    }
  }
  return sum
}

/** P(spam) of a score by the model's calibration; 0.5 while nothing is learnt. */
export function probabilityOf(table: Table, sum: number): number {
  const { totals } = table
  const logOdds = (totals[total.slope] as number) * sum + (totals[total.offset] as number)
  return 1 / (1 + Math.exp(-Math.max(-maxLogOdds, Math.min(maxLogOdds, logOdds))))
}

function gather(table: Table, features: Uint32Array, sums: Sums): void {
  sums.count.fill(0)
  sums.margin.fill(0)
  sums.spam.fill(0)
  sums.ham.fill(0)
  sums.telling.fill(0)
  const { floats, counts } = table
  const allHam = Math.max(1, table.totals[total.ham] as number)
  const allSpam = Math.max(1, table.totals[total.spam] as number)
  for (let k = 0; k < features.length; k++) {
    const feature = features[k] as number
    const cell = cellOf(feature)
    const view = viewOf[feature >>> 28] as number
    sums.count[view] = (sums.count[view] as number) + 1
    sums.margin[view] = (sums.margin[view] as number) + (floats[cell * 3] as number)
    const p = belief(counts[cell * 6 + 4] as number, counts[cell * 6 + 5] as number, allHam, allSpam)
    if (Math.abs(p - 0.5) < minDeviation) continue
    sums.telling[view] = (sums.telling[view] as number) + 1
    sums.spam[view] = (sums.spam[view] as number) + Math.log(p)
    sums.ham[view] = (sums.ham[view] as number) + Math.log(1 - p)
  }
}

/** Robinson's f(w): the share of spam among mail with this token, drawn towards one half where little was seen. */
function belief(ham: number, spam: number, allHam: number, allSpam: number): number {
  const seen = ham + spam
  if (seen === 0) return 0.5
  const spamShare = spam / allSpam
  const n = seen * 0.25
  return (strength * 0.5 + (n * spamShare) / (spamShare + ham / allHam)) / (strength + n)
}

/** A χ² value with 2n degrees of freedom as a normal deviate (Wilson and Hilferty): it never saturates. */
function deviate(chiSquare: number, n: number): number {
  const spread = 1 / (9 * n)
  return (Math.cbrt(chiSquare / (2 * n)) - (1 - spread)) / Math.sqrt(spread)
}

/** What one token contributed. */
export interface Contribution {
  readonly token: string
  readonly field: string
  /** Share of the log-odds; positive is towards spam. */
  readonly push: number
  readonly ham: number
  readonly spam: number
}

/** The tokens that pushed most, strongest first. The pushes of all tokens add up to the score but for the ceiling. */
export function explain(
  table: Table,
  features: Uint32Array,
  names: ReadonlyMap<number, string>,
  sums: Sums,
  most: number,
): readonly Contribution[] {
  gather(table, features, sums)
  const slope = table.totals[total.slope] as number
  const allHam = Math.max(1, table.totals[total.ham] as number)
  const allSpam = Math.max(1, table.totals[total.spam] as number)
  const pushes = [...features].map((feature) => {
    const cell = cellOf(feature)
    const view = viewOf[feature >>> 28] as number
    const ham = table.counts[cell * 6 + 4] as number
    const spam = table.counts[cell * 6 + 5] as number
    const p = belief(ham, spam, allHam, allSpam)
    const told = Math.abs(p - 0.5) >= minDeviation
    const margin = (table.floats[cell * 3] as number) / Math.sqrt(sums.count[view] as number)
    const fisher = told ? (fisherShare * Math.log(p / (1 - p))) / Math.sqrt(sums.telling[view] as number) : 0
    return {
      token: names.get(feature) ?? `#${feature.toString(16)}`,
      field: fieldNames[(feature >>> 28) as Field] ?? '',
      push: slope * (margin + fisher),
      ham,
      spam,
    }
  })
  return pushes.sort((a, b) => Math.abs(b.push) - Math.abs(a.push)).slice(0, most)
}
