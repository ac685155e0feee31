// SPDX-License-Identifier: Apache-2.0
/** One labelled message → the table. Deterministic: the same messages in the same order give the same bytes. */
import { score } from './classify.ts'
import { type Sums, viewCount, viewOf } from './gather.ts'
import { everybody, isReached, learnScope, type Reach, scopeScore, scopesOf } from './scopes.ts'
import { cellCount, cellOf, localUnit, type Table, total } from './table.ts'

export interface Lesson {
  readonly features: Uint32Array
  readonly spam: boolean
  /** Whose opinion it is: an account, a domain, or everybody (""). */
  readonly reader: string
  readonly reach: Reach
}

/** AROW's regulariser: how slowly one message changes a weight (Crammer, Kulesza and Dredze 2009). */
const regulariser = 0.1
/**
 * The margin that AROW asks for: more of the class of which less was learnt, or the first ham after a hundred spam would
 * change little of what they left behind. Per e-fold of the ratio of the classes; 1 where they are equal.
 */
const goalPerFold = 0.2
const leastGoal = 0.2
/** Counts are 16 bits; before one can overflow all are halved. */
const fullCount = 60_000
/** Calibration: steps of a logistic regression on the score that a message had before it was learnt. */
const rate = 0.02
const slopes = { least: 0.5, most: 6 } as const
const maxOffset = 3

const variance = new Float64Array(viewCount)
const push = new Float64Array(viewCount)
const shrink = new Float64Array(viewCount)

/** Learns one message for its reader, in every scope that the label reaches, the widest first. */
export function learnMessage(table: Table, lesson: Lesson, sums: Sums): void {
  const { features, spam, reader, reach } = lesson
  let others = 0
  for (const scope of scopesOf(reader)) {
    const learns = isReached(reader, scope, reach)
    if (scope === everybody) {
      if (learns) learnFeatures(table, features, spam, localUnit, sums)
      if (reader !== everybody) others = score(table, features, sums)
    } else {
      if (learns) learnScope(table, features, scope, spam, others)
      others += scopeScore(table, features, scope)
    }
  }
}

/** Learns one message in the common scope. `unit` is what it counts in the token counts. */
export function learnFeatures(table: Table, features: Uint32Array, spam: boolean, unit: number, sums: Sums): void {
  calibrate(table, score(table, features, sums), spam)
  plan(table, features, spam, sums)
  const { floats, counts, totals } = table
  const side = spam ? 5 : 4
  for (let k = 0; k < features.length; k++) {
    const place = cellOf(features[k] as number) * 3
    const view = viewOf(features[k] as number)
    const step = push[view] as number
    if (step !== 0) {
      const free = 1 - (floats[place + 1] as number)
      floats[place] = (floats[place] as number) + step * free
      floats[place + 1] = (floats[place + 1] as number) + (shrink[view] as number) * free * free
    }
    counts[place * 2 + side] = Math.min(0xffff, (counts[place * 2 + side] as number) + unit)
  }
  const which = spam ? total.spam : total.ham
  totals[which] = (totals[which] as number) + unit
  if ((totals[which] as number) >= fullCount) halve(table)
}

/** AROW's step for each view: none where the margin is already wide enough. `sums` are those of the score just taken. */
function plan(table: Table, features: Uint32Array, spam: boolean, { count, margin }: Sums): void {
  const { floats } = table
  variance.fill(0)
  for (let k = 0; k < features.length; k++) {
    const view = viewOf(features[k] as number)
    variance[view] = (variance[view] as number) + 1 - (floats[cellOf(features[k] as number) * 3 + 1] as number)
  }
  const sign = spam ? 1 : -1
  const goal = goalOf(table, sign)
  for (let view = 0; view < viewCount; view++) {
    push[view] = 0
    const n = count[view] as number
    if (n === 0) continue
    const scale = 1 / Math.sqrt(n)
    const short = goal - sign * scale * (margin[view] as number)
    if (short <= 0) continue
    const beta = 1 / ((variance[view] as number) / n + regulariser)
    push[view] = sign * short * beta * scale
    shrink[view] = beta / n
  }
}

function goalOf({ totals }: Table, sign: number): number {
  const ham = (totals[total.ham] as number) / localUnit
  const spam = (totals[total.spam] as number) / localUnit
  return Math.max(leastGoal, 1 + sign * goalPerFold * Math.log((ham + 1) / (spam + 1)))
}

function calibrate(table: Table, sum: number, spam: boolean): void {
  const { totals } = table
  const slope = totals[total.slope] as number
  const offset = totals[total.offset] as number
  if ((totals[total.ham] as number) === 0 || (totals[total.spam] as number) === 0) return
  const error = (spam ? 1 : 0) - 1 / (1 + Math.exp(-slope * sum - offset))
  const reach = Math.max(-3, Math.min(3, sum))
  totals[total.slope] = Math.max(slopes.least, Math.min(slopes.most, slope + rate * error * reach))
  totals[total.offset] = Math.max(-maxOffset, Math.min(maxOffset, offset + rate * error))
}

function halve(table: Table): void {
  const { counts, totals } = table
  for (let cell = 0; cell < cellCount; cell++) {
    counts[cell * 6 + 4] = (counts[cell * 6 + 4] as number) >> 1
    counts[cell * 6 + 5] = (counts[cell * 6 + 5] as number) >> 1
  }
  totals[total.ham] = Math.floor((totals[total.ham] as number) / 2)
  totals[total.spam] = Math.floor((totals[total.spam] as number) / 2)
}
