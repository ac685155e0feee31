// SPDX-License-Identifier: Apache-2.0
/**
 * Many literals in one pass over a text (Aho and Corasick 1975), as one table: each byte of the text costs two look-ups,
 * however many literals there are. Case of ASCII letters does not count. Each look-up has to wait for the one before it,
 * so both halves of a text are read at once.
 */
import { asBuffer, fromLatin1 } from '../kit/bytes.ts'
import { type Automaton, buildAutomaton } from './prefilter-table.ts'

/** Occurrences whose places are kept; of those beyond it only the first and last of each literal are known. */
const maxKept = 4096
/** Of a shorter text both halves together are hardly less than the whole. */
const minHalved = 128

/** Where literals are in the text that was scanned last. */
export class Prefilter {
  readonly #automaton: Automaton
  readonly #lengths: Int32Array
  readonly #longest: number
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
  /** The only literal, where it has no letters and so no case: the platform finds it a good deal sooner. */
  readonly #only: Buffer | null

  /** Literals are lower case, one code unit per byte, each once; they are known by their place in the list. */
  constructor(literals: readonly string[]) {
    this.#automaton = buildAutomaton(literals)
    this.#lengths = Int32Array.from(literals, (literal) => literal.length)
    this.#longest = this.#lengths.reduce((longest, length) => Math.max(longest, length), 0)
    this.counts = new Int32Array(literals.length)
    this.firsts = new Int32Array(literals.length)
    this.lasts = new Int32Array(literals.length)
    this.found = new Int32Array(literals.length)
    this.#latest = new Int32Array(literals.length)
    const [only = ''] = literals
    this.#only = literals.length === 1 && !/[a-z]/.test(only) ? fromLatin1(only) : null
  }

  /** Looks through so many bytes. */
  scan(bytes: Uint8Array, length: number): void {
    for (let i = 0; i < this.foundCount; i++) this.counts[this.found[i] as number] = 0
    this.foundCount = 0
    this.#kept = 0
    if (this.#only !== null) this.#scanForOnly(this.#only, asBuffer(bytes).subarray(0, length))
    else if (length < minHalved) this.#scanWhole(bytes, length)
    else this.#scanHalves(bytes, length)
  }

  #scanForOnly(only: Buffer, bytes: Buffer): void {
    for (let at = bytes.indexOf(only); at >= 0; at = bytes.indexOf(only, at + 1)) this.#add(0, at)
  }

  #scanWhole(bytes: Uint8Array, length: number): void {
    const { table, classes } = this.#automaton
    let state = 0
    for (let i = 0; i < length; i++) {
      do state = table[(state >> 1) + (classes[bytes[i] as number] as number)] as number
      while ((state & 1) === 0 && ++i < length)
      if ((state & 1) === 1) this.#note(state, i + 1)
    }
  }

  /** The second half begins early enough for what lies across the border, and tells only what ends behind it. */
  #scanHalves(bytes: Uint8Array, length: number): void {
    const { table, classes } = this.#automaton
    const shared = Math.min(this.#longest - 1, length)
    const second = (length - shared) >> 1
    const border = second + shared
    let one = 0
    let other = 0
    for (let i = 0; second + i < length; i++) {
      // No call is made in the inner loop: V8 then knows that the arrays stay as they are, and takes a third less time.
      do {
        one = table[(one >> 1) + (classes[bytes[i] as number] as number)] as number
        other = table[(other >> 1) + (classes[bytes[second + i] as number] as number)] as number
      } while (((one | other) & 1) === 0 && second + ++i < length)
      if ((one & 1) === 1 && i < border) this.#note(one, i + 1)
      if ((other & 1) === 1 && second + i >= border) this.#note(other, second + i + 1)
    }
  }

  /** What ends where a state was reached; ends come in no order. */
  #note(state: number, end: number): void {
    const { outputs, rowSize } = this.#automaton
    const literals = outputs[(state >> 1) / rowSize]
    if (literals === null || literals === undefined) return
    for (let k = 0; k < literals.length; k++) {
      const literal = literals[k] as number
      this.#add(literal, end - (this.#lengths[literal] as number))
    }
  }

  #add(literal: number, begin: number): void {
    const isNew = this.counts[literal] === 0
    if (isNew) this.found[this.foundCount++] = literal
    if (isNew || begin < (this.firsts[literal] as number)) this.firsts[literal] = begin
    if (isNew || begin > (this.lasts[literal] as number)) this.lasts[literal] = begin
    this.counts[literal] = (this.counts[literal] as number) + 1
    if (this.#kept === maxKept) return
    this.#begins[this.#kept] = begin
    this.#earlier[this.#kept] = isNew ? -1 : (this.#latest[literal] as number)
    this.#latest[literal] = this.#kept++
  }

  /** Where every occurrence of a found literal begins, in no order; null when there were too many. */
  beginsOf(literal: number): number[] | null {
    if (this.#kept === maxKept) return null
    const begins: number[] = []
    for (let at = this.#latest[literal] as number; at >= 0; at = this.#earlier[at] as number)
      begins.push(this.#begins[at] as number)
    return begins
  }
}
