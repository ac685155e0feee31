// SPDX-License-Identifier: Apache-2.0
/** Where the matches of one pattern may begin in the text that a matcher has just looked through. */
import type { Pattern, Starts } from './pattern.ts'
import type { Prefilter } from './prefilter.ts'

/** So many in a row are listed without asking what stands there. */
const fewPlaces = 4
/** More are not listed. */
const maxPlaces = 10_000

/** A pattern, and the numbers under which the prefilter knows its literals and landmarks. */
export interface Sought {
  readonly pattern: Pattern
  readonly literals: Int32Array
  readonly landmarks: Int32Array
}

/** One object for all patterns and texts, filled anew for each: it is asked at once. */
export class StartsInText implements Starts {
  first = 0
  last = 0
  count = 0
  readonly #prefilter: Prefilter | null
  #sought: Sought | null = null
  /** Literals tell the places; otherwise they are all between the first and the last. */
  #byLiterals = false

  constructor(prefilter: Prefilter | null) {
    this.#prefilter = prefilter
  }

  /** From one place to another, whatever stands there. */
  fillRange(sought: Sought, length: number, first: number, last: number): void {
    this.first = Math.max(0, first)
    this.last = sought.pattern.isAnchored ? 0 : Math.min(last, length)
    this.count = Math.max(0, this.last - this.first + 1)
    this.#sought = sought
    this.#byLiterals = false
  }

  /** As far before the literals as the pattern says. */
  fillFromLiterals(sought: Sought, length: number, { counts, firsts, lasts }: Prefilter): void {
    const literals = sought.pattern.literals ?? []
    let [first, last, count] = [length, -1, 0]
    for (let i = 0; i < literals.length; i++) {
      const number = sought.literals[i] as number
      const found = counts[number] as number
      const before = literals[i]?.before
      if (found === 0 || before === undefined) continue
      first = Math.min(first, (firsts[number] as number) - before.max)
      last = Math.max(last, (lasts[number] as number) - before.min)
      count += found * (before.max - before.min + 1)
    }
    this.fillRange(sought, length, first, last)
    this.count = Math.min(this.count, count)
    this.#byLiterals = true
  }

  places(): readonly number[] | null {
    const { first, last } = this
    if (last - first < fewPlaces) return Array.from({ length: last - first + 1 }, (_, i) => first + i)
    if (!this.#byLiterals || this.count > maxPlaces) return null
    const places = new Set<number>()
    for (const [i, { before }] of (this.#sought?.pattern.literals ?? []).entries()) {
      const begins = this.#beginsOf(i)
      if (begins === null || (begins.length > 0 && before.max === Number.POSITIVE_INFINITY)) return null
      for (const begin of begins)
        for (let place = begin - before.max; place <= begin - before.min; place++)
          if (place >= first && place <= last) places.add(place)
    }
    return [...places].sort((a, b) => a - b)
  }

  landmarks(): readonly number[] | null {
    const counts = this.#prefilter?.counts
    if (counts === undefined || this.#sought === null) return null
    return Array.from(this.#sought.landmarks, (landmark) => counts[landmark] as number)
  }

  #beginsOf(i: number): readonly number[] | null {
    const number = this.#sought?.literals[i] ?? 0
    if (this.#prefilter === null) return null
    return this.#prefilter.counts[number] === 0 ? [] : this.#prefilter.beginsOf(number)
  }
}
