// SPDX-License-Identifier: Apache-2.0
/**
 * A matcher whose time grows with the length of the text and of the pattern, whatever either holds: all ways are tried
 * at once, one code unit after the other (Thompson 1968; captures after Pike). It knows no references to groups and no
 * atomic groups, which cannot be matched so.
 */

import { compileProgram, firstUnits, holds, type Look, type Program, type Slots, type Step } from './regex-program.ts'
import { partsOf, type RegexNode } from './regex-syntax.ts'

/** The program for runLinear, or why there is none. */
export function compileLinear(root: RegexNode): Program | string {
  if (!isLinear(root)) return 'it may take too long on some texts: simplify its repetitions'
  return compileProgram(root, 'linear')
}

/** True for patterns without references and atomic groups. */
export function isLinear(node: RegexNode): boolean {
  return node.kind !== 'atomic' && node.kind !== 'backref' && partsOf(node).every(isLinear)
}

/**
 * The start and end of the leftmost match at or behind `from`, and of its groups, in the order of preference of Perl;
 * null when there is none. only: match at `from` or not at all.
 */
export function runLinear(
  program: Program,
  text: string,
  groups: number,
  { from = 0, only = false }: { readonly from?: number; readonly only?: boolean } = {},
): Slots | null {
  return groups === 0
    ? new SpanRun(program, text).from(from, only)
    : new GroupRun(program, text, groups).from(from, only)
}

/** Ways that are under way: the next step of each, and where it began; preferred ones first. */
class Ways {
  readonly steps: Int32Array
  readonly starts: Int32Array
  count = 0

  constructor(size: number) {
    this.steps = new Int32Array(size)
    this.starts = new Int32Array(size)
  }
}

/** What a run needs to remember, kept with its program: it is large, and runs are many. */
class Scratch {
  readonly now: Ways
  readonly next: Ways
  /** seen[step] is a stamp of the last position at which the step was reached: nobody goes the same way twice. */
  readonly seen: Int32Array
  readonly waiting: Int32Array
  /** Stamps of earlier runs are below this. */
  base = 0

  constructor(size: number) {
    this.now = new Ways(size)
    this.next = new Ways(size)
    this.seen = new Int32Array(size)
    this.waiting = new Int32Array(size * 2 + 2)
  }

  /** Stamps for a text of so many positions. */
  begin(positions: number): void {
    if (this.base + positions > 0x7fff0000) {
      this.seen.fill(0)
      this.base = 0
    }
  }
}

const scratches = new WeakMap<Program, Scratch>()

function scratchOf(program: Program): Scratch {
  const known = scratches.get(program)
  if (known !== undefined) return known
  const made = new Scratch(program.length)
  scratches.set(program, made)
  return made
}

/** Finds where the match begins and ends; no group is kept, and nothing is allocated on the way. */
class SpanRun {
  readonly #program: Program
  readonly #text: string
  readonly #scratch: Scratch

  constructor(program: Program, text: string) {
    this.#program = program
    this.#text = text
    this.#scratch = scratchOf(program)
  }

  from(start: number, only: boolean): Slots | null {
    this.#scratch.begin(this.#text.length + 2)
    const found = this.#find(start, only)
    this.#scratch.base += this.#text.length + 2
    return found
  }

