// SPDX-License-Identifier: Apache-2.0
/**
 * Fetches the cells of a message's features. They lie far apart in 48 MiB, so most of the time of a classification is
 * waiting for memory: it is done once, in a loop with next to nothing in it, which lets the processor wait for many at once.
 */
import { maxFeatures } from './features.ts'
import { cellOf, type Table } from './table.ts'

/** Which view a field belongs to. */
const viewOfField = Uint8Array.of(0, 0, 0, 0, 1, 1, 0, 1, 1, 1, 0, 2, 1, 0, 0, 0)
export const viewCount = 3

export function viewOf(feature: number): number {
  return viewOfField[feature >>> 28] as number
}

/** Room for what is fetched for one message, and for sums over it; a caller keeps one per thread. */
export interface Sums {
  /** Per view: features, sum of weights; of the features that tell: how many, logarithms of both products. */
  readonly count: Float64Array
  readonly margin: Float64Array
  readonly telling: Float64Array
  readonly spam: Float64Array
  readonly ham: Float64Array
  readonly products: Float64Array
  /** Per feature: its weight, and its counts in one number. */
  readonly weights: Float32Array
  readonly counts: Uint32Array
}

export function makeSums(): Sums {
  const room = () => new Float64Array(viewCount)
  return {
    count: room(),
    margin: room(),
    telling: room(),
    spam: room(),
    ham: room(),
    products: new Float64Array(2 * viewCount),
    weights: new Float32Array(maxFeatures),
    counts: new Uint32Array(maxFeatures),
  }
}

/** Fetches weights and counts, and sums up the weights of each view. */
export function gather(table: Table, features: Uint32Array, sums: Sums): void {
  const { weights, counts } = sums
  const { floats, pairs } = table
  const length = features.length
  for (let k = 0; k < length; k++) {
    const place = cellOf(features[k] as number) * 3
    weights[k] = floats[place] as number
    counts[k] = pairs[place + 2] as number
  }
  sumUp(features, sums)
}

/** Three views, in three pairs of numbers: an array would make each feature wait for the one before. */
function sumUp(features: Uint32Array, { count, margin, weights }: Sums): void {
  let [said, built, stems] = [0, 0, 0]
  let [ofSaid, ofBuilt, ofStems] = [0, 0, 0]
  for (let k = 0; k < features.length; k++) {
    const view = viewOf(features[k] as number)
    const weight = weights[k] as number
    if (view === 0) {
      said++
      ofSaid += weight
    } else if (view === 1) {
      built++
      ofBuilt += weight
    } else {
      stems++
      ofStems += weight
    }
  }
  count.set([said, built, stems])
  margin.set([ofSaid, ofBuilt, ofStems])
}
