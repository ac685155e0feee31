// SPDX-License-Identifier: Apache-2.0
/** Sets of UTF-16 code units, as sorted pairs of first and last. */

export type CharSet = readonly number[]

const last = 0xffff

export const digits: CharSet = [48, 57]
export const wordChars: CharSet = [48, 57, 65, 90, 95, 95, 97, 122]
export const spaces: CharSet = [9, 13, 32, 32]
export const horizontalSpaces: CharSet = [9, 9, 32, 32, 160, 160, 0x1680, 0x1680, 0x2000, 0x200a, 0x202f, 0x202f]
export const verticalSpaces: CharSet = [10, 13, 0x85, 0x85, 0x2028, 0x2029]
export const anyChar: CharSet = [0, last]
export const notNewline: CharSet = [0, 9, 11, last]

/** What stands behind a backslash for a whole class. */
export const classEscapes: Readonly<Record<string, CharSet>> = {
  d: digits,
  D: complement(digits),
  w: wordChars,
  W: complement(wordChars),
  s: spaces,
  S: complement(spaces),
  h: horizontalSpaces,
  H: complement(horizontalSpaces),
  v: verticalSpaces,
  V: complement(verticalSpaces),
  N: notNewline,
}

/** The classes of POSIX brackets, "[[:alpha:]]". */
export const posixClasses: ReadonlyMap<string, CharSet> = new Map([
  ['alnum', [48, 57, 65, 90, 97, 122]],
  ['alpha', [65, 90, 97, 122]],
  ['ascii', [0, 127]],
  ['blank', [9, 9, 32, 32]],
  ['cntrl', [0, 31, 127, 127]],
  ['digit', [48, 57]],
  ['graph', [33, 126]],
  ['lower', [97, 122]],
  ['print', [32, 126]],
  ['punct', [33, 47, 58, 64, 91, 96, 123, 126]],
  ['space', [9, 13, 32, 32]],
  ['upper', [65, 90]],
  ['word', [48, 57, 65, 90, 95, 95, 97, 122]],
  ['xdigit', [48, 57, 65, 70, 97, 102]],
])

export function union(...sets: readonly CharSet[]): CharSet {
  const pairs: [number, number][] = []
  for (const set of sets) for (let i = 0; i < set.length; i += 2) pairs.push([set[i] ?? 0, set[i + 1] ?? 0])
  pairs.sort((a, b) => a[0] - b[0])
  const merged: number[] = []
  for (const [from, to] of pairs) {
    const end = merged.at(-1)
    if (end !== undefined && from <= end + 1) merged[merged.length - 1] = Math.max(end, to)
    else merged.push(from, to)
  }
  return merged
}

export function complement(set: CharSet): CharSet {
  const inverse: number[] = []
  let next = 0
  for (let i = 0; i < set.length; i += 2) {
    const from = set[i] ?? 0
    if (from > next) inverse.push(next, from - 1)
    next = (set[i + 1] ?? 0) + 1
  }
  if (next <= last) inverse.push(next, last)
  return inverse
}

export function overlap(one: CharSet, other: CharSet): boolean {
  for (let i = 0; i < one.length; i += 2)
    for (let j = 0; j < other.length; j += 2)
      if ((one[i] ?? 0) <= (other[j + 1] ?? 0) && (other[j] ?? 0) <= (one[i + 1] ?? 0)) return true
  return false
}

/** With both cases of every letter: ranges of ASCII letters, and, unless asked not to, other letters that stand alone. */
export function bothCases(set: CharSet, asciiOnly: boolean): CharSet {
  const more: CharSet[] = [set]
  for (let i = 0; i < set.length; i += 2) {
    const [from, to] = [set[i] ?? 0, set[i + 1] ?? 0]
    more.push(shifted(from, to, 65, 90, 32), shifted(from, to, 97, 122, -32))
    if (!asciiOnly && from === to && from > 127) more.push(otherCases(from))
  }
  return union(...more)
}

function shifted(from: number, to: number, low: number, high: number, by: number): CharSet {
  const [first, end] = [Math.max(from, low), Math.min(to, high)]
  return first <= end ? [first + by, end + by] : []
}

function otherCases(unit: number): CharSet {
  const char = String.fromCharCode(unit)
  return [char.toLowerCase(), char.toUpperCase()]
    .filter((other) => other.length === 1)
    .flatMap((other) => [other.charCodeAt(0), other.charCodeAt(0)])
}

export function contains(set: CharSet, unit: number): boolean {
  for (let i = 0; i < set.length; i += 2) if (unit >= (set[i] ?? 0) && unit <= (set[i + 1] ?? 0)) return true
  return false
}

/** A set of which one look-up tells whether a unit below 256 is in it. */
export class Units {
  readonly set: CharSet
  readonly #table = new Uint8Array(256)
  /** The only unit that is not in it, as a text; null where there are several or none. */
  readonly onlyOther: string | null

  constructor(set: CharSet) {
    this.set = set
    for (let i = 0; i < set.length; i += 2) this.#table.fill(1, set[i], Math.min(255, set[i + 1] ?? 0) + 1)
    const [first, before = 0, behind = 0, end] = set
    const isAllButOne = set.length === 4 && first === 0 && behind === before + 2 && end === last
    this.onlyOther = isAllButOne ? String.fromCharCode(before + 1) : null
  }

  has(unit: number): boolean {
    return unit < 256 ? this.#table[unit] === 1 : contains(this.set, unit)
  }
}

/** Patterns use the same few sets over and over: \s, \w, a letter in both cases. Kept for as many different ones. */
const maxKept = 4096
const kept = new Map<string, Units>()
const ofSets = new WeakMap<CharSet, Units>()

/** Equal sets share one. */
export function unitsOf(set: CharSet): Units {
  const known = ofSets.get(set)
  if (known !== undefined) return known
  const key = set.join()
  const units = kept.get(key) ?? new Units(set)
  if (kept.size < maxKept) kept.set(key, units)
  ofSets.set(set, units)
  return units
}
