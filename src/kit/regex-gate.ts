// SPDX-License-Identifier: Apache-2.0
/**
 * Tells in one pass over a text which patterns cannot match it: their relaxed forms (regex-relaxed.ts) run side by side
 * as one deterministic automaton, whose states are made when a text first leads there and forgotten when they are many.
 */
import { Advance, type Beside, endClass } from './regex-advance.ts'
import { mayBeEmpty } from './regex-heads.ts'
import { relax } from './regex-relaxed.ts'
import type { RegexNode } from './regex-syntax.ts'

/** Entries of one gate's table, 4 bytes each. */
const maxTable = 1 << 19
const firstRows = 32
/** So many states are made at first, then one for so many code units: a text that needs more is let through. */
const freeStates = 4000
const unitsPerState = 16

interface State {
  readonly steps: Int32Array
  readonly before: Beside
  /** What matches when the text ends here; null until it is asked. */
  atEnd: readonly number[] | null
}

/** The first row is no state: a 0 in the table is a transition that was not made yet. */
const noState: State = { steps: new Int32Array(0), before: 'other', atEnd: null }

/** Told the id of a pattern and the place of the unit before or behind which it matched. */
type Found = (id: number, at: number) => void

/** A gate for the patterns together; null when they are too large, or one matches where there is nothing. */
export function buildGate(entries: readonly { readonly id: number; readonly root: RegexNode }[]): Gate | null {
  if (entries.some(({ root }) => mayBeEmpty(root))) return null
  const relaxed = relax(entries)
  if (relaxed === null) return null
  return new Gate(
    new Advance(relaxed),
    entries.map(({ id }) => id),
  )
}

export class Gate {
  readonly #advance: Advance
  readonly #ids: readonly number[]
  #table: Int32Array
  #states: State[] = [noState]
  readonly #rows = new Map<string, number>()
  /** By entry of the table: what matches there. */
  readonly #found = new Map<number, readonly number[]>()
  /** Rows in which texts are begun. */
  readonly #starts = new Map<Beside, number>()
  #credit = freeStates

  constructor(advance: Advance, ids: readonly number[]) {
    this.#advance = advance
    this.#ids = ids
    this.#table = new Int32Array(firstRows * advance.classes)
  }

  /**
   * Tells `found` every pattern that may match at or behind `from`; one may be told more than once. Without `found` it
   * stops at the first. False when none can match.
   */
  scan(text: string, from: number, found: Found | null): boolean {
    const classOf = this.#advance.classOf
    this.#credit = Math.min(freeStates, this.#credit + (text.length - from) / unitsPerState)
    let row = this.#enter(text, from)
    let isFound = false
    for (let at = from; at < text.length; at++) {
      const unit = text.charCodeAt(at)
      if (unit > 255) return this.#letThrough(found, text.length)
      const column = classOf[unit] as number
      let entry = this.#table[row + column] as number
      if (entry === 0) {
        if (this.#credit-- < 1) return this.#letThrough(found, text.length)
        row = this.#makeRoom(row)
        entry = this.#make(row, column)
      }
      if ((entry & 1) === 1) {
        if (found === null) return true
        isFound = true
        for (const id of this.#found.get(row + column) ?? []) found(id, at)
      }
      row = entry >> 1
    }
    return this.#finish(row, text.length, found) || isFound
  }

  /** Whatever the rest of the text holds, every pattern may match anywhere. */
  #letThrough(found: Found | null, length: number): boolean {
    this.#credit = Math.max(0, this.#credit)
    if (found === null) return true
    for (const id of this.#ids) {
      found(id, 0)
      found(id, length)
    }
    return true
  }

  /** The row of the state in which a text is begun. */
  #enter(text: string, from: number): number {
    const before = this.#advance.beside(from === 0 ? null : (this.#advance.classOf[text.charCodeAt(from - 1)] ?? null))
    const known = this.#starts.get(before)
    if (known !== undefined) return known
    this.#makeRoom(0)
    const row = this.#rowOf(this.#advance.begin(before), before)
    this.#starts.set(before, row)
    return row
  }

  #finish(row: number, length: number, found: Found | null): boolean {
    const state = this.#stateAt(row)
    state.atEnd ??= this.#advance.on(state.steps, state.before, endClass).hits
    if (found !== null) for (const id of state.atEnd) found(id, length)
    return state.atEnd.length > 0
  }

  /** Makes the entry of a state for a class of units: the next row, and in the lowest bit whether something matches. */
  #make(row: number, column: number): number {
    const state = this.#stateAt(row)
    const { steps, hits } = this.#advance.on(state.steps, state.before, column)
    const entry = (this.#rowOf(steps, this.#advance.beside(column)) << 1) | (hits.length > 0 ? 1 : 0)
    this.#table[row + column] = entry
    if (hits.length > 0) this.#found.set(row + column, hits)
    return entry
  }

  #stateAt(row: number): State {
    return this.#states[row / this.#advance.classes] ?? noState
  }

  #rowOf(steps: Int32Array, before: Beside): number {
    const key = `${before} ${textOf(steps)}`
    const known = this.#rows.get(key)
    if (known !== undefined) return known
    const row = (this.#states.push({ steps, before, atEnd: null }) - 1) * this.#advance.classes
    this.#rows.set(key, row)
    if (row + this.#advance.classes > this.#table.length) {
      const larger = new Int32Array(this.#table.length * 2)
      larger.set(this.#table)
      this.#table = larger
    }
    return row
  }

  /** When states are many, forgets all but the one at a row. Tells where that one is then. */
  #makeRoom(row: number): number {
    if ((this.#states.length + 2) * this.#advance.classes <= maxTable) return row
    const { steps, before } = this.#stateAt(row)
    this.#table.fill(0)
    this.#states = [noState]
    this.#rows.clear()
    this.#found.clear()
    this.#starts.clear()
    return row === 0 ? 0 : this.#rowOf(steps, before)
  }
}

/** A key: one code unit per step. */
function textOf(steps: Int32Array): string {
  let text = ''
  for (let i = 0; i < steps.length; i += 4096) text += String.fromCharCode(...steps.subarray(i, i + 4096))
  return text
}
