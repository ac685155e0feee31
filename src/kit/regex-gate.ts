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
/** No text is as long: a place behind all others. */
const maxLength = 0x7fffffff

interface State {
  readonly steps: Int32Array
  readonly before: Beside
  /** What matches when the text ends here; null until it is asked. */
  atEnd: readonly number[] | null
}

/** A transition on which something matches. */
interface Arrival {
  readonly row: number
  readonly hits: readonly number[]
}

/** The first row, from which nothing leads elsewhere: no match is possible any more, or everything was let through. */
const over = 0
const overState: State = { steps: new Int32Array(0), before: 'other', atEnd: [] }
/** An entry that was not made yet. Those below are arrivals, others the row of the next state. */
const unmade = -1
const firstArrival = -2

/**
 * A gate for the patterns together; null when they are too large, or one matches where there is nothing. Matches are
 * looked for from every place of the text, or from the first only.
 */
export function buildGate(patterns: readonly RegexNode[], from: 'anywhere' | 'first' = 'anywhere'): Gate | null {
  if (patterns.some(mayBeEmpty)) return null
  const relaxed = relax(patterns)
  return relaxed === null ? null : new Gate(new Advance(relaxed, from === 'anywhere'), patterns.length)
}

/**
 * Each gate on so many bytes of a text. Four at a time go through in one pass: at every unit a gate has to wait for what
 * its table says, and four wait together.
 */
export function scanTogether(gates: readonly Gate[], bytes: Uint8Array, length: number): void {
  let at = 0
  for (; at + 2 < gates.length; at += 4)
    scanFour(gates[at] ?? idle, gates[at + 1] ?? idle, gates[at + 2] ?? idle, gates[at + 3] ?? idle, bytes, length)
  for (; at < gates.length; at++) gates[at]?.scan(bytes, length)
}

function scanFour(a: Gate, b: Gate, c: Gate, d: Gate, bytes: Uint8Array, length: number): void {
  let rowA = a.enter(length, -1)
  let rowB = b.enter(length, -1)
  let rowC = c.enter(length, -1)
  let rowD = d.enter(length, -1)
  const classA = a.classOf
  const classB = b.classOf
  const classC = c.classOf
  const classD = d.classOf
  for (let at = 0; at < length; at++) {
    const tableA = a.table
    const tableB = b.table
    const tableC = c.table
    const tableD = d.table
    let nextA = rowA
    let nextB = rowB
    let nextC = rowC
    let nextD = rowD
    // No call is made in the inner loop: V8 then knows that the arrays stay as they are, and takes a third of the time.
    for (; at < length; at++) {
      const unit = bytes[at] as number
      nextA = tableA[rowA + (classA[unit] as number)] as number
      nextB = tableB[rowB + (classB[unit] as number)] as number
      nextC = tableC[rowC + (classC[unit] as number)] as number
      nextD = tableD[rowD + (classD[unit] as number)] as number
      if ((nextA | nextB | nextC | nextD) < 0) break
      rowA = nextA
      rowB = nextB
      rowC = nextC
      rowD = nextD
    }
    if (at === length) break
    const unit = bytes[at] as number
    rowA = nextA >= 0 ? nextA : a.arrive(rowA, unit, at)
    rowB = nextB >= 0 ? nextB : b.arrive(rowB, unit, at)
    rowC = nextC >= 0 ? nextC : c.arrive(rowC, unit, at)
    rowD = nextD >= 0 ? nextD : d.arrive(rowD, unit, at)
  }
  a.finish(rowA, length)
  b.finish(rowB, length)
  c.finish(rowC, length)
  d.finish(rowD, length)
}

export class Gate {
  readonly #advance: Advance
  /**
   * By pattern, of the text that was looked through last: the places of the first and the last unit before or behind
   * which it may match; -1 for none.
   */
  readonly firsts: Int32Array
  readonly lasts: Int32Array
  readonly classOf: Uint8Array
  /** By row and class of unit; replaced when it grows. */
  table: Int32Array
  #states: State[] = [overState]
  readonly #rows = new Map<string, number>()
  readonly #arrivals: Arrival[] = []
  /** Rows in which texts are begun. */
  readonly #starts = new Map<Beside, number>()
  #credit = freeStates
  /** Of the text that was looked through last: something got through. */
  isPassed = false

  constructor(advance: Advance, patterns: number) {
    this.#advance = advance
    this.firsts = new Int32Array(patterns).fill(-1)
    this.lasts = new Int32Array(patterns)
    this.classOf = advance.classOf
    this.table = new Int32Array(firstRows * advance.classes).fill(unmade)
    this.#forget()
  }

  /** Looks through so many bytes; what may match is then in firsts and lasts. */
  scan(bytes: Uint8Array, length: number): void {
    this.#goOn(bytes, length, 0, false)
  }

