// SPDX-License-Identifier: Apache-2.0
/** Where the matches of one pattern may begin in the text that a matcher has just looked through. */
import type { Candidates } from './candidates.ts'
import type { Prefilter } from './prefilter.ts'
import type { Starts } from './search.ts'

/** So many in a row are listed without asking what stands there. */
const fewPlaces = 4
/** More are not listed. */
const maxPlaces = 10_000

/** A pattern by its number, with what a matcher knows of it. */
export interface Sought {
  readonly id: number
  readonly isAnchored: boolean
  /** The numbers under which the prefilter knows the pattern's landmarks. */
  readonly landmarks: Int32Array
}

/** One object for all patterns and texts, filled anew for each: it is asked at once. */
export class StartsInText implements Starts {
  first = 0
  last = 0
  count = 0
  readonly #prefilter: Prefilter | null
  readonly #candidates: Candidates
  #sought: Sought | null = null
  /** Literals tell the places; otherwise they are all between the first and the last. */
  #byLiterals = false

  constructor(prefilter: Prefilter | null, candidates: Candidates) {
    this.#prefilter = prefilter
    this.#candidates = candidates
  }

  /** From one place to another, whatever stands there. */
  fillRange(sought: Sought, length: number, first: number, last: number): void {
    this.first = Math.max(0, first)
    this.last = sought.isAnchored ? 0 : Math.min(last, length)
    this.count = Math.max(0, this.last - this.first + 1)
    this.#sought = sought
    this.#byLiterals = false
  }

  /** As far before the literals as the pattern says. */
  fillFromLiterals(sought: Sought, length: number): void {
    const { firsts, lasts, places } = this.#candidates
    this.fillRange(sought, length, firsts[sought.id] as number, lasts[sought.id] as number)
    this.count = Math.min(this.count, places[sought.id] as number)
    this.#byLiterals = true
  }

  places(): readonly number[] | null {
    const { first, last } = this
    if (last - first < fewPlaces) return Array.from({ length: last - first + 1 }, (_, i) => first + i)
    if (!this.#byLiterals || this.count > maxPlaces || this.#prefilter === null || this.#sought === null) return null
    return this.#candidates.placesOf(this.#sought.id, this.#prefilter, first, last)
  }

  landmarks(): readonly number[] | null {
    const counts = this.#prefilter?.counts
    if (counts === undefined || this.#sought === null) return null
    return Array.from(this.#sought.landmarks, (landmark) => counts[landmark] as number)
  }
}
