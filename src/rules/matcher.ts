// SPDX-License-Identifier: Apache-2.0
/** Many patterns on the texts of one kind: those that need a literal which is not there are never tried. */
import { beginningOf } from '../kit/regex-beginning.ts'
import { buildGate, type Gate } from '../kit/regex-gate.ts'
import { mayBeEmpty } from '../kit/regex-heads.ts'
import type { RegexNode } from '../kit/regex-syntax.ts'
import { type Width, widthOf } from '../kit/regex-widths.ts'
import { type Match, type Pattern, type Starts, search, searchAt } from './pattern.ts'
import { Prefilter } from './prefilter.ts'
import { type Sought, StartsInText } from './starts.ts'

export interface MatchEntry {
  /** The rule's number. */
  readonly rule: number
  readonly pattern: Pattern
  /** Matches that are counted: 1 unless the rule has tflags multiple. */
  readonly maxHits: number
}

/** Where hits go: by rule number. */
export interface Tally {
  readonly hits: Int32Array
  /** What matched first; only read where hits is not 0. */
  readonly excerpts: string[]
}

/** Patterns of one gate: more of them meet in more states. */
const gateSize = 8
/** Code units of a pattern that a gate looks at: the more, the fewer get through, and the more states there are. */
const gateUnits = 4

export class Matcher {
  readonly #entries: readonly MatchEntry[]
  /** Tried on every text: nothing is known of them. */
  readonly #always: number[]
  /** Without literals, but worth a gate, together with others; made when the first text comes. */
  #unmade: number[]
  readonly #gates: Gate[] = []
  /** By entry: the width of what its gate looks at. */
  readonly #gated: Width[] = []
  readonly #prefilter: Prefilter | null
  /** By entry. */
  readonly #sought: readonly Sought[]
  /** By literal: the entries that need it. */
  readonly #needing: readonly Int32Array[]
  readonly #candidates: Int32Array
  #count = 0
  /** By entry: the last round in which it became a candidate, and where matches may then begin, if a gate told. */
  readonly #seen: Int32Array
  readonly #first: Float64Array
  readonly #last: Float64Array
  #round = 0
  readonly #starts: StartsInText
  readonly #throughGate = (id: number, at: number): void => this.#pass(id, at)

