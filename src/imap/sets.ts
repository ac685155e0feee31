// SPDX-License-Identifier: Apache-2.0
/** Sequence and UID sets (RFC 3501 §9 sequence-set): parse, print, resolve. */
import { bad } from './refusal.ts'

/** "*" is Infinity: the largest number in use. */
export interface Range {
  readonly from: number
  readonly to: number
}

const maxNumber = 4_294_967_295

export function parseSet(text: string): Range[] {
  return text.split(',').map((piece) => {
    const ends = piece.split(':')
    const [from, to = from] = ends
    if (from === undefined || to === undefined || ends.length > 2) throw bad('not a sequence set')
    return { from: parseEnd(from), to: parseEnd(to) }
  })
}

function parseEnd(text: string): number {
  if (text === '*') return Number.POSITIVE_INFINITY
  const value = Number(text)
  if (!/^[1-9]\d{0,9}$/.test(text) || value > maxNumber) throw bad('numbers of a set are 1 or greater')
  return value
}

export function printSet(ranges: readonly Range[]): string {
  const end = (value: number): string => (value === Number.POSITIVE_INFINITY ? '*' : String(value))
  return ranges.map(({ from, to }) => (from === to ? end(from) : `${end(from)}:${end(to)}`)).join(',')
}

/** Ascending numbers as the shortest set; "" for none. */
export function compactSet(numbers: readonly number[]): string {
  const ranges: { from: number; to: number }[] = []
  for (const number of numbers) {
    const last = ranges.at(-1)
    if (last !== undefined && last.to + 1 === number) last.to = number
    else ranges.push({ from: number, to: number })
  }
  return printSet(ranges)
}

/** Ranges in any order and overlap → ascending, disjoint, with the largest number in place of "*". */
export function settle(ranges: readonly Range[], largest: number): Range[] {
  const value = (end: number): number => (end === Number.POSITIVE_INFINITY ? largest : end)
  const sorted = ranges
    .map(({ from, to }) => ({ from: Math.min(value(from), value(to)), to: Math.max(value(from), value(to)) }))
    .sort((a, b) => a.from - b.from)
  const out: { from: number; to: number }[] = []
  for (const range of sorted) {
    const last = out.at(-1)
    if (last !== undefined && range.from <= last.to + 1) last.to = Math.max(last.to, range.to)
    else out.push(range)
  }
  return out
}
