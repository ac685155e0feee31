// SPDX-License-Identifier: Apache-2.0
/**
 * How badly a pattern can backtrack. Exponential patterns are found exactly on the pattern's position automaton: two
 * different ways from a position back to itself over the same text (ambiguity within a loop) double the work with every
 * turn. How often the work is multiplied by the length of the text is estimated: once for the place where a match may
 * begin, and once for each long repetition that may also eat what stands behind it.
 */
import { type CharSet, emptySet, foldSet, type Node } from './regex-ast.ts'

export interface Danger {
  readonly exponential: boolean
  /** Work grows at most like the text's length to this power. */
  readonly degree: number
}

/** Repetitions up to this count are taken as harmless by themselves. */
const shortRepeat = 16
/** Repetitions above this count may run through the whole text. */
const longRepeat = 100
/** Positions of one loop beyond which it is not analysed, but refused. */
const maxLoop = 220

export function assessDanger(node: Node, ignoreCase: boolean): Danger {
  const degree = 1 + degreeOf(node) + (holdsClear(node) ? 1 : 0)
  return { exponential: hasNestedRepeat(node, 0) && isExponential(node, ignoreCase), degree }
}

function hasNestedRepeat(node: Node, depth: number): boolean {
  const within = node.kind === 'repeat' && node.max > shortRepeat ? depth + 1 : depth
  if (within >= 1 && (node.kind === 'either' || (node.kind === 'repeat' && (depth >= 1 || node.max !== node.min)))) {
    if (depth >= 1 || node.kind === 'either') return true
  }
  if (node.kind === 'concat' || node.kind === 'either') return node.items.some((item) => hasNestedRepeat(item, within))
  return 'item' in node && hasNestedRepeat(node.item, within)
}

/** Long repetitions in a row that can share text with what follows them. */
function degreeOf(node: Node): number {
  switch (node.kind) {
    case 'concat':
      return node.items.reduce((sum, item, i) => sum + (endsClearly(item, node.items[i + 1]) ? 0 : degreeOf(item)), 0)
    case 'either':
      return node.items.reduce((most, item) => Math.max(most, degreeOf(item)), 0)
    case 'repeat':
      return degreeOf(node.item) + (isLong(node) ? 1 : 0)
    case 'group':
    case 'flags':
    case 'look':
      return degreeOf(node.item)
    default:
      return 0
  }
}

function isLong(node: Node): boolean {
  return node.kind === 'repeat' && node.max > longRepeat && node.max !== node.min
}

/** A repetition of one set, such as [^>]*, before something that is not in the set has one end only. */
function endsClearly(node: Node, next: Node | undefined): boolean {
  if (node.kind !== 'repeat' || next === undefined) return false
  const [own, other] = [oneSet(node.item), firstSet(next)]
  return own !== null && other !== null && !meet(foldSet(own), foldSet(other))
}

function oneSet(node: Node): CharSet | null {
  if (node.kind === 'set') return node.members
  if (node.kind === 'group' || node.kind === 'flags') return oneSet(node.item)
  return node.kind === 'char' ? charSet(node.code) : null
}

function firstSet(node: Node): CharSet | null {
  if (node.kind === 'group' || node.kind === 'flags') return firstSet(node.item)
  if (node.kind === 'repeat') return node.min > 0 ? firstSet(node.item) : null
  if (node.kind === 'concat') return node.items[0] === undefined ? null : firstSet(node.items[0])
  return oneSet(node)
}

function charSet(code: number): CharSet {
  const set = emptySet()
  set[code & 0xff] = 1
  return set
}

/** True when there is a long repetition with one end only: it is run through once for every way to get there. */
function holdsClear(node: Node): boolean {
  if (node.kind === 'concat')
    return node.items.some((item, i) => (isLong(item) && endsClearly(item, node.items[i + 1])) || holdsClear(item))
  if (node.kind === 'either') return node.items.some(holdsClear)
  return 'item' in node && holdsClear(node.item)
}

/** First and last positions of a node, and whether it may match nothing (Glushkov). */
interface Span {
  readonly first: readonly number[]
  readonly last: readonly number[]
  readonly nullable: boolean
}

class Automaton {
  readonly sets: CharSet[] = []
  /** Edges with their multiplicity: two constructs that allow the same step are two ways. */
  readonly follow: number[][] = []
  readonly looks: Node[] = []
  readonly #ignoreCase: boolean

  constructor(ignoreCase: boolean) {
    this.#ignoreCase = ignoreCase
  }