  constructor(entries: readonly MatchEntry[]) {
    this.#entries = entries
    const numbers = new Map<string, number>()
    const numberOf = (text: string): number => {
      const number = numbers.get(text) ?? numbers.size
      numbers.set(text, number)
      return number
    }
    this.#sought = entries.map(({ pattern }) => ({
      pattern,
      literals: Int32Array.from(pattern.literals ?? [], ({ text }) => numberOf(text)),
      landmarks: Int32Array.from(pattern.landmarks, numberOf),
    }))
    const literals = this.#sought.map((sought) => sought.literals)
    this.#needing = invert(literals, numbers.size)
    this.#prefilter = numbers.size > 0 ? new Prefilter([...numbers.keys()]) : null
    this.#starts = new StartsInText(this.#prefilter)
    this.#unmade = entries.flatMap(({ pattern }, id) => (pattern.literals === null ? [id] : []))
    this.#always = []
    this.#candidates = new Int32Array(entries.length)
    this.#seen = new Int32Array(entries.length)
    this.#first = new Float64Array(entries.length)
    this.#last = new Float64Array(entries.length)
  }

  run(text: string, tally: Tally): void {
    if (this.#unmade.length > 0) this.#makeGates()
    this.#round = (this.#round + 1) | 0
    this.#prefilter?.scan(text)
    for (const id of this.#always) this.#tryBetween(id, text, 0, text.length, tally)
    this.#runGated(text, tally)
    if (this.#prefilter !== null) this.#runWithLiterals(this.#prefilter, text, tally)
  }

  #runGated(text: string, tally: Tally): void {
    this.#count = 0
    for (const gate of this.#gates) gate.scan(text, 0, this.#throughGate)
    for (let i = 0; i < this.#count; i++) {
      const id = this.#candidates[i] as number
      this.#tryBetween(id, text, this.#first[id] as number, this.#last[id] as number, tally)
    }
  }

  #runWithLiterals(prefilter: Prefilter, text: string, tally: Tally): void {
    for (let i = 0; i < prefilter.foundCount; i++) {
      const needing = this.#needing[prefilter.found[i] as number]
      if (needing === undefined) continue
      for (let k = 0; k < needing.length; k++) {
        const id = needing[k] as number
        if (this.#seen[id] === this.#round) continue
        this.#seen[id] = this.#round
        const entry = this.#entries[id]
        if (entry === undefined || (tally.hits[entry.rule] as number) >= entry.maxHits) continue
        this.#starts.fillFromLiterals(this.#sought[id] as Sought, text.length, prefilter)
        this.#try(entry, text, tally)
      }
    }
  }

  #tryBetween(id: number, text: string, first: number, last: number, tally: Tally): void {
    const entry = this.#entries[id]
    if (entry === undefined || (tally.hits[entry.rule] as number) >= entry.maxHits) return
    this.#starts.fillRange(this.#sought[id] as Sought, text.length, first, last)
    this.#try(entry, text, tally)
  }

  #try(entry: MatchEntry, text: string, tally: Tally): void {
    const match = searchAt(entry.pattern, text, this.#starts)
    if (match === null) return
    const before = tally.hits[entry.rule] as number
    if (before === 0) tally.excerpts[entry.rule] = match.text
    tally.hits[entry.rule] = before + 1
    if (entry.maxHits > 1) countFurther(entry, text, match, this.#starts, tally.hits)
  }

  /** A gate let the pattern through: what it looks at of it ends at the place, or one behind. */
  #pass(id: number, at: number): void {
    const { min, max } = this.#gated[id] ?? { min: 0, max: Number.POSITIVE_INFINITY }
    if (this.#seen[id] !== this.#round) {
      this.#seen[id] = this.#round
      this.#first[id] = at - max
      this.#candidates[this.#count++] = id
    }
    this.#last[id] = at + 1 - min
  }

  /** The platform looks through a text for a single short pattern at least as fast as a gate does. */
  #isWorthGate(group: readonly { readonly id: number }[]): boolean {
    const root = this.#entries[group[0]?.id ?? -1]?.pattern.root
    return group.length > 1 || root === undefined || widthOf(root).max > gateUnits
  }

  #makeGates(): void {
    const able: { id: number; root: RegexNode }[] = []
    for (const id of this.#unmade) {
      const root = this.#entries[id]?.pattern.root
      if (root === undefined || mayBeEmpty(root)) this.#always.push(id)
      else able.push({ id, root: beginningOf(root, gateUnits) })
    }
    this.#unmade = []
    for (let i = 0; i < able.length; i += gateSize) {
      const group = able.slice(i, i + gateSize)
      const gate = this.#isWorthGate(group) ? buildGate(group) : null
      if (gate === null) this.#always.push(...group.map(({ id }) => id))
      else this.#gates.push(gate)
      for (const { id, root } of group) this.#gated[id] = widthOf(root)
    }
  }
}

/** By number: who has it. */
function invert(lists: readonly Int32Array[], size: number): Int32Array[] {
  const owners = Array.from({ length: size }, (): number[] => [])
  for (const [owner, list] of lists.entries()) for (const number of new Set(list)) owners[number]?.push(owner)
  return owners.map((list) => Int32Array.from(list))
}

/** tflags multiple: the matches behind the first, none of which begins behind the last of the starts. */
function countFurther(entry: MatchEntry, text: string, first: Match, { last: end }: Starts, hits: Int32Array): void {
  let last = first
  for (let count = hits[entry.rule] as number; count < entry.maxHits; hits[entry.rule] = ++count) {
    // Behind an empty match Perl goes on one further.
    const from = last.index + Math.max(1, last.text.length)
    const match = from > end ? null : search(entry.pattern, text, from)
    if (match === null) return
    last = match
  }
}