  #find(start: number, only: boolean): Slots | null {
    let { now, next } = this.#scratch
    now.count = 0
    let [foundStart, foundEnd] = [-1, -1]
    const length = this.#text.length
    const first = firstUnits(this.#program)
    const [opening] = this.#program
    const beginsLine = opening?.op === 'assert' && opening.assert === 'line-start'
    for (let at = start; at <= length; at++) {
      const unit = at < length ? this.#text.charCodeAt(at) : -1
      // Who came first is preferred, and a start further right comes last.
      if (foundStart < 0 && (!only || at === start) && (first === null || unit > 255 || first[unit] === 1))
        this.#follow(0, at, at, now)
      if (now.count === 0) {
        if (only || foundStart >= 0) break
        if (beginsLine) at = endOfLine(this.#text, at)
        continue
      }
      next.count = 0
      for (let i = 0; i < now.count; i++) {
        const index = now.steps[i] as number
        const step = this.#program[index]
        if (step?.op === 'match') {
          foundStart = now.starts[i] as number
          foundEnd = at
          break
        }
        if (step?.op === 'char' && unit >= 0 && step.units.has(unit))
          this.#follow(index + 1, at + 1, now.starts[i] as number, next)
      }
      ;[now, next] = [next, now]
    }
    return foundStart < 0 ? null : [foundStart, foundEnd]
  }

  /** Adds the steps that read, reachable from here without reading; preferred ways first. */
  #follow(from: number, at: number, start: number, ways: Ways): void {
    const { waiting, seen, base } = this.#scratch
    waiting[0] = from
    for (let left = 1; left > 0; ) {
      const index = waiting[--left] as number
      if (seen[index] === base + at + 1) continue
      seen[index] = base + at + 1
      const step = this.#program[index]
      if (step === undefined) continue
      if (step.op === 'jump') waiting[left++] = step.to
      else if (step.op === 'fork') {
        waiting[left++] = step.second
        waiting[left++] = step.first
      } else if (step.op === 'char' || step.op === 'match') {
        ways.steps[ways.count] = index
        ways.starts[ways.count++] = start
      } else if (passes(step, this.#text, at)) waiting[left++] = index + 1
    }
  }
}

/** Where the line ends that holds the place; the end of the text for the last. */
function endOfLine(text: string, at: number): number {
  const end = text.indexOf('\n', at)
  return end < 0 ? text.length : end
}

/** Whether a step that reads nothing lets a way through. */
function passes(step: Step, text: string, at: number): boolean {
  if (step.op === 'assert') return holds(step.assert, text, at)
  if (step.op === 'look') return step.ways.some((way) => seesIt(way, text, at)) !== step.negative
  return step.op === 'save'
}

class GroupRun {
  readonly #program: Program
  readonly #text: string
  readonly #empty: Slots
  /** seen[step] is the last position (+1) at which the step was reached: nobody goes the same way twice. */
  readonly #seen: Int32Array
  #found: Slots | null = null

  constructor(program: Program, text: string, groups: number) {
    this.#program = program
    this.#text = text
    this.#empty = new Array<number>((groups + 1) * 2).fill(-1)
    this.#seen = new Int32Array(program.length)
  }

  from(start: number, only: boolean): Slots | null {
    let steps: number[] = []
    let slots: Slots[] = []
    for (let at = start; at <= this.#text.length; at++) {
      // Who came first is preferred, and a start further right comes last.
      if (this.#found === null && (!only || at === start))
        this.#follow(0, at, [at, ...this.#empty.slice(1)], steps, slots)
      if (steps.length === 0 && (only || this.#found !== null)) break
      const unit = at < this.#text.length ? this.#text.charCodeAt(at) : -1
      const [nextSteps, nextSlots]: [number[], Slots[]] = [[], []]
      for (const [i, index] of steps.entries()) {
        const step = this.#program[index]
        const held = slots[i] ?? this.#empty
        if (step?.op === 'match') {
          this.#found = [held[0] ?? at, at, ...held.slice(2)]
          break
        }
        if (step?.op === 'char' && unit >= 0 && step.units.has(unit))
          this.#follow(index + 1, at + 1, held, nextSteps, nextSlots)
      }
      steps = nextSteps
      slots = nextSlots
    }
    return this.#found
  }

  /** Adds the steps that read, reachable from here without reading; preferred ways first. */
  #follow(from: number, at: number, held: Slots, steps: number[], slots: Slots[]): void {
    const waiting: [number, Slots][] = [[from, held]]
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      const [index, kept] = next
      if (this.#seen[index] === at + 1) continue
      this.#seen[index] = at + 1
      const step = this.#program[index]
      if (step === undefined) continue
      switch (step.op) {
        case 'jump':
          waiting.push([step.to, kept])
          break
        case 'fork':
          waiting.push([step.second, kept], [step.first, kept])
          break
        case 'save':
          // A look keeps no captures: its slots are not there.
          waiting.push([index + 1, step.slot < kept.length ? kept.with(step.slot, at) : kept])
          break
        case 'char':
        case 'match':
          steps.push(index)
          slots.push(kept)
          break
        default:
          if (passes(step, this.#text, at)) waiting.push([index + 1, kept])
      }
    }
  }
}

function seesIt(way: Look, text: string, at: number): boolean {
  const start = way.back < 0 ? at : at - way.back
  const [only, end] = way.program
  // Most looks are for one character.
  if (only?.op === 'char' && end?.op === 'match')
    return start >= 0 && start < text.length && only.units.has(text.charCodeAt(start))
  return start >= 0 && runLinear(way.program, text, 0, { from: start, only: true }) !== null
}
