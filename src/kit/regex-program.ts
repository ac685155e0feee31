// SPDX-License-Identifier: Apache-2.0
/** A parsed pattern as a program for our own matchers (regex-linear.ts, regex-counted.ts). */
import { type Units, unitsOf, wordChars } from './regex-sets.ts'
import type { AssertKind, RegexNode, RepeatNode } from './regex-syntax.ts'

export type Step =
  | { readonly op: 'char'; readonly units: Units }
  /** Both ways; the first is preferred. */
  | { readonly op: 'fork'; first: number; second: number }
  | { readonly op: 'jump'; to: number }
  | { readonly op: 'save'; readonly slot: number }
  | { readonly op: 'assert'; readonly assert: AssertKind }
  | { readonly op: 'look'; readonly negative: boolean; readonly ways: readonly Look[] }
  /** The inside is matched once, the first way it can be. */
  | { readonly op: 'atomic'; readonly program: Program }
  | { readonly op: 'backref'; readonly index: number; readonly ignoreCase: boolean }
  | SpanStep
  | { readonly op: 'match' }

/** Units of one set, at least and at most so many; lazy: as few as will do. Only in programs that are not linear. */
export interface SpanStep {
  readonly op: 'span'
  readonly units: Units
  readonly min: number
  readonly max: number
  readonly lazy: boolean
}

/** back: code units before the position at which the look begins, for a look behind. */
export interface Look {
  readonly back: number
  readonly program: Program
}

export type Program = readonly Step[]
/** Where the whole match and each group begin and end; -1 where a group took no part. */
export type Slots = readonly number[]

/** Steps of one program: memory and time per code unit of text are bounded by it. */
const maxSteps = 100_000

const words = unitsOf(wordChars)

/** Who runs a program: linear matchers need every count written out, others take a span as one step. */
export type ProgramKind = 'linear' | 'counted'

/** The program, or why there is none. */
export function compileProgram(root: RegexNode, kind: ProgramKind): Program | string {
  try {
    return programOf(root, kind)
  } catch (error) {
    if (error instanceof TooMuch) return error.message
    throw error
  }
}

function programOf(root: RegexNode, kind: ProgramKind): Program {
  const draft: Draft = { steps: [], kind }
  emit(root, draft)
  draft.steps.push({ op: 'match' })
  return draft.steps
}

const firsts = new WeakMap<Program, Uint8Array | null>()

/** 1 for each code unit up to 255 with which a match can begin; null where a match can be empty. */
export function firstUnits(program: Program): Uint8Array | null {
  const known = firsts.get(program)
  if (known !== undefined) return known
  const made = findFirstUnits(program)
  firsts.set(program, made)
  return made
}

function findFirstUnits(program: Program): Uint8Array | null {
  const units = new Uint8Array(256)
  const seen = new Set<number>()
  const waiting = [0]
  for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
    const step = program[at]
    if (step === undefined || seen.has(at)) continue
    seen.add(at)
    if (step.op === 'match' || step.op === 'backref' || step.op === 'atomic') return null
    if (step.op === 'fork') waiting.push(step.first, step.second)
    else if (step.op === 'char' || step.op === 'span') {
      for (let unit = 0; unit < 256; unit++) units[unit] ||= step.units.has(unit) ? 1 : 0
      if (step.op === 'span' && step.min === 0) waiting.push(at + 1)
    } else waiting.push(step.op === 'jump' ? step.to : at + 1)
  }
  return units
}

class TooMuch extends Error {}

interface Draft {
  readonly steps: Step[]
  readonly kind: ProgramKind
}

function emit(node: RegexNode, draft: Draft): void {
  const { steps, kind } = draft
  if (steps.length > maxSteps) throw new TooMuch('the pattern is too large when its counts are written out')
  switch (node.kind) {
    case 'set':
      steps.push({ op: 'char', units: unitsOf(node.set) })
      return
    case 'seq':
      for (const part of node.nodes) emit(part, draft)
      return
    case 'alt':
      emitAlternatives(node.nodes, draft)
      return
    case 'group':
      if (node.index > 0) steps.push({ op: 'save', slot: node.index * 2 })
      emit(node.node, draft)
      if (node.index > 0) steps.push({ op: 'save', slot: node.index * 2 + 1 })
      return
    case 'repeat':
      emitRepeat(node, draft)
      return
    case 'assert':
      steps.push({ op: 'assert', assert: node.assert })
      return
    case 'look':
      steps.push({ op: 'look', negative: node.negative, ways: looks(node.node, node.behind, kind) })
      return
    case 'atomic':
      steps.push({ op: 'atomic', program: programOf(node.node, kind) })
      return
    case 'backref':
      steps.push({ op: 'backref', index: node.index, ignoreCase: node.ignoreCase })
  }
}

function emitAlternatives(nodes: readonly RegexNode[], draft: Draft): void {
  const { steps } = draft
  const jumps: { op: 'jump'; to: number }[] = []
  for (const [i, node] of nodes.entries()) {
    const isLast = i === nodes.length - 1
    const fork: Step = { op: 'fork', first: steps.length + 1, second: 0 }
    if (!isLast) steps.push(fork)
    emit(node, draft)
    if (isLast) break
    const jump = { op: 'jump' as const, to: 0 }
    steps.push(jump)
    jumps.push(jump)
    fork.second = steps.length
  }
  for (const jump of jumps) jump.to = steps.length
}

function emitRepeat(node: RepeatNode, draft: Draft): void {
  const { steps, kind } = draft
  if (kind === 'counted' && node.node.kind === 'set') {
    const { min, max, lazy } = node
    steps.push({ op: 'span', units: unitsOf(node.node.set), min, max, lazy })
    return
  }
  for (let i = 0; i < node.min; i++) emit(node.node, draft)
  const optional = node.max === Number.POSITIVE_INFINITY ? 1 : node.max - node.min
  const forks: { op: 'fork'; first: number; second: number }[] = []
  for (let i = 0; i < optional; i++) {
    const fork = { op: 'fork' as const, first: 0, second: 0 }
    const here = steps.push(fork) - 1
    forks.push(fork)
    emit(node.node, draft)
    if (node.max === Number.POSITIVE_INFINITY) steps.push({ op: 'jump', to: here })
    fork.first = here + 1
  }
  for (const fork of forks) {
    fork.second = steps.length
    if (node.lazy) [fork.first, fork.second] = [fork.second, fork.first]
  }
}

function looks(node: RegexNode, behind: boolean, kind: ProgramKind): Look[] {
  const ways = behind && node.kind === 'alt' ? node.nodes : [node]
  return ways.map((way) => ({ back: behind ? fixedLength(way) : -1, program: programOf(way, kind) }))
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

/** Whether a position of the text is of that kind. */
export function holds(assert: AssertKind, text: string, at: number): boolean {
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
  return at >= 0 && at < text.length && words.has(text.charCodeAt(at))
}
