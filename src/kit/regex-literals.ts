// SPDX-License-Identifier: Apache-2.0
/**
 * Which texts must occur for a pattern to match, and how far behind the start of the match: where they do not, the
 * pattern need not be tried, and elsewhere only so far before them.
 * All literals are folded to lower case, so they are necessary whatever the case rules of the pattern.
 */
import type { CharSet } from './regex-sets.ts'
import { partsOf, type RegexNode } from './regex-syntax.ts'
import { type Width, widthOf } from './regex-widths.ts'

export interface Literal {
  readonly text: string
  /** Code units between the start of a match and the literal. */
  readonly before: Width
}

/** Of these there are at least so many, at different places, in whatever matches or is looked ahead at. */
export interface Requirement {
  readonly literals: readonly Literal[]
  readonly times: number
}

export interface Requirements {
  /** The set that will occur least often; null when the pattern must always be tried. */
  readonly literals: readonly Literal[] | null
  /** Another that tells better where a match may start. */
  readonly starters: readonly Literal[] | null
  /** What there has to be beside them, the rarest first. */
  readonly others: readonly Requirement[]
}

const atStart: Width = { min: 0, max: 0 }

const maxExact = 24
const maxRequired = 600
/** Members of one set beyond which they are not told apart. */
const maxMembers = 6
/** Shorter literals occur in nearly every text and would save nothing, but for control characters. */
const minLength = 2
const isControl = (text: string) => /^[^\t\n\r -\xff]$/.test(text)
/** Longer ones are hardly rarer, and cost memory. */
const maxLength = 14
/** A start so near before a literal is worth so many of its letters. */
const maxBefore = 100
const startWorth = 1.5
/** So many others are asked for; their literals, and those of starters, are so long. */
const [maxOthers, minOther] = [3, 3]

/** They stand in nearly every text that patterns with them are tried on. */
const common = new Set(['http', 'https', '://', 'http://', 'https://', 'http://www.', 'https://www.'])

export function requirementsOf(root: RegexNode): Requirements {
  const sets = gather(root).map(({ literals, times }) => ({ literals: cut(literals), times }))
  const literals = best(sets)?.literals ?? null
  if (literals === null) return { literals, starters: null, others: [] }
  const rare = sets.filter(({ literals: some }) => !some.some(({ text }) => text.length < minOther || common.has(text)))
  const starters = tellsStart(literals)
    ? null
    : (best(rare.filter((one) => tellsStart(one.literals)))?.literals ?? null)
  const key = (some: readonly Literal[]) => some.map(({ text }) => text).join('\n')
  const others = new Map<string, Requirement>()
  for (const one of rare) {
    const known = others.get(key(one.literals))
    const isNews = one.times > (known?.times ?? (one.literals === literals ? 1 : 0))
    if (isNews) others.set(key(one.literals), one)
  }
  const rarest = [...others.values()].sort((a, b) => worth(b) - worth(a))
  return { literals, starters, others: rarest.slice(0, maxOthers) }
}

/** At least one of these (lower case) occurs in every match; null when the pattern must always be tried. */
export function requiredLiterals(node: RegexNode): readonly Literal[] | null {
  return requirementsOf(node).literals
}

/** No text twice, none longer than need be. */
function cut(some: readonly Literal[]): Literal[] {
  const literals = new Map<string, Literal>()
  for (const { text: whole, before } of some) {
    const text = whole.slice(0, maxLength)
    const { min, max } = literals.get(text)?.before ?? before
    literals.set(text, { text, before: { min: Math.min(min, before.min), max: Math.max(max, before.max) } })
  }
  return [...literals.values()]
}

/** Every set that is required. */
function gather(node: RegexNode): readonly Requirement[] {
  switch (node.kind) {
    case 'group':
    case 'atomic':
      return gather(node.node)
    case 'look':
      return node.negative || node.behind ? [] : gather(node.node)
    case 'alt':
      return gatherEither(node.nodes)
    case 'seq':
      return gatherInRow(node.nodes)
    case 'repeat':
      return gatherRepeated(node.node, node.min)
    default:
      return usable(exactOf(node), atStart)
  }
}

function gatherEither(branches: readonly RegexNode[]): readonly Requirement[] {
  const literals: Literal[] = []
  for (const branch of branches) {
    const one = best(gather(branch))
    if (one === null) return []
    literals.push(...one.literals)
  }
  return literals.length <= maxRequired ? [{ literals, times: 1 }] : []
}

function gatherRepeated(item: RegexNode, min: number): readonly Requirement[] {
  if (min === 0) return []
  // What is only looked at may be the same for every turn.
  return looks(item) ? gather(item) : gather(item).map(({ literals, times }) => ({ literals, times: times * min }))
}

function looks(node: RegexNode): boolean {
  return node.kind === 'look' || partsOf(node).some(looks)
}

