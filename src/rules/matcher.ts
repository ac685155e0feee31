// SPDX-License-Identifier: Apache-2.0
/** Many patterns on the texts of one kind: those that need a literal which is not there are never tried. */
import { buildGate, type Gate } from '../kit/regex-gate.ts'
import { mayBeEmpty } from '../kit/regex-heads.ts'
import type { RegexNode } from '../kit/regex-syntax.ts'
import { type Match, type Pattern, search } from './pattern.ts'
import { buildPrefilter, type Prefilter } from './prefilter.ts'

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

/** Below this number of rules, trying them costs less than looking for their literals. */
const worthScanning = 4

export class Matcher {
  readonly #entries: readonly MatchEntry[]
  /** Tried on every text: no literal of theirs is known, or there are too few to be worth a scan. */
  readonly #always: number[]
  /** Those of them that are worth a gate, together with others; made when the first text comes. */
  readonly #unmade: number[]
  readonly #gates: Gate[] = []
  readonly #prefilter: Prefilter | null
  readonly #candidates: Int32Array
  readonly #seen: Int32Array
  #count = 0
  #round = 0
  readonly #found: (id: number) => void

  constructor(entries: readonly MatchEntry[]) {
    this.#entries = entries
    const filtered = entries.flatMap((entry, id) =>
      entry.pattern.literals === null ? [] : [{ id, literals: entry.pattern.literals }],
    )
    const scans = filtered.length >= worthScanning
    this.#prefilter = scans ? buildPrefilter(filtered) : null
    const always = entries.flatMap((entry, id) => (scans && entry.pattern.literals !== null ? [] : [id]))
    this.#unmade = always.length >= worthScanning ? always : []
    this.#always = always.length >= worthScanning ? [] : always
    this.#candidates = new Int32Array(entries.length)
    this.#seen = new Int32Array(entries.length)
    this.#found = (id) => {
      if (this.#seen[id] === this.#round) return
      this.#seen[id] = this.#round
      this.#candidates[this.#count++] = id
    }
  }

  run(text: string, tally: Tally): void {
    if (this.#unmade.length > 0) this.#makeGates()
    for (const id of this.#always) this.#try(id, text, tally)
    this.#round = (this.#round + 1) | 0
    this.#count = 0
    for (const gate of this.#gates) gate.scan(text, 0, this.#found)
    this.#prefilter?.scan(text, this.#found)
    for (let i = 0; i < this.#count; i++) this.#try(this.#candidates[i] as number, text, tally)
  }

  #makeGates(): void {
    const able: { id: number; root: RegexNode }[] = []
    for (const id of this.#unmade.splice(0)) {
      const root = this.#entries[id]?.pattern.root
      if (root === undefined || mayBeEmpty(root)) this.#always.push(id)
      else able.push({ id, root })
    }
    for (let i = 0; i < able.length; i += gateSize) {
      const group = able.slice(i, i + gateSize)
      const gate = buildGate(group)
      if (gate === null) this.#always.push(...group.map(({ id }) => id))
      else this.#gates.push(gate)
    }
  }

  #try(id: number, text: string, tally: Tally): void {
    const entry = this.#entries[id]
    if (entry === undefined) return
    const before = tally.hits[entry.rule] as number
    if (before >= entry.maxHits) return
    const match = search(entry.pattern, text)
    if (match === null) return
    if (before === 0) tally.excerpts[entry.rule] = match.text
    tally.hits[entry.rule] = before + 1
    if (entry.maxHits > 1) countFurther(entry, text, match, tally.hits)
  }
}

/** tflags multiple: the matches behind the first. */
function countFurther(entry: MatchEntry, text: string, first: Match, hits: Int32Array): void {
  let last = first
  for (let count = hits[entry.rule] as number; count < entry.maxHits; hits[entry.rule] = ++count) {
    // Behind an empty match Perl goes on one further.
    const from = last.index + Math.max(1, last.text.length)
    const match = from > text.length ? null : search(entry.pattern, text, from)
    if (match === null) return
    last = match
  }
}
