// SPDX-License-Identifier: Apache-2.0
/**
 * Many literals in one pass over a text (Aho and Corasick 1975), as one table: each byte of the text costs two look-ups,
 * however many literals there are. Case of ASCII letters does not count.
 */
import { type Automaton, buildAutomaton } from './prefilter-table.ts'

/** Occurrences whose places are kept; of those beyond it only the first and last of each literal are known. */
const maxKept = 4096

/** Where literals are in the text that was scanned last. */
export class Prefilter {
  readonly #automaton: Automaton
  readonly #lengths: Int32Array
  /** By literal: occurrences, and where the first and the last of them begin. */
  readonly counts: Int32Array
  readonly firsts: Int32Array
  readonly lasts: Int32Array
  /** The literals that occur, in no order. */
  readonly found: Int32Array
  foundCount = 0
  /** Where each kept occurrence begins, and which one of the same literal was before it; -1 for none. */
  readonly #begins = new Int32Array(maxKept)
  readonly #earlier = new Int32Array(maxKept)
  /** By literal: its last kept occurrence. */
  readonly #latest: Int32Array
  #kept = 0

  /** Literals are lower case, one code unit per byte, each once; they are known by their place in the list. */
  constructor(literals: readonly string[]) {
    this.#automaton = buildAutomaton(literals)
    this.#lengths = Int32Array.from(literals, (literal) => literal.length)
    this.counts = new Int32Array(literals.length)
    this.firsts = new Int32Array(literals.length)
    this.lasts = new Int32Array(literals.length)
    this.found = new Int32Array(literals.length)
    this.#latest = new Int32Array(literals.length)
  }

  scan(text: string): void {
    for (let i = 0; i < this.foundCount; i++) this.counts[this.found[i] as number] = 0
    this.foundCount = 0
    this.#kept = 0
    const { table, classes, rowSize, outputs } = this.#automaton
    let state = 0
    for (let i = 0; i < text.length; i++) {
      state = table[(state >> 1) + (classes[text.charCodeAt(i) & 0xff] as number)] as number
      if ((state & 1) === 1) this.#note(outputs[(state >> 1) / rowSize], i + 1)
    }
  }

  #note(literals: Int32Array | null | undefined, end: number): void {
    if (literals === null || literals === undefined) return
    for (let k = 0; k < literals.length; k++) {
      const literal = literals[k] as number
      const begin = end - (this.#lengths[literal] as number)
      const isFirst = this.counts[literal] === 0
      if (isFirst) {
        this.found[this.foundCount++] = literal
        this.firsts[literal] = begin
      }
      this.lasts[literal] = begin
      this.counts[literal] = (this.counts[literal] as number) + 1
      if (this.#kept === maxKept) continue
      this.#begins[this.#kept] = begin
      this.#earlier[this.#kept] = isFirst ? -1 : (this.#latest[literal] as number)
      this.#latest[literal] = this.#kept++
    }
  }

  /** Where every occurrence of a found literal begins; null when there were too many. */
  beginsOf(literal: number): number[] | null {
    if (this.#kept === maxKept) return null
    const begins: number[] = []
    for (let at = this.#latest[literal] as number; at >= 0; at = this.#earlier[at] as number)
      begins.push(this.#begins[at] as number)
    return begins
  }
}
