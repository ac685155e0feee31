// SPDX-License-Identifier: Apache-2.0
/**
 * A matcher whose time grows with the length of the text and of the pattern, whatever either holds: all ways are tried
 * at once, one code unit after the other (Thompson 1968; captures after Pike). It knows no references to groups and no
 * atomic groups, which cannot be matched so.
 */
import type { AssertKind, RegexNode } from './regex-parse.ts'
import { type CharSet, membership, wordChars } from './regex-sets.ts'

type Step =
  | { readonly op: 'char'; readonly test: (unit: number) => boolean }
  /** Both ways; the first is preferred. */
  | { readonly op: 'fork'; first: number; second: number }
  | { readonly op: 'jump'; to: number }
  | { readonly op: 'save'; readonly slot: number }
  | { readonly op: 'assert'; readonly assert: AssertKind }
  | { readonly op: 'look'; readonly negative: boolean; readonly ways: readonly Look[] }
  | { readonly op: 'match' }

/** back: code units before the position at which the look begins, for a look behind. */
interface Look {
  readonly back: number
  readonly program: Program
}

export type Program = readonly Step[]
type Slots = readonly number[]

/** Steps of one program: memory and time per code unit of text are bounded by it. */
const maxSteps = 4000

const isWord = membership(wordChars)

/** The program, or why there is none. */
export function compileLinear(root: RegexNode): Program | string {
  const steps: Step[] = []
  try {
    emit(root, steps)
  } catch (error) {
    if (error instanceof TooMuch) return error.message
    throw error
  }
  steps.push({ op: 'match' })
  return steps
}

class TooMuch extends Error {}

function emit(node: RegexNode, steps: Step[]): void {
  if (steps.length > maxSteps) throw new TooMuch('the pattern is too large when its counts are written out')
  switch (node.kind) {
    case 'set':
      steps.push({ op: 'char', test: memberOf(node.set) })
      return
    case 'seq':
      for (const part of node.nodes) emit(part, steps)
      return
    case 'alt':
      emitAlternatives(node.nodes, steps)
      return
    case 'group':
      if (node.index > 0) steps.push({ op: 'save', slot: node.index * 2 })
      emit(node.node, steps)
      if (node.index > 0) steps.push({ op: 'save', slot: node.index * 2 + 1 })
      return
    case 'repeat':
      emitRepeat(node, steps)
      return
    case 'assert':
      steps.push({ op: 'assert', assert: node.assert })
      return
    case 'look':
      steps.push({ op: 'look', negative: node.negative, ways: looks(node.node, node.behind) })
      return
    case 'atomic':
    case 'backref':
      throw new TooMuch('it may take too long on some texts: simplify its repetitions')
  }
}

const memberships = new WeakMap<CharSet, (unit: number) => boolean>()

function memberOf(set: CharSet): (unit: number) => boolean {
  const test = memberships.get(set) ?? membership(set)
  memberships.set(set, test)
  return test
}

function emitAlternatives(nodes: readonly RegexNode[], steps: Step[]): void {
  const jumps: { op: 'jump'; to: number }[] = []
  for (const [i, node] of nodes.entries()) {
    const isLast = i === nodes.length - 1
    const fork: Step = { op: 'fork', first: steps.length + 1, second: 0 }
    if (!isLast) steps.push(fork)
    emit(node, steps)
    if (isLast) break
    const jump = { op: 'jump' as const, to: 0 }
    steps.push(jump)
    jumps.push(jump)
    fork.second = steps.length
  }
  for (const jump of jumps) jump.to = steps.length
}

function emitRepeat(node: RegexNode & { kind: 'repeat' }, steps: Step[]): void {
  for (let i = 0; i < node.min; i++) emit(node.node, steps)
  const optional = node.max === Number.POSITIVE_INFINITY ? 1 : node.max - node.min
  const forks: { op: 'fork'; first: number; second: number }[] = []
  for (let i = 0; i < optional; i++) {
    const fork = { op: 'fork' as const, first: 0, second: 0 }
    const here = steps.push(fork) - 1
    forks.push(fork)
    emit(node.node, steps)
    if (node.max === Number.POSITIVE_INFINITY) steps.push({ op: 'jump', to: here })
    fork.first = here + 1
  }
  for (const fork of forks) {
    fork.second = steps.length
    if (node.lazy) [fork.first, fork.second] = [fork.second, fork.first]
  }
}

function looks(node: RegexNode, behind: boolean): Look[] {
  const ways = behind && node.kind === 'alt' ? node.nodes : [node]
  return ways.map((way) => {
    const steps: Step[] = []
    emit(way, steps)
    steps.push({ op: 'match' })
    return { back: behind ? fixedLength(way) : -1, program: steps }
  })
}

function fixedLength(node: RegexNode): number {
  switch (node.kind) {
    case 'set':
      return 1
    case 'assert':
    case 'look':
      return 0
    case 'seq':
      return node.nodes.reduce((sum, part) => sum + fixedLength(part), 0)
    case 'group':
      return fixedLength(node.node)
    case 'alt': {
      const [first = 0, ...others] = node.nodes.map(fixedLength)
      if (others.some((other) => other !== first)) throw new TooMuch('a look behind must have a fixed length')
      return first
    }
    case 'repeat':
      if (node.min !== node.max) throw new TooMuch('a look behind must have a fixed length')
      return node.min * fixedLength(node.node)
    default:
      throw new TooMuch('a look behind must have a fixed length')
  }
}

/**
 * The start and end of the leftmost match and of its groups, in the order of preference of Perl; null when there is
 * none. only: match at this position or not at all.
 */
export function runLinear(program: Program, text: string, groups: number, only = -1): Slots | null {
  const run = new Run(program, text, groups)
  return run.from(Math.max(only, 0), only >= 0)
}

class Run {
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
        if (step?.op === 'char' && unit >= 0 && step.test(unit))
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
        case 'assert':
          if (holds(step.assert, this.#text, at)) waiting.push([index + 1, kept])
          break
        case 'look':
          if (step.ways.some((way) => seesIt(way, this.#text, at)) !== step.negative) waiting.push([index + 1, kept])
          break
        default:
          steps.push(index)
          slots.push(kept)
      }
    }
  }
}

function seesIt(way: Look, text: string, at: number): boolean {
  const start = way.back < 0 ? at : at - way.back
  return start >= 0 && runLinear(way.program, text, 0, start) !== null
}

function holds(assert: AssertKind, text: string, at: number): boolean {
  switch (assert) {
    case 'start':
      return at === 0
    case 'end':
      return at === text.length
    case 'end-or-newline':
      return at === text.length || (at === text.length - 1 && text[at] === '\n')
    case 'line-start':
      return at === 0 || text[at - 1] === '\n'
    case 'line-end':
      return at === text.length || text[at] === '\n'
    case 'word':
      return wordAt(text, at - 1) !== wordAt(text, at)
    case 'not-word':
      return wordAt(text, at - 1) === wordAt(text, at)
  }
}

function wordAt(text: string, at: number): boolean {
  return at >= 0 && at < text.length && isWord(text.charCodeAt(at))
}
