// SPDX-License-Identifier: Apache-2.0
/** Where the matches of one pattern may begin in the text that a matcher has just looked through. */
import { asBuffer, LF } from '../kit/bytes.ts'
import { type Candidates, maxPlaces, type Needed, placesOf } from './candidates.ts'
import type { Prefilter } from './prefilter.ts'
import type { Starts } from './search.ts'

/** So many in a row are listed without asking what stands there. */
const fewPlaces = 4

/** So many characters make a line long: most others are leapt over when such are looked for. */
const longLine = 200

/** A pattern by its number, with what a matcher knows of it. */
export interface Sought {
  readonly id: number
  readonly isAnchored: boolean
  /** The literals that tell where matches may begin: those by which it became a candidate, or better ones. */
  readonly needed: readonly Needed[]
  readonly areBetter: boolean
  /** The numbers under which the prefilter knows the pattern's landmarks. */
  readonly landmarks: Int32Array
}

/** What else a text must hold for a pattern: any of these, so often. */
export interface Demand {
  readonly needed: readonly Needed[]
  readonly times: number
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
  #bytes: Uint8Array = new Uint8Array()
  #length = 0
  /** Where the lines of the text begin, and one behind the end of the last; none while nobody has asked. */
  readonly #lines: number[] = []

  constructor(prefilter: Prefilter | null, candidates: Candidates) {
    this.#prefilter = prefilter
    this.#candidates = candidates
  }

  /** A text is looked through: so many of the bytes. */
  begin(bytes: Uint8Array, length: number): void {
    this.#bytes = bytes
    this.#length = length
    this.#lines.length = 0
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
    if (sought.areBetter) this.count = Math.min(this.#narrow(sought.needed).places, this.#room())
  }

  /** No further than what else must be there allows; false where that leaves no place, or there is too little of it. */
  meet({ needed, times }: Demand): boolean {
    if (this.#narrow(needed).times < times) return false
    this.count = Math.min(this.count, this.#room())
    return this.count > 0
  }

  #room(): number {
    return Math.max(0, this.last - this.first + 1)
  }

  /** Returns how often one of these occurs, and for how many places that makes. */
  #narrow(needed: readonly Needed[]): { readonly times: number; readonly places: number } {
    let first = Number.POSITIVE_INFINITY
    let last = -1
    let times = 0
    let places = 0
    if (this.#prefilter === null) return { times, places }
    const { counts, firsts, lasts } = this.#prefilter
    for (let i = 0; i < needed.length; i++) {
      const { literal, least, most } = needed[i] as Needed
      const count = counts[literal] as number
      if (count === 0) continue
      times += count
      places += count * (most - least + 1)
      first = Math.min(first, (firsts[literal] as number) - most)
      last = Math.max(last, (lasts[literal] as number) - least)
    }
    this.first = Math.max(this.first, first)
    this.last = Math.min(this.last, last)
    return { times, places }
  }

  bytes(): Uint8Array {
    return this.#bytes
  }

  places(): readonly number[] | null {
    const { first, last } = this
    if (last - first < fewPlaces) return listed(first, last)
    if (!this.#byLiterals || this.count > maxPlaces || this.#prefilter === null || this.#sought === null) return null
    return placesOf(this.#sought.needed, this.#prefilter, first, last)
  }

  lines(least: number): readonly number[] | null {
    const text = asBuffer(this.#bytes).subarray(0, this.#length)
    if (least >= longLine) return longLines(text, least, this.first, this.last)
    if (this.#lines.length === 0) findLines(text, this.#lines)
    if (this.#lines.length > maxPlaces) return null
    const places: number[] = []
    for (let i = 0; i + 1 < this.#lines.length; i++) {
      const place = this.#lines[i] as number
      const isLong = (this.#lines[i + 1] as number) - 1 - place >= least
      if (isLong && place >= this.first && place <= this.last) places.push(place)
    }
    return places
  }

  landmarks(): readonly number[] | null {
    const counts = this.#prefilter?.counts
    if (counts === undefined || this.#sought === null) return null
    const { landmarks } = this.#sought
    const occur: number[] = []
    for (let i = 0; i < landmarks.length; i++) occur.push(counts[landmarks[i] as number] as number)
    return occur
  }
}

function listed(first: number, last: number): number[] {
  const places: number[] = []
  for (let place = first; place <= last; place++) places.push(place)
  return places
}

/** Where long lines begin, between two places: no line is long that ends in what it would have to be long for. */
function longLines(text: Buffer, least: number, first: number, last: number): readonly number[] | null {
  const places: number[] = []
  for (let place = 0; place + least <= text.length; ) {
    const end = text.lastIndexOf(LF, place + least - 1)
    if (end >= place) {
      place = end + 1
      continue
    }
    if (place >= first && place <= last && places.push(place) > maxPlaces) return null
    const next = text.indexOf(LF, place + least)
    if (next < 0) break
    place = next + 1
  }
  return places
}

function findLines(bytes: Uint8Array, lines: number[]): void {
  lines.push(0)
  for (let at = bytes.indexOf(LF); at >= 0 && lines.length <= maxPlaces; at = bytes.indexOf(LF, at + 1))
    lines.push(at + 1)
  lines.push(bytes.length + 1)
}
