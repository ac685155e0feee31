// SPDX-License-Identifier: Apache-2.0
/** Which patterns have one of their literals in a text, and where their matches may begin because of it. */
import type { Prefilter } from './prefilter.ts'

/** One literal of a pattern: its number, and how far behind the start of a match it stands. */
export interface Needed {
  readonly literal: number
  readonly least: number
  readonly most: number
}

/** The same from the literal's side: who needs it. */
interface Needing {
  readonly ids: Int32Array
  readonly least: Float64Array
  readonly most: Float64Array
}

export class Candidates {
  /** By literal. */
  readonly #needing: readonly Needing[]
  /** The patterns of the last text, in the order in which their literals were met. */
  readonly ids: Int32Array
  count = 0
  /** By pattern, for those of the last text: the first and last place for a match to begin, and how many there may be. */
  readonly firsts: Float64Array
  readonly lasts: Float64Array
  readonly places: Float64Array
  /** By pattern: the last text in which it became a candidate. */
  readonly #seen: Int32Array
  #round = 0

  /** needed: by pattern. Literals are numbered from 0. */
  constructor(needed: readonly (readonly Needed[])[], literals: number) {
    this.#needing = invert(needed, literals)
    this.ids = new Int32Array(needed.length)
    this.firsts = new Float64Array(needed.length)
    this.lasts = new Float64Array(needed.length)
    this.places = new Float64Array(needed.length)
    this.#seen = new Int32Array(needed.length)
  }

  /** Those of the text that the prefilter has just looked through. */
  collect({ found, foundCount, counts, firsts, lasts }: Prefilter): void {
    this.#round = (this.#round + 1) | 0
    this.count = 0
    for (let i = 0; i < foundCount; i++) {
      const literal = found[i] as number
      const { ids, least, most } = this.#needing[literal] as Needing
      for (let k = 0; k < ids.length; k++) {
        const id = ids[k] as number
        const first = (firsts[literal] as number) - (most[k] as number)
        const last = (lasts[literal] as number) - (least[k] as number)
        const places = (counts[literal] as number) * ((most[k] as number) - (least[k] as number) + 1)
        if (this.#seen[id] === this.#round) this.#widen(id, first, last, places)
        else this.#add(id, first, last, places)
      }
    }
  }

  #add(id: number, first: number, last: number, places: number): void {
    this.#seen[id] = this.#round
    this.ids[this.count++] = id
    this.firsts[id] = first
    this.lasts[id] = last
    this.places[id] = places
  }

  #widen(id: number, first: number, last: number, places: number): void {
    if (first < (this.firsts[id] as number)) this.firsts[id] = first
    if (last > (this.lasts[id] as number)) this.lasts[id] = last
    this.places[id] = (this.places[id] as number) + places
  }
}

/** More are not listed. */
export const maxPlaces = 10_000
/** Scratch. */
const places = new Int32Array(maxPlaces)

/** Every place between two in which a match may begin because of these, in order; null when they are not known. */
export function placesOf(
  needed: readonly Needed[],
  prefilter: Prefilter,
  first: number,
  last: number,
): readonly number[] | null {
  let count = 0
  for (const { literal, least, most } of needed) {
    if (prefilter.counts[literal] === 0) continue
    const begins = prefilter.beginsOf(literal)
    if (begins === null || most === Number.POSITIVE_INFINITY) return null
    for (const begin of begins) {
      const end = Math.min(last, begin - least)
      for (let place = Math.max(first, begin - most); place <= end; place++) {
        if (count === maxPlaces) return null
        places[count++] = place
      }
    }
  }
  return inOrder(places.subarray(0, count))
}

/** A copy, each once. */
function inOrder(some: Int32Array): readonly number[] {
  // Without a function that compares, typed arrays are sorted natively.
  if (some.length > 1) some.sort()
  const all: number[] = []
  for (let i = 0; i < some.length; i++) if (i === 0 || some[i] !== some[i - 1]) all.push(some[i] as number)
  return all
}

function invert(needed: readonly (readonly Needed[])[], literals: number): Needing[] {
  const owners = Array.from({ length: literals }, (): (Needed & { readonly id: number })[] => [])
  for (const [id, list] of needed.entries()) for (const one of list) owners[one.literal]?.push({ ...one, id })
  return owners.map((list) => ({
    ids: Int32Array.from(list, ({ id }) => id),
    least: Float64Array.from(list, ({ least }) => least),
    most: Float64Array.from(list, ({ most }) => most),
  }))
}
