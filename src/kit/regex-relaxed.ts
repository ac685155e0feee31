// SPDX-License-Identifier: Apache-2.0
/**
 * A pattern without what makes matching dear: high counts are left open, looks around are taken to succeed, references
 * to match anything. Whatever the pattern matches, the relaxed one matches too; so where it does not, nothing does.
 */
import { anyChar, type CharSet } from './regex-sets.ts'
import { type AssertKind, partsOf, type RegexNode, type RepeatNode } from './regex-syntax.ts'

export const opChar = 0
export const opFork = 1
export const opJump = 2
export const opAssert = 3
export const opMatch = 4

/** Steps of an automaton; `first` is the set of a char, the assertion, the pattern of a match, or where to go on. */
export interface Relaxed {
  readonly ops: Uint8Array
  readonly first: Int32Array
  /** The other way of a fork. */
  readonly second: Int32Array
  readonly sets: readonly CharSet[]
  readonly asserts: readonly AssertKind[]
  /** Where each pattern begins. */
  readonly starts: readonly number[]
}

/** Steps of all patterns together: an index fits one code unit. */
const maxSteps = 60_000
/** A repeated part is written out as often as it must occur and as fits this many steps. */
const maxWritten = 20_000
/** What may occur once more or not is written out where the part is small; otherwise its count is left open. */
const small = 8
const maxOptions = 8

/** The patterns side by side, known by their place in the list; null when they are too large together. */
export function relax(patterns: readonly RegexNode[]): Relaxed | null {
  const draft = new Draft()
  const starts: number[] = []
  for (const [number, root] of patterns.entries()) {
    starts.push(draft.ops.length)
    if (!draft.emit(root)) return null
    draft.push(opMatch, number)
  }
  return {
    ops: Uint8Array.from(draft.ops),
    first: Int32Array.from(draft.first),
    second: Int32Array.from(draft.second),
    sets: draft.sets,
    asserts: draft.asserts,
    starts,
  }
}

class Draft {
  readonly ops: number[] = []
  readonly first: number[] = []
  readonly second: number[] = []
  readonly sets: CharSet[] = []
  readonly asserts: AssertKind[] = []
  readonly #numbers = new Map<string, number>()

  push(op: number, first = 0, second = 0): number {
    this.ops.push(op)
    this.first.push(first)
    this.second.push(second)
    return this.ops.length - 1
  }

  /** False when there is no room. */
  emit(node: RegexNode): boolean {
    if (this.ops.length > maxSteps) return false
    switch (node.kind) {
      case 'set':
        this.#emitSet(node.set)
        return true
      case 'seq':
        return node.nodes.every((part) => this.emit(part))
      case 'alt':
        return this.#emitEither(node.nodes)
      case 'group':
      case 'atomic':
        return this.emit(node.node)
      case 'repeat':
        return this.#emitRepeat(node)
      case 'assert': {
        const known = this.asserts.indexOf(node.assert)
        this.push(opAssert, known < 0 ? this.asserts.push(node.assert) - 1 : known)
        return true
      }
      case 'look':
        return true
      case 'backref':
        return this.#emitRepeat({
          kind: 'repeat',
          min: 0,
          max: Number.POSITIVE_INFINITY,
          lazy: false,
          node: { kind: 'set', set: anyChar },
        })
    }
  }

  #emitSet(set: CharSet): void {
    const key = set.join()
    const number = this.#numbers.get(key) ?? this.sets.push(set) - 1
    this.#numbers.set(key, number)
    this.push(opChar, number)
  }

  #emitEither(nodes: readonly RegexNode[]): boolean {
    const jumps: number[] = []
    for (const [i, node] of nodes.entries()) {
      const fork = i < nodes.length - 1 ? this.push(opFork, this.ops.length + 1) : -1
      if (!this.emit(node)) return false
      if (fork < 0) break
      jumps.push(this.push(opJump))
      this.second[fork] = this.ops.length
    }
    for (const jump of jumps) this.first[jump] = this.ops.length
    return true
  }

  #emitRepeat({ node, min, max }: RepeatNode): boolean {
    const size = sizeOf(node)
    const certain = Math.min(min, Math.max(1, Math.floor(maxWritten / size)))
    const options = size <= small && max <= maxOptions ? max - certain : 0
    const forks: number[] = []
    let last = this.ops.length
    for (let i = 0; i < certain + options; i++) {
      last = this.ops.length
      if (i >= certain) forks.push(this.push(opFork, last + 1))
      if (!this.emit(node)) return false
    }
    if (max > certain + options) {
      // Again from the last one, or none at all.
      const loop = certain > 0 ? this.push(opFork, last) : this.push(opFork, last + 1)
      if (certain === 0 && !this.emit(node)) return false
      if (certain === 0) this.push(opJump, loop)
      forks.push(loop)
    }
    for (const fork of forks) this.second[fork] = this.ops.length
    return true
  }
}

/** About how many steps a node takes. */
function sizeOf(node: RegexNode): number {
  const inside = partsOf(node).reduce((sum, part) => sum + sizeOf(part), 1)
  return node.kind === 'repeat' ? inside * Math.max(1, node.min) : inside
}
