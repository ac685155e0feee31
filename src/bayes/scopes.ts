// SPDX-License-Identifier: Apache-2.0
/**
 * What one domain and one account think beside everybody: their own weights, in the common table, at places that the
 * scope's name chooses. A reader's score is the sum of the three, one more dot product each.
 */
import { finish, hashText } from './features.ts'
import { cellCount, type Table } from './table.ts'

/** The scope that every message belongs to. */
export const everybody = ''
/** How far a label reaches: into the reader's own scope, the domain's too, or everybody's as well. */
export const reaches = ['user', 'domain', 'all'] as const
export type Reach = (typeof reaches)[number]

/** AROW's regulariser, as of the common learner. */
const regulariser = 0.1
/** Own labels are followed at once: one message moves the score to the right side by this much. */
const goal = 3
/** What the others think counts up to here, or one correction of a sure error would colour all of the reader's mail. */
const most = 4
const mask = cellCount - 1

/** The scopes whose scores add up for a reader ("anna@example.org", or a domain alone), the widest first. */
export function scopesOf(reader: string): readonly string[] {
  const name = reader.toLowerCase()
  if (name === everybody) return [everybody]
  const at = name.lastIndexOf('@')
  return at < 0 ? [everybody, name] : [everybody, name.slice(at + 1), name]
}

/** Of a reader's scopes those that a label reaches. */
export function isReached(reader: string, scope: string, reach: Reach): boolean {
  if (reach === 'all' || reader === everybody) return true
  if (scope === everybody) return false
  return reach === 'domain' || scope === reader.toLowerCase()
}

/** What a scope adds to the score of a message; 0 where it has learnt nothing. */
export function scopeScore(table: Table, features: Uint32Array, scope: string): number {
  const key = keyOf(table, scope)
  if (features.length === 0 || table.counts[markOf(key)] === 0) return 0
  let sum = 0
  for (let k = 0; k < features.length; k++) sum += table.floats[place(features[k] as number, key) * 3] as number
  return sum / Math.sqrt(features.length)
}

/** What one feature adds, for an explanation. */
export function scopeWeight(table: Table, feature: number, count: number, scope: string): number {
  const key = keyOf(table, scope)
  if (table.counts[markOf(key)] === 0) return 0
  return (table.floats[place(feature, key) * 3] as number) / Math.sqrt(count)
}

/** Teaches a scope what the wider ones get wrong (AROW). `others` is what they say of the message. */
export function learnScope(table: Table, features: Uint32Array, scope: string, spam: boolean, others: number): void {
  const n = features.length
  if (n === 0) return
  const { floats, counts } = table
  const key = keyOf(table, scope)
  counts[markOf(key)] = 0xffff
  let margin = 0
  let variance = 0
  for (let k = 0; k < n; k++) {
    const cell = place(features[k] as number, key)
    margin += floats[cell * 3] as number
    variance += 1 - (floats[cell * 3 + 1] as number)
  }
  const sign = spam ? 1 : -1
  const scale = 1 / Math.sqrt(n)
  const short = goal - sign * (Math.max(-most, Math.min(most, others)) + scale * margin)
  if (short <= 0) return
  const beta = 1 / (variance / n + regulariser)
  for (let k = 0; k < n; k++) {
    const cell = place(features[k] as number, key)
    const free = 1 - (floats[cell * 3 + 1] as number)
    floats[cell * 3] = (floats[cell * 3] as number) + sign * short * beta * scale * free
    floats[cell * 3 + 1] = (floats[cell * 3 + 1] as number) + (beta / n) * free * free
  }
}

function keyOf(table: Table, scope: string): number {
  return finish(hashText((table.seed[0] ?? 0) ^ 0x53636f70, scope))
}

function place(feature: number, key: number): number {
  return finish(feature ^ key) & mask
}

/** A count that says whether the scope has learnt anything, so that most scopes cost one look. */
function markOf(key: number): number {
  return (finish(key) & mask) * 6 + 4
}
