// SPDX-License-Identifier: Apache-2.0
/**
 * Features × table → probability; pure, no I/O.
 *
 * Two learners look at the message in three views (what is said, how it is built and sent, word stems): AROW, a linear
 * learner with a confidence for every weight, and Robinson and Fisher's test on token counts. The views of both are
 * added up and calibrated to a probability. All of it is a sum, so what a token contributed can be told.
 */
import { type Field, fieldNames, maxFeatures } from './features.ts'
import { scopeWeight } from './scopes.ts'
import { cellOf, type Table, total } from './table.ts'

/** Which view a field belongs to. */
export const viewOf: readonly number[] = [0, 0, 0, 0, 1, 1, 0, 1, 1, 1, 0, 2, 1, 0, 0, 0]
export const viewCount = 3

/** Robinson's s (belief in the neutral prior) and the least deviation from it that counts. */
const strength = 0.1
const minDeviation = 0.3
/** Fisher's share of the score; its z-value saturates at the ceiling, or long messages would shout. */
const fisherShare = 0.1
const fisherCeiling = 15
/** No message is more certain than this: a score is multiplied with prices later. */
const maxLogOdds = 12
/** A product below this is turned into its logarithm before it can underflow. */
const tiny = 1e-200

/** Room for the sums of one classification; a caller keeps one per thread. */
export interface Sums {
  readonly count: Float64Array
  readonly margin: Float64Array
  readonly spam: Float64Array
  readonly ham: Float64Array
  readonly telling: Float64Array
  /** Per feature: its counts and its view. */
  readonly hams: Uint16Array
  readonly spams: Uint16Array
  readonly views: Uint8Array
  readonly products: Float64Array
}

export function makeSums(): Sums {
  const room = () => new Float64Array(viewCount)
  return {
    count: room(),
    margin: room(),
    spam: room(),
    ham: room(),
    telling: room(),
    hams: new Uint16Array(maxFeatures),
    spams: new Uint16Array(maxFeatures),
    views: new Uint8Array(maxFeatures),
    products: new Float64Array(2 * viewCount),
  }
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

/**
 * Fills the sums. Cells lie far apart in memory, so they are fetched first, in a loop with nothing else in it; logarithms
 * are taken of products, not of every factor.
 */
function gather(table: Table, features: Uint32Array, sums: Sums): void {
  const { count, margin, telling, hams, spams, views } = sums
  count.fill(0)
  margin.fill(0)
  telling.fill(0)
  const { floats, counts } = table
  for (let k = 0; k < features.length; k++) {
    const feature = features[k] as number
    const cell = cellOf(feature)
    const view = viewOf[feature >>> 28] as number
    views[k] = view
    count[view] = (count[view] as number) + 1
    margin[view] = (margin[view] as number) + (floats[cell * 3] as number)
    hams[k] = counts[cell * 6 + 4] as number
    spams[k] = counts[cell * 6 + 5] as number
  }
  weigh(table, features.length, sums)
}

function weigh(table: Table, length: number, sums: Sums): void {
  const { spam, ham, telling, hams, spams, views, products } = sums
  spam.fill(0)
  ham.fill(0)
  products.fill(1)
  const allHam = Math.max(1, table.totals[total.ham] as number)
  const allSpam = Math.max(1, table.totals[total.spam] as number)
  for (let k = 0; k < length; k++) {
    const p = belief(hams[k] as number, spams[k] as number, allHam, allSpam)
    if (Math.abs(p - 0.5) < minDeviation) continue
    const view = views[k] as number
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

/** What one token contributed. */
export interface Contribution {
  readonly token: string
  readonly field: string
  /** Share of the log-odds; positive is towards spam. */
  readonly push: number
  readonly ham: number
  readonly spam: number
}

/**
 * The tokens that pushed most, strongest first, for a reader of these scopes beside everybody. The pushes of all tokens
 * add up to the score but for the ceiling.
 */
export function explain(
  table: Table,
  features: Uint32Array,
  names: ReadonlyMap<number, string>,
  sums: Sums,
  most: number,
  scopes: readonly string[],
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
    const own = scopes.reduce((sum, scope) => sum + scopeWeight(table, feature, features.length, scope), 0)
    const fisher = told ? (fisherShare * Math.log(p / (1 - p))) / Math.sqrt(sums.telling[view] as number) : 0
    return {
      token: names.get(feature) ?? `#${feature.toString(16)}`,
      field: fieldNames[(feature >>> 28) as Field] ?? '',
      push: slope * (margin + fisher + own),
      ham,
      spam,
    }
  })
  return pushes.sort((a, b) => Math.abs(b.push) - Math.abs(a.push)).slice(0, most)
}
