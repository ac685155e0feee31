// SPDX-License-Identifier: Apache-2.0
/** Many patterns on the texts of one kind: those that need a literal which is not there are never tried. */
import type { Literal } from '../kit/regex-literals.ts'
import { Candidates, type Needed } from './candidates.ts'
import { Gates } from './gates.ts'
import type { Pattern } from './pattern.ts'
import { Prefilter } from './prefilter.ts'
import { type Match, type Starts, search, searchAt } from './search.ts'
import { type Demand, type Sought, StartsInText } from './starts.ts'

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

export function newTally(rules: number): Tally {
  return { hits: new Int32Array(rules), excerpts: new Array<string>(rules).fill('') }
}

/** The text that is being looked through, as bytes: they are read several times, and faster so than from a string. */
let bytes = Buffer.alloc(1 << 16)

export class Matcher {
  readonly #entries: readonly MatchEntry[]
  /** Of the patterns without literals; made when the first text comes. */
  #gates: Gates | null = null
  readonly #prefilter: Prefilter | null
  readonly #candidates: Candidates
  /** By entry. */
  readonly #demands: readonly (readonly Demand[])[]
  readonly #starts: StartsInText
  /** By entry. */
  readonly #sought: readonly Sought[]

  constructor(entries: readonly MatchEntry[]) {
    this.#entries = entries
    const numbers = new Map<string, number>()
    const numberOf = (text: string): number => {
      const number = numbers.get(text) ?? numbers.size
      numbers.set(text, number)
      return number
    }
    const needing = (literals: readonly Literal[] | null): readonly Needed[] =>
      (literals ?? []).map(({ text, before: { min, max } }) => ({ literal: numberOf(text), least: min, most: max }))
    const needed = entries.map(({ pattern: { requires } }) => needing(requires.literals))
    this.#sought = entries.map(({ pattern: { isAnchored, landmarks, requires } }, id) => ({
      id,
      isAnchored,
      needed: requires.starters === null ? (needed[id] ?? []) : needing(requires.starters),
      areBetter: requires.starters !== null,
      landmarks: Int32Array.from(landmarks, numberOf),
    }))
    this.#demands = entries.map(({ pattern: { requires } }) =>
      requires.others.map(({ literals, times }) => ({ needed: needing(literals), times })),
    )
    this.#prefilter = numbers.size > 0 ? new Prefilter([...numbers.keys()]) : null
    this.#candidates = new Candidates(needed, numbers.size)
    this.#starts = new StartsInText(this.#prefilter, this.#candidates)
  }

  /** On a text of one code unit per byte. */
  run(text: string, tally: Tally): void {
    this.#gates ??= this.#makeGates()
    if (text.length > bytes.length) bytes = Buffer.alloc(text.length * 2)
    bytes.write(text, 0, 'latin1')
    this.#starts.begin(bytes, text.length)
    this.#prefilter?.scan(bytes, text.length)
    this.#runGated(this.#gates, text, tally)
    if (this.#prefilter !== null) this.#runWithLiterals(this.#prefilter, text, tally)
  }

  #makeGates(): Gates {
    return new Gates(
      this.#entries.flatMap(({ pattern: { requires, root } }, id) =>
        requires.literals === null ? [{ id, root }] : [],
      ),
    )
  }

  #runGated(gates: Gates, text: string, tally: Tally): void {
    for (const id of gates.others) this.#tryBetween(id, text, 0, text.length, tally)
    gates.scan(bytes, text.length)
    gates.tellPassed((id, first, last) => this.#tryBetween(id, text, first, last, tally))
  }

  #runWithLiterals(prefilter: Prefilter, text: string, tally: Tally): void {
    const candidates = this.#candidates
    candidates.collect(prefilter)
    for (let i = 0; i < candidates.count; i++) {
      const id = candidates.ids[i] as number
      const entry = this.#entries[id]
      if (entry === undefined || (tally.hits[entry.rule] as number) >= entry.maxHits) continue
      this.#starts.fillFromLiterals(this.#sought[id] as Sought, text.length)
      if (this.#meets(this.#demands[id] as readonly Demand[])) this.#try(entry, text, tally)
    }
  }

  #meets(demands: readonly Demand[]): boolean {
    for (let i = 0; i < demands.length; i++) if (!this.#starts.meet(demands[i] as Demand)) return false
    return true
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
}

/** tflags multiple: the matches behind the first, none of which begins behind the last of the starts. */
function countFurther(entry: MatchEntry, text: string, first: Match, { last: end }: Starts, hits: Int32Array): void {
  const { pattern, rule, maxHits } = entry
  // Behind an empty match Perl goes on one further.
  let from = first.index + Math.max(1, first.text.length)
  let count = hits[rule] as number
  if (text.length <= pattern.window && !pattern.mayBeEmpty) {
    pattern.regex.lastIndex = from
    while (count < maxHits && pattern.regex.lastIndex <= end && pattern.regex.test(text)) count++
    hits[rule] = count
    return
  }
  for (; count < maxHits && from <= end; hits[rule] = ++count) {
    const match = search(pattern, text, from)
    if (match === null) return
    from = match.index + Math.max(1, match.text.length)
  }
}
