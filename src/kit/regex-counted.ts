// SPDX-License-Identifier: Apache-2.0
/**
 * A matcher that goes back as Perl's does, and so knows references and atomic groups, but counts its steps: what takes
 * too many is given up. For the few patterns that neither the platform nor the linear matcher can be trusted with.
 */
import { isLetter } from './bytes.ts'
import { firstUnits, holds, type Program, type Slots, type SpanStep } from './regex-program.ts'
import { type Reads, readsOf } from './regex-reads.ts'
import type { Units } from './regex-sets.ts'

export type CountedMatch =
  | { readonly kind: 'found'; readonly slots: Slots }
  | { readonly kind: 'none' }
  /** The steps were used up before it was known. */
  | { readonly kind: 'gave-up' }

/**
 * The leftmost match at or behind `from`, in Perl's order of preference, within so many steps. only: match at `from` or
 * not at all.
 */
export function runCounted(
  program: Program,
  text: string,
  groups: number,
  { from, only = false, maxSteps }: { readonly from: number; readonly only?: boolean; readonly maxSteps: number },
): CountedMatch {
  const run = new Run(text, maxSteps)
  const empty: Slots = new Array<number>((groups + 1) * 2).fill(-1)
  const first = firstUnits(program)
  const last = only ? from : text.length
  for (let start = from; start <= last; start++) {
    if (first?.[text.charCodeAt(start)] === 0) continue
    const found = run.at(program, start, empty.with(0, start))
    if (run.isOver) return { kind: 'gave-up' }
    if (found !== null) return { kind: 'found', slots: found.slots.with(1, found.at) }
  }
  return { kind: 'none' }
}

/** Where a way stands: the next step, the place in the text, the groups so far. */
interface State {
  readonly step: number
  readonly at: number
  readonly slots: Slots
  /** The same way goes on from every place from `at` to here, one after the other. */
  readonly last: number
}

/** Units of a span that take as long as a step. */
const unitsPerStep = 4
/** A span so long is looked through natively, where the text is not much longer: it may be searched to its end each time. */
const longSpan = { units: 64, textUnits: 65_536 } as const

class Run {
  readonly #text: string
  #left: number

  constructor(text: string, maxSteps: number) {
    this.#text = text
    this.#left = maxSteps
  }

  get isOver(): boolean {
    return this.#left <= 0
  }

  /** The first way on which the program matches here; null when there is none, or the steps are over. */
  at(program: Program, start: number, slots: Slots): State | null {
    const reads = readsOf(program)
    const untried: State[] = [{ step: 0, at: start, slots, last: start }]
    for (let state = untried.pop(); state !== undefined; state = untried.pop()) {
      const { step, at, last } = state
      if (at !== last) {
        const place = this.#openPlace(program, reads, step, at < last ? at + 1 : at - 1, last)
        if (place >= 0) untried.push({ step, at: place, slots: state.slots, last })
      }
      const end = this.#follow(program, reads, state, untried)
      if (end !== null) return end
      if (this.isOver) return null
    }
    return null
  }

  /** Goes one way until it matches or fails; the other ways it met are left in untried, the preferred one last. */
  #follow(program: Program, reads: Reads, from: State, untried: State[]): State | null {
    let { step: index, at, slots } = from
    let [lastJump, lastAt] = [-1, -1]
    while (this.#left-- > 0) {
      const step = program[index]
      switch (step?.op) {
        case 'char':
          if (!this.#mayRead(step.units, at)) return null
          at++
          break
        case 'fork': {
          // A way that fails at the next unit is not worth remembering.
          if (!this.#mayRead(reads.next[step.first], at)) index = step.second
          else {
            if (this.#mayRead(reads.next[step.second], at)) untried.push({ step: step.second, at, slots, last: at })
            index = step.first
          }
          continue
        }
        case 'jump':
          // Around a loop without having moved: another turn would change nothing.
          if (index === lastJump && at === lastAt) return null
          lastJump = index
          lastAt = at
          index = step.to
          continue
        case 'save':
          slots = slots.with(step.slot, at)
          break
        case 'assert':
          if (!holds(step.assert, this.#text, at)) return null
          break
        case 'look': {
          const seen = step.ways.some(({ back, program: inner }) => {
            const start = back < 0 ? at : at - back
            return start >= 0 && this.at(inner, start, slots) !== null
          })
          if (seen === step.negative) return null
          break
        }
        case 'atomic': {
          const inside = this.at(step.program, at, slots)
          if (inside === null) return null
          at = inside.at
          slots = inside.slots
          break
        }
        case 'backref': {
          const [begin, end] = [slots[step.index * 2] ?? -1, slots[step.index * 2 + 1] ?? -1]
          if (begin < 0 || end < 0 || !this.#isRepeated(begin, end, at, step.ignoreCase)) return null
          at += end - begin
          break
        }
        case 'span': {
          const most = this.#runLength(step, at)
          if (most < step.min) return null
          if (most > step.min && reads.isDecided[index] === 0) {
            const [first, last] = step.lazy ? [at + step.min, at + most] : [at + most, at + step.min]
            const place = this.#openPlace(program, reads, index + 1, first, last)
            if (place >= 0) untried.push({ step: index + 1, at: place, slots, last })
            return null
          }
          at += most
          break
        }
        default:
          return { step: index, at, slots, last: at }
      }
      index++
    }
    return null
  }

  /** Whether what stands between two places stands at a third as well. */
  #isRepeated(begin: number, end: number, at: number, ignoreCase: boolean): boolean {
    const text = this.#text
    if (at + end - begin > text.length) return false
    for (let i = begin; i < end; i++) {
      const [one, other] = [text.charCodeAt(i), text.charCodeAt(at + i - begin)]
      // Both cases of an ASCII letter differ in one bit.
      if (one !== other && !(ignoreCase && (one ^ other) === 32 && isLetter(one))) return false
    }
    return true
  }

  /** Whether the unit there, if there is one, is one of these; null: any may follow, or none. */
  #mayRead(units: Units | null | undefined, at: number): boolean {
    if (units === null || units === undefined) return true
    return at < this.#text.length && units.has(this.#text.charCodeAt(at))
  }

  /** How many units a span can take. */
  #runLength({ units, max }: SpanStep, at: number): number {
    const text = this.#text
    const end = Math.min(text.length, at + max)
    const isLong = max >= longSpan.units && (text.length <= longSpan.textUnits || max === Number.POSITIVE_INFINITY)
    let to = at
    if (isLong && units.onlyOther !== null) {
      const found = text.indexOf(units.onlyOther, at)
      to = found < 0 || found > end ? end : found
    } else while (to < end && units.has(text.charCodeAt(to))) to++
    this.#left -= Math.floor((to - at) / unitsPerStep)
    return to - at
  }

  /** The first place from one to another from which a step can be gone; -1 for none. */
  #openPlace(program: Program, reads: Reads, index: number, first: number, last: number): number {
    const step = program[index]
    const units = reads.next[index]
    const by = last < first ? -1 : 1
    const behind = last + by
    let at = first
    const isOpen = (): boolean =>
      this.#mayRead(units, at) && (step?.op !== 'assert' || holds(step.assert, this.#text, at))
    while (at !== behind && !isOpen()) at += by
    this.#left -= Math.floor(Math.abs(at - first) / unitsPerStep)
    return at === behind ? -1 : at
  }
}
