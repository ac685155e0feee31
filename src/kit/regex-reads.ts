// SPDX-License-Identifier: Apache-2.0
/** With which units a program can go on from each of its steps: a way that fails at the next unit need not be tried. */
import type { Program } from './regex-program.ts'
import { type CharSet, contains, overlap, union } from './regex-sets.ts'

/** A set of which one look-up tells whether a unit below 256 is in it. */
export class Units {
  readonly set: CharSet
  readonly #table = new Uint8Array(256)
  /** The only unit that is not in it, as a text; null where there are several or none. */
  readonly onlyOther: string | null

  constructor(set: CharSet) {
    this.set = set
    for (let unit = 0; unit < 256; unit++) if (contains(set, unit)) this.#table[unit] = 1
    const [first, before = 0, behind = 0, last] = set
    const isAllButOne = set.length === 4 && first === 0 && behind === before + 2 && last === 0xffff
    this.onlyOther = isAllButOne ? String.fromCharCode(before + 1) : null
  }

  has(unit: number): boolean {
    return unit < 256 ? this.#table[unit] === 1 : contains(this.set, unit)
  }
}

export interface Reads {
  /** By step: the units that a single one, or a span, takes. */
  readonly own: readonly (Units | null)[]
  /** By step: the next unit on every way from there is one of these; null where that is not known. */
  readonly next: readonly (Units | null)[]
  /** By step: 1 for a span that cannot go on at any place but the last, since what follows is none of its units. */
  readonly isDecided: Uint8Array
}

/** Steps that are looked ahead; each fork counts for two. */
const maxHops = 8
/** Patterns use the same few sets over and over. */
const maxKept = 4096
const kept = new Map<string, Units>()
const known = new WeakMap<Program, Reads>()

export function readsOf(program: Program): Reads {
  const made = known.get(program) ?? makeReads(program)
  known.set(program, made)
  return made
}

function makeReads(program: Program): Reads {
  const own = program.map((step) => (step.op === 'char' || step.op === 'span' ? unitsOf(step.set) : null))
  const next = program.map((_, index) => {
    const set = nextSet(program, index, 0)
    return set === null ? null : unitsOf(set)
  })
  const isDecided = Uint8Array.from(program, (step, index) => {
    const behind = next[index + 1]
    return step.op === 'span' && behind && !overlap(step.set, behind.set) ? 1 : 0
  })
  return { own, next, isDecided }
}

function unitsOf(set: CharSet): Units {
  const key = set.join()
  const units = kept.get(key) ?? new Units(set)
  if (kept.size < maxKept) kept.set(key, units)
  return units
}

function nextSet(program: Program, from: number, hopsBefore: number): CharSet | null {
  let index = from
  for (let hops = hopsBefore; hops < maxHops; hops++) {
    const step = program[index]
    switch (step?.op) {
      case 'char':
        return step.set
      case 'span':
        return step.min > 0 ? step.set : either(step.set, nextSet(program, index + 1, hops + 1))
      case 'fork':
        return either(nextSet(program, step.first, hops + 2), nextSet(program, step.second, hops + 2))
      case 'jump':
        index = step.to
        break
      // Neither takes a unit: what comes behind it must still be there.
      case 'assert':
      case 'look':
      case 'save':
        index++
        break
      default:
        return null
    }
  }
  return null
}

function either(one: CharSet | null, other: CharSet | null): CharSet | null {
  return one === null || other === null ? null : union(one, other)
}
