// SPDX-License-Identifier: Apache-2.0
/** With which units a program can go on from each of its steps: a way that fails at the next unit need not be tried. */
import type { Program } from './regex-program.ts'
import { type CharSet, overlap, type Units, union, unitsOf } from './regex-sets.ts'

export interface Reads {
  /** By step: the next unit on every way from there is one of these; null where that is not known. */
  readonly next: readonly (Units | null)[]
  /** By step: 1 for a span that cannot go on at any place but the last, since what follows is none of its units. */
  readonly isDecided: Uint8Array
}

/** Steps that are looked ahead; each fork counts for two. */
const maxHops = 8
const known = new WeakMap<Program, Reads>()

export function readsOf(program: Program): Reads {
  const made = known.get(program) ?? makeReads(program)
  known.set(program, made)
  return made
}

function makeReads(program: Program): Reads {
  const next = program.map((_, index) => {
    const set = nextSet(program, index, 0)
    return set === null ? null : unitsOf(set)
  })
  const isDecided = Uint8Array.from(program, (step, index) => {
    const behind = next[index + 1]
    return step.op === 'span' && behind && !overlap(step.units.set, behind.set) ? 1 : 0
  })
  return { next, isDecided }
}

function nextSet(program: Program, from: number, hopsBefore: number): CharSet | null {
  let index = from
  for (let hops = hopsBefore; hops < maxHops; hops++) {
    const step = program[index]
    switch (step?.op) {
      case 'char':
        return step.units.set
      case 'span':
        return step.min > 0 ? step.units.set : either(step.units.set, nextSet(program, index + 1, hops + 1))
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
