// SPDX-License-Identifier: Apache-2.0
/**
 * Features × table → probability; pure, no I/O.
 *
 * Two learners look at the message in three views (what is said, how it is built and sent, word stems): AROW, a linear
 * learner with a confidence for every weight, and Robinson and Fisher's test on token counts. The views of both are
 * added up and calibrated to a probability. All of it is a sum, so what a token contributed can be told.
 */
import { type Field, fieldNames } from './features.ts'
import { gather, type Sums, viewCount, viewOf } from './gather.ts'
import { scopeWeight } from './scopes.ts'
import { hamOf, spamOf, type Table, total } from './table.ts'

/**
 * Robinson's s (belief in the neutral prior) and the least deviation from it that counts. Only tokens that are all but
 * pure are put to the test: what the mixed ones tell, AROW weighs better. A token seen once here is pure enough.
 */
const strength = 0.01
const minDeviation = 0.45
/** Fisher's share of the score; its z-value saturates at the ceiling, or long messages would shout. */
const fisherShare = 0.1
const fisherCeiling = 15
/**
 * No message is more certain than `most`: a score is multiplied with prices later. From `bend` on the way there gets
 * longer and longer, so that of two sure messages the surer one still has the higher probability.
 */
const logOddsOf = { bend: 8, most: 12 } as const
/** A product below this is turned into its logarithm before it can underflow. */
const tiny = 1e-200

/** The uncalibrated score: positive is spam. Unknown features only dampen. */
export function score(table: Table, features: Uint32Array, sums: Sums): number {
  gather(table, features, sums)
  weigh(table, features, sums)
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
  return 1 / (1 + Math.exp(-bounded(logOdds)))
}

function bounded(logOdds: number): number {
  const size = Math.abs(logOdds)
  if (size <= logOddsOf.bend) return logOdds
  const rest = logOddsOf.most - logOddsOf.bend
  return Math.sign(logOdds) * (logOddsOf.most - rest * Math.exp((logOddsOf.bend - size) / rest))
}

/** Robinson's and Fisher's sums. Logarithms are taken of products, not of every factor. */
function weigh(table: Table, features: Uint32Array, sums: Sums): void {
  const { spam, ham, telling, counts, products } = sums
  telling.fill(0)
  spam.fill(0)
  ham.fill(0)
  products.fill(1)
  const allHam = Math.max(1, table.totals[total.ham] as number)
  const allSpam = Math.max(1, table.totals[total.spam] as number)
  for (let k = 0; k < features.length; k++) {
    const pair = counts[k] as number
    const p = belief(hamOf(pair), spamOf(pair), allHam, allSpam)
    if (Math.abs(p - 0.5) < minDeviation) continue
    const view = viewOf(features[k] as number)
    telling[view] = (telling[view] as number) + 1
    const ofSpam = (products[2 * view] as number) * p
    const ofHam = (products[2 * view + 1] as number) * (1 - p)
    if (ofSpam > tiny && ofHam > tiny) {
      products[2 * view] = ofSpam
      products[2 * view + 1] = ofHam
    } else {
      spam[view] = (spam[view] as number) + Math.log(ofSpam)
      ham[view] = (ham[view] as number) + Math.log(ofHam)
      products[2 * view] = 1
      products[2 * view + 1] = 1
    }
  }
  for (let view = 0; view < viewCount; view++) {
    spam[view] = (spam[view] as number) + Math.log(products[2 * view] as number)
    ham[view] = (ham[view] as number) + Math.log(products[2 * view + 1] as number)
  }
}

/** Robinson's f(w): the share of spam among mail with this token, drawn towards one half where little was seen. */
function belief(ham: number, spam: number, allHam: number, allSpam: number): number {
  if (ham + spam === 0) return 0.5
  const n = (ham + spam) * 0.25
  // Of spam and ham shares, both times allHam × allSpam: one division instead of three.
  const ofSpam = spam * allHam
  const both = ofSpam + ham * allSpam
  return (strength * 0.5 * both + n * ofSpam) / ((strength + n) * both)
}

/** A χ² value with 2n degrees of freedom as a normal deviate (Wilson and Hilferty): it never saturates. */
function deviate(chiSquare: number, n: number): number {
  const spread = 1 / (9 * n)
  return (Math.cbrt(chiSquare / (2 * n)) - (1 - spread)) / Math.sqrt(spread)
}

/** What one feature contributed. */
export interface Push {
  readonly feature: number
  readonly field: string
  /** Share of the log-odds; positive is towards spam. */
  readonly push: number
  readonly ham: number
  readonly spam: number
}

/**
 * The features that pushed most, strongest first, for a reader of these scopes beside everybody. The pushes of all
 * features add up to the score but for the ceiling.
 * @param sums as score() left them for the same features
 */
export function strongest(
  table: Table,
  features: Uint32Array,
  sums: Sums,
  most: number,
  scopes: readonly string[],
): readonly Push[] {
  const best: { readonly k: number; readonly push: number }[] = []
  let least = 0
  for (let k = 0; k < features.length; k++) {
    const push = pushOf(table, features[k] as number, k, features.length, sums, scopes)
    if (best.length === most && Math.abs(push) <= least) continue
    if (best.length === most) best.pop()
    const place = best.findIndex((one) => Math.abs(one.push) < Math.abs(push))
    best.splice(place < 0 ? best.length : place, 0, { k, push })
    least = Math.abs(best.at(-1)?.push ?? 0)
  }
  return best.map(({ k, push }) => {
    const feature = features[k] as number
    return {
      feature,
      field: fieldNames[(feature >>> 28) as Field] ?? '',
      push,
      ham: hamOf(sums.counts[k] as number),
      spam: spamOf(sums.counts[k] as number),
    }
  })
}

/** The share of the k-th of `length` features in the log-odds. */
function pushOf(
  table: Table,
  feature: number,
  k: number,
  length: number,
  sums: Sums,
  scopes: readonly string[],
): number {
  const allHam = Math.max(1, table.totals[total.ham] as number)
  const allSpam = Math.max(1, table.totals[total.spam] as number)
  const view = viewOf(feature)
  const pair = sums.counts[k] as number
  const p = belief(hamOf(pair), spamOf(pair), allHam, allSpam)
  const told = Math.abs(p - 0.5) >= minDeviation
  const margin = (sums.weights[k] as number) / Math.sqrt(sums.count[view] as number)
  let own = 0
  for (const scope of scopes) own += scopeWeight(table, feature, length, scope)
  const fisher = told ? (fisherShare * Math.log(p / (1 - p))) / Math.sqrt(sums.telling[view] as number) : 0
  return (table.totals[total.slope] as number) * (margin + fisher + own)
}