function gatherInRow(items: readonly RegexNode[]): readonly Requirement[] {
  const all: Requirement[] = []
  let run: readonly string[] = ['']
  /** Widths before the run, and before the item. */
  let [runStart, here] = [atStart, atStart]
  for (const item of items) {
    const exact = exactOf(item)
    const joined = exact === null ? null : product(run, exact)
    if (exact === null || looks(item)) all.push(...gather(item).map((one) => shifted(one, here)))
    if (joined !== null) run = joined
    else {
      const { first, last, lastStart } = endsOf(item, exact)
      all.push(...usable(product(run, first) ?? run, runStart))
      run = last
      runStart = sum(here, lastStart)
    }
    here = sum(here, widthOf(item))
  }
  return [...all, ...usable(run, runStart)]
}

interface Ends {
  /** Each match begins with one of these, and ends with one of those. */
  readonly first: readonly string[]
  readonly last: readonly string[]
  /** How far behind the start of the match the end begins. */
  readonly lastStart: Width
}

/** What is known of both ends of an item that cannot be joined to its neighbours as a whole. */
function endsOf(item: RegexNode, exact: readonly string[] | null): Ends {
  if (exact !== null) return { first: [''], last: exact, lastStart: atStart }
  const one = item.kind === 'repeat' && item.min > 0 ? exactOf(item.node) : null
  // Several texts there would be as many times as many as before.
  if (item.kind !== 'repeat' || one?.length !== 1) return { first: [''], last: [''], lastStart: widthOf(item) }
  const { min, max } = widthOf(item.node)
  const lastStart = { min: min * (item.min - 1), max: max === 0 ? 0 : max * (item.max - 1) }
  return { first: one, last: one, lastStart }
}

/** Every text that the node can match is one of these; null when they are too many to list. */
function exactOf(node: RegexNode): readonly string[] | null {
  switch (node.kind) {
    case 'set':
      return fewMembers(node.set)
    case 'assert':
    case 'look':
      return ['']
    case 'backref':
      return null
    case 'group':
    case 'atomic':
      return exactOf(node.node)
    case 'seq':
      return inRow(node.nodes.map(exactOf))
    case 'alt': {
      const all = node.nodes.map(exactOf)
      const texts = all.flatMap((one) => one ?? [])
      return all.includes(null) || texts.length > maxExact ? null : texts
    }
    case 'repeat':
      return repeated(exactOf(node.node), node.min, node.max)
  }
}

function inRow(items: readonly (readonly string[] | null)[]): readonly string[] | null {
  let run: readonly string[] | null = ['']
  for (const item of items) run = run === null || item === null ? null : product(run, item)
  return run
}

function repeated(item: readonly string[] | null, min: number, max: number): readonly string[] | null {
  if (item === null) return null
  if (min === 0) return max === 1 && item.length < maxExact ? ['', ...item] : null
  return max === min && min <= 16 ? inRow(new Array<readonly string[]>(min).fill(item)) : null
}

function product(left: readonly string[], right: readonly string[]): string[] | null {
  if (left.length * right.length > maxExact) return null
  const all = left.flatMap((a) => right.map((b) => a + b))
  return all.some((text) => text.length > 64) ? null : all
}

function sum(one: Width, other: Width): Width {
  return { min: one.min + other.min, max: one.max + other.max }
}

function shifted({ literals, times }: Requirement, by: Width): Requirement {
  return { literals: literals.map(({ text, before }) => ({ text, before: sum(by, before) })), times }
}

function usable(texts: readonly string[] | null, before: Width): readonly Requirement[] {
  if (texts === null || texts.length === 0 || texts.some((text) => text.length < minLength && !isControl(text)))
    return []
  return [{ literals: texts.map((text) => ({ text, before })), times: 1 }]
}

/** The first of those that will occur least often. */
function best(sets: readonly Requirement[]): Requirement | null {
  let found: Requirement | null = null
  for (const one of sets) if (found === null || worth(one) > worth(found)) found = one
  return found
}

/**
 * Its shortest member decides how rare a set is, then how many there are. One that tells where a match may start is worth
 * some more.
 */
function worth({ literals }: Requirement): number {
  const isCommon = literals.some(({ text }) => common.has(text))
  const shortest = literals.reduce((least, { text }) => Math.min(least, text.length), Number.POSITIVE_INFINITY)
  const rarity = (isCommon ? 1 : Math.min(8, shortest)) - Math.log2(literals.length) / 2
  return rarity + (tellsStart(literals) ? startWorth : 0)
}

function tellsStart(literals: readonly Literal[]): boolean {
  return literals.every(({ before }) => before.max < maxBefore)
}

/** Every member, in lower case, where they are few; null where they are many or none. */
function fewMembers(set: CharSet): string[] | null {
  const texts = new Set<string>()
  for (let i = 0; i < set.length; i += 2) {
    const [from, to] = [set[i] ?? 0, set[i + 1] ?? 0]
    if (to - from > 2 * maxMembers || to > 0xff) return null
    for (let unit = from; unit <= to; unit++) texts.add(String.fromCharCode(fold(unit)))
  }
  return texts.size > maxMembers ? null : [...texts]
}

function fold(code: number): number {
  return code >= 0x41 && code <= 0x5a ? code + 32 : code
}