  build(node: Node): Span {
    switch (node.kind) {
      case 'char':
        return this.#position(charSet(node.code))
      case 'set':
        return this.#position(node.members)
      case 'group':
      case 'flags':
        return this.build(node.item)
      case 'look':
        this.looks.push(node.item)
        return { first: [], last: [], nullable: true }
      case 'either': {
        const spans = node.items.map((item) => this.build(item))
        return {
          first: spans.flatMap((span) => span.first),
          last: spans.flatMap((span) => span.last),
          nullable: spans.some((span) => span.nullable),
        }
      }
      case 'concat':
        return node.items.map((item) => this.build(item)).reduce((a, b) => this.#join(a, b))
      case 'repeat': {
        const span = this.build(node.item)
        if (node.max > shortRepeat) this.#connect(span.last, span.first)
        return { ...span, nullable: span.nullable || node.min === 0 }
      }
      default:
        return { first: [], last: [], nullable: true }
    }
  }

  #position(set: CharSet): Span {
    const at = this.sets.length
    this.sets.push(this.#ignoreCase ? foldSet(set) : set)
    this.follow.push([])
    return { first: [at], last: [at], nullable: false }
  }

  #join(a: Span, b: Span): Span {
    this.#connect(a.last, b.first)
    return {
      first: a.nullable ? [...a.first, ...b.first] : a.first,
      last: b.nullable ? [...a.last, ...b.last] : b.last,
      nullable: a.nullable && b.nullable,
    }
  }

  #connect(from: readonly number[], to: readonly number[]): void {
    for (const a of from) this.follow[a]?.push(...to)
  }
}

function isExponential(node: Node, ignoreCase: boolean): boolean {
  const automaton = new Automaton(ignoreCase)
  automaton.build(node)
  if (automaton.looks.some((look) => isExponential(look, ignoreCase))) return true
  const loops = components(automaton.sets.length, (at) => automaton.follow[at] ?? [])
  const size = new Map<number, number>()
  for (const loop of loops) size.set(loop, (size.get(loop) ?? 0) + 1)
  for (const [loop, count] of size) {
    const members = loops.flatMap((of, at) => (of === loop ? [at] : []))
    const turns = count > 1 || (automaton.follow[members[0] ?? 0] ?? []).includes(members[0] ?? 0)
    if (turns && (count > maxLoop || isAmbiguous(automaton, members))) return true
  }
  return false
}

/** True when two different ways lead from a position of the loop back to it over the same text. */
function isAmbiguous(automaton: Automaton, members: readonly number[]): boolean {
  const local = new Map(members.map((at, i) => [at, i]))
  const edges = members.map((at) => (automaton.follow[at] ?? []).flatMap((to) => local.get(to) ?? []))
  if (edges.some((list) => new Set(list).size !== list.length)) return true
  const n = members.length
  const overlap = members.map((a) => members.map((b) => meet(automaton.sets[a], automaton.sets[b])))
  const pairs = components(n * n, (pair) => {
    const [left, right] = [edges[Math.floor(pair / n)] ?? [], edges[pair % n] ?? []]
    return left.flatMap((a) => right.flatMap((b) => (overlap[a]?.[b] ? [a * n + b] : [])))
  })
  const diagonal = new Set(members.map((_, i) => pairs[i * n + i]))
  return pairs.some((component, pair) => Math.floor(pair / n) !== pair % n && diagonal.has(component))
}

function meet(a: CharSet | undefined, b: CharSet | undefined): boolean {
  return a?.some((bit, i) => bit === 1 && b?.[i] === 1) ?? false
}

/** Strongly connected components (Tarjan, without recursion): the component's number for each node. */
function components(count: number, edgesOf: (node: number) => readonly number[]): number[] {
  const index = new Int32Array(count).fill(-1)
  const low = new Int32Array(count)
  const component = new Array<number>(count).fill(-1)
  const stack: number[] = []
  let next = 0
  for (let root = 0; root < count; root++) {
    if (index[root] !== -1) continue
    const work: { node: number; edges: readonly number[]; at: number }[] = []
    const enter = (node: number): void => {
      index[node] = low[node] = next++
      stack.push(node)
      work.push({ node, edges: edgesOf(node), at: 0 })
    }
    enter(root)
    for (let frame = work.at(-1); frame !== undefined; frame = work.at(-1)) {
      const to = frame.edges[frame.at++]
      if (to !== undefined) {
        if (index[to] === -1) enter(to)
        else if (component[to] === -1) low[frame.node] = Math.min(low[frame.node] ?? 0, index[to] ?? 0)
        continue
      }
      work.pop()
      const above = work.at(-1)
      if (above !== undefined) low[above.node] = Math.min(low[above.node] ?? 0, low[frame.node] ?? 0)
      if (low[frame.node] !== index[frame.node]) continue
      for (let member = stack.pop(); member !== undefined; member = stack.pop()) {
        component[member] = frame.node
        if (member === frame.node) break
      }
    }
  }
  return component
}