  /**
   * Whether in so many bytes of a text a pattern may match at a place or, unless the gate is for the first place only,
   * behind it.
   */
  passes(bytes: Uint8Array, length: number, from: number): boolean {
    return this.#goOn(bytes, length, from, true)
  }

  /** Tells whether anything matched; only: more than that is not asked. */
  #goOn(bytes: Uint8Array, length: number, from: number, only: boolean): boolean {
    let row = this.enter(length - from, from === 0 ? -1 : (bytes[from - 1] as number))
    for (let at = from; at < length && row !== over; at++) {
      const { table, classOf } = this
      let next: number = over
      for (; at < length; at++) {
        next = table[row + (classOf[bytes[at] as number] as number)] as number
        if (next <= over) break
        row = next
      }
      if (at === length) break
      row = next === over ? over : this.arrive(row, bytes[at] as number, at)
      if (only && this.isPassed) return true
    }
    return this.finish(row, length)
  }

  /** The row of the state in which so much text is begun behind a unit; -1 for none. */
  enter(length: number, behind: number): number {
    if (this.isPassed) this.firsts.fill(-1)
    this.isPassed = false
    this.#credit = Math.min(freeStates, this.#credit + length / unitsPerState)
    const before = this.#advance.beside(behind < 0 ? null : (this.classOf[behind] ?? null))
    const known = this.#starts.get(before)
    if (known !== undefined) return known
    this.#makeRoom(over)
    const row = this.#rowOf(this.#advance.begin(before), before)
    this.#starts.set(before, row)
    return row
  }

  /** The row behind a unit that leads to what was not made yet, or on which something matches. */
  arrive(row: number, unit: number, at: number): number {
    const column = this.classOf[unit] as number
    let entry = this.table[row + column] as number
    if (entry === unmade) {
      if (this.#credit < 1) return this.#letThrough()
      this.#credit--
      entry = this.#make(this.#makeRoom(row), column)
    }
    const arrival = this.#arrivals[firstArrival - entry]
    if (arrival === undefined) return entry
    this.#pass(arrival.hits, at)
    return arrival.row
  }

  /** What matches at the end of the text. Tells whether anything did in all of it. */
  finish(row: number, length: number): boolean {
    const state = this.#stateAt(row)
    state.atEnd ??= this.#advance.on(state.steps, state.before, endClass).hits
    this.#pass(state.atEnd, length)
    return this.isPassed
  }

  #pass(hits: readonly number[], at: number): void {
    for (let i = 0; i < hits.length; i++) {
      const hit = hits[i] as number
      if ((this.firsts[hit] as number) < 0) this.firsts[hit] = at
      this.lasts[hit] = at
      this.isPassed = true
    }
  }

  /** Whatever the rest of the text holds, every pattern may match anywhere. */
  #letThrough(): number {
    this.isPassed = true
    this.firsts.fill(0)
    this.lasts.fill(maxLength)
    return over
  }

  /** Makes the entry of a state for a class of units. */
  #make(row: number, column: number): number {
    const state = this.#stateAt(row)
    const { steps, hits } = this.#advance.on(state.steps, state.before, column)
    const next = this.#rowOf(steps, this.#advance.beside(column))
    const entry = hits.length === 0 ? next : firstArrival - (this.#arrivals.push({ row: next, hits }) - 1)
    this.table[row + column] = entry
    return entry
  }

  #stateAt(row: number): State {
    return this.#states[row / this.#advance.classes] ?? overState
  }

  #rowOf(steps: Int32Array, before: Beside): number {
    if (steps.length === 0 && !this.#advance.isRestarted) return over
    const key = `${before} ${textOf(steps)}`
    const known = this.#rows.get(key)
    if (known !== undefined) return known
    const row = (this.#states.push({ steps, before, atEnd: null }) - 1) * this.#advance.classes
    this.#rows.set(key, row)
    if (row + this.#advance.classes > this.table.length) {
      const larger = new Int32Array(this.table.length * 2).fill(unmade)
      larger.set(this.table)
      this.table = larger
    }
    return row
  }

  /** When states are many, forgets all but the one at a row. Tells where that one is then. */
  #makeRoom(row: number): number {
    if ((this.#states.length + 2) * this.#advance.classes <= maxTable) return row
    const { steps, before } = this.#stateAt(row)
    this.#forget()
    return this.#rowOf(steps, before)
  }

  #forget(): void {
    this.table.fill(unmade).fill(over, 0, this.#advance.classes)
    this.#states = [overState]
    this.#rows.clear()
    this.#arrivals.length = 0
    this.#starts.clear()
  }
}

/** A gate for no pattern. */
const idle = buildGate([]) as Gate

/** A key: one code unit per step. */
function textOf(steps: Int32Array): string {
  let text = ''
  for (let i = 0; i < steps.length; i += 4096) text += String.fromCharCode(...steps.subarray(i, i + 4096))
  return text
}
