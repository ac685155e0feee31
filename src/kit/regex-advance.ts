// SPDX-License-Identifier: Apache-2.0
/** One step of a relaxed pattern (regex-relaxed.ts) on all its ways at once; texts hold one code unit per byte. */
import { opAssert, opChar, opFork, opJump, type Relaxed } from './regex-relaxed.ts'
import { type CharSet, contains, wordChars } from './regex-sets.ts'
import type { AssertKind } from './regex-syntax.ts'

/** What stands beside a position, as far as the patterns ask. */
export type Beside = 'start' | 'newline' | 'word' | 'other' | 'end'

/** The class that stands for the end of the text. */
export const endClass = -1

/** Code units that no pattern tells apart share a class. */
interface Classes {
  /** By code unit. */
  readonly of: Uint8Array
  /** One unit of each class. */
  readonly samples: readonly number[]
}

export class Advance {
  readonly classOf: Uint8Array
  readonly classes: number
  readonly #relaxed: Relaxed
  /** Behind some unit matches may begin. */
  readonly isRestarted: boolean
  /** By set: which classes are in it. */
  readonly #members: readonly Uint8Array[]
  readonly #beside: readonly Beside[]
  readonly #atStart: Beside
  readonly #seenNow: Int32Array
  readonly #seenNext: Int32Array
  readonly #waiting: Int32Array
  readonly #next: Int32Array
  #count = 0
  #stamp = 0
  #hits: number[] = []

  /** restarts: matches may begin behind every unit, and not only where the text is entered. */
  constructor(relaxed: Relaxed, restarts: boolean) {
    const asks = (...kinds: AssertKind[]): boolean => kinds.some((kind) => relaxed.asserts.includes(kind))
    const asksLine = asks('line-start', 'line-end', 'end-or-newline')
    const asksWord = asks('word', 'not-word')
    const besides: CharSet[] = [...(asksLine ? [[10, 10]] : []), ...(asksWord ? [wordChars] : [])]
    const { of, samples } = classify([...relaxed.sets, ...besides])
    this.#relaxed = relaxed
    this.classOf = of
    this.classes = samples.length
    this.#members = relaxed.sets.map((set) => Uint8Array.from(samples, (unit) => (contains(set, unit) ? 1 : 0)))
    this.#beside = samples.map((unit) => {
      if (asksLine && unit === 10) return 'newline'
      return asksWord && contains(wordChars, unit) ? 'word' : 'other'
    })
    this.#atStart = asks('start', 'line-start') ? 'start' : 'other'
    this.#seenNow = new Int32Array(relaxed.ops.length)
    this.#seenNext = new Int32Array(relaxed.ops.length)
    this.#waiting = new Int32Array(relaxed.ops.length * 2 + 2)
    this.#next = new Int32Array(relaxed.ops.length)
    this.isRestarted = restarts && this.#beside.some((before) => this.begin(before).length > 0)
  }

  /** What a state must know of the unit before it: of the class, or of none at the start of the text. */
  beside(unitClass: number | null): Beside {
    return unitClass === null ? this.#atStart : (this.#beside[unitClass] ?? 'other')
  }

  /** The steps with which every match begins. */
  begin(before: Beside): Int32Array {
    this.#clear()
    this.#begin(before)
    return this.#sorted()
  }

  /**
   * The steps behind a unit of the class, with all beginnings where it restarts, and the patterns that match before or
   * behind the unit.
   */
  on(steps: Int32Array, before: Beside, unitClass: number): { steps: Int32Array; hits: readonly number[] } {
    this.#clear()
    const after = unitClass === endClass ? 'end' : this.beside(unitClass)
    for (const step of steps) this.#pass(step, before, after, unitClass)
    if (this.isRestarted && after !== 'end') this.#begin(after)
    return { steps: this.#sorted(), hits: this.#hits.length > 1 ? [...new Set(this.#hits)] : this.#hits }
  }

  #clear(): void {
    this.#stamp++
    this.#count = 0
    this.#hits = []
  }

  #begin(before: Beside): void {
    for (const start of this.#relaxed.starts) this.#follow(start, before)
  }

  #sorted(): Int32Array {
    return this.#next.slice(0, this.#count).sort()
  }

  /** Goes on from a step that reads or waits, now that the unit is known. */
  #pass(from: number, before: Beside, after: Beside, unitClass: number): void {
    const { ops, first, second } = this.#relaxed
    const waiting = this.#waiting
    waiting[0] = from
    for (let left = 1; left > 0; ) {
      const step = waiting[--left] as number
      if (this.#seenNow[step] === this.#stamp) continue
      this.#seenNow[step] = this.#stamp
      const op = ops[step]
      const value = first[step] as number
      if (op === opChar) {
        if (this.#members[value]?.[unitClass] === 1) this.#follow(step + 1, after, left)
      } else if (op === opFork) {
        waiting[left++] = second[step] as number
        waiting[left++] = value
      } else if (op === opJump) waiting[left++] = value
      else if (op === opAssert) {
        if (holdsBetween(this.#relaxed.asserts[value], before, after)) waiting[left++] = step + 1
      } else this.#hits.push(value)
    }
  }

  /** Adds the steps that read or wait, reachable from here without reading. low: waiting is in use below this. */
  #follow(from: number, before: Beside, low = 0): void {
    const { ops, first, second } = this.#relaxed
    const waiting = this.#waiting
    waiting[low] = from
    for (let left = low + 1; left > low; ) {
      const step = waiting[--left] as number
      if (this.#seenNext[step] === this.#stamp) continue
      this.#seenNext[step] = this.#stamp
      const op = ops[step]
      const value = first[step] as number
      if (op === opChar) this.#next[this.#count++] = step
      else if (op === opFork) {
        waiting[left++] = second[step] as number
        waiting[left++] = value
      } else if (op === opJump) waiting[left++] = value
      else if (op === opAssert) {
        const kind = this.#relaxed.asserts[value]
        if (kind !== 'start' && kind !== 'line-start') this.#next[this.#count++] = step
        else if (holdsBetween(kind, before, 'other')) waiting[left++] = step + 1
      } else this.#hits.push(value)
    }
  }
}

/** Whether the assertion may hold between two units. */
function holdsBetween(kind: AssertKind | undefined, before: Beside, after: Beside): boolean {
  switch (kind) {
    case 'start':
      return before === 'start'
    case 'line-start':
      return before === 'start' || before === 'newline'
    case 'end':
      return after === 'end'
    // Whether a newline is the last unit is not looked for.
    case 'end-or-newline':
    case 'line-end':
      return after === 'end' || after === 'newline'
    default:
      return ((before === 'word') !== (after === 'word')) === (kind === 'word')
  }
}

function classify(sets: readonly CharSet[]): Classes {
  const of = new Uint8Array(256)
  const samples: number[] = []
  const numbers = new Map<string, number>()
  for (let unit = 0; unit < 256; unit++) {
    let key = ''
    for (const set of sets) key += contains(set, unit) ? '1' : '0'
    const number = numbers.get(key) ?? samples.push(unit) - 1
    numbers.set(key, number)
    of[unit] = number
  }
  return { of, samples }
}
