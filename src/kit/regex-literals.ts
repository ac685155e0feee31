// SPDX-License-Identifier: Apache-2.0
/**
 * Which texts must occur for a pattern to match, and how far behind the start of the match: where none of them does, the
 * pattern need not be tried, and elsewhere only so far before them.
 * All literals are folded to lower case, so they are necessary whatever the case rules of the pattern.
 */
import type { CharSet } from './regex-sets.ts'
import type { RegexNode } from './regex-syntax.ts'
import { type Width, widthOf } from './regex-widths.ts'

export interface Literal {
  readonly text: string
  /** Code units between the start of a match and the literal. */
  readonly before: Width
}

interface Known {
  /** Every text that the node can match is one of these; null when they are too many to list. */
  readonly exact: readonly string[] | null
  /** At least one of these occurs in whatever the node matches; null when nothing is known. */
  readonly required: readonly Literal[] | null
}

const atStart: Width = { min: 0, max: 0 }

const maxExact = 24
const maxRequired = 600
/** Members of one set beyond which they are not told apart. */
const maxMembers = 6
/** Shorter literals occur in nearly every text and would save nothing. */
const minLength = 2
/** Longer ones are hardly rarer, and cost memory. */
const maxLength = 14
/** A start so near before a literal is worth so many of its letters. */
const maxBefore = 100
const startWorth = 1.5

/** They stand in nearly every text that patterns with them are tried on. */
const common = new Set(['http', 'https', '://', 'http://', 'https://', 'http://www.', 'https://www.'])

/** At least one of these (lower case) occurs in every match; null when the pattern must always be tried. */
export function requiredLiterals(node: RegexNode): readonly Literal[] | null {
  const known = learn(node)
  const best = better(known.required, usable(known.exact, atStart))
  if (best === null) return null
  const literals = new Map<string, Literal>()
  for (const { text: whole, before } of best) {
    const text = whole.slice(0, maxLength)
    const { min, max } = literals.get(text)?.before ?? before
    literals.set(text, { text, before: { min: Math.min(min, before.min), max: Math.max(max, before.max) } })
  }
  return [...literals.values()]
}

function learn(node: RegexNode): Known {
  switch (node.kind) {
    case 'set':
      return { exact: fewMembers(node.set), required: null }
    case 'assert':
    case 'look':
      return { exact: [''], required: null }
    case 'backref':
      return { exact: null, required: null }
    case 'group':
    case 'atomic':
      return learn(node.node)
    case 'alt':
      return learnEither(node.nodes.map(learn))
    case 'seq':
      return learnConcat(node.nodes)
    case 'repeat':
      return learnRepeat(learn(node.node), node.min, node.max)
  }
}

function learnEither(branches: readonly Known[]): Known {
  let exact: string[] | null = []
  let required: Literal[] | null = []
  for (const branch of branches) {
    exact = exact === null || branch.exact === null ? null : [...exact, ...branch.exact]
    const best = better(branch.required, usable(branch.exact, atStart))
    required = required === null || best === null ? null : [...required, ...best]
  }
  return {
    exact: exact !== null && exact.length <= maxExact ? exact : null,
    required: required !== null && required.length <= maxRequired ? required : null,
  }
}

function learnConcat(items: readonly RegexNode[]): Known {
  let run: readonly string[] = ['']
  let isWhole = true
  let best: readonly Literal[] | null = null
  /** Widths before the run, and before the item. */
  let [runStart, here] = [atStart, atStart]
  for (const item of items) {
    const known = learn(item)
    best = better(best, shifted(known.required, here))
    const joined = known.exact === null ? null : product(run, known.exact)
    if (joined !== null) run = joined
    else {
      best = better(best, usable(run, runStart))
      isWhole = false
      run = known.exact ?? ['']
      runStart = known.exact === null ? sum(here, widthOf(item)) : here
    }
    here = sum(here, widthOf(item))
  }
  best = better(best, usable(run, runStart))
  return { exact: isWhole ? run : null, required: best }
}

function learnRepeat(item: Known, min: number, max: number): Known {
  if (min === 0) {
    const exact = max === 1 && item.exact !== null && item.exact.length < maxExact ? ['', ...item.exact] : null
    return { exact, required: null }
  }
  if (max === 1) return item
  const required = better(item.required, usable(item.exact, atStart))
  if (item.exact === null || max !== min || max === Number.POSITIVE_INFINITY || min > 16)
    return { exact: null, required }
  let exact: readonly string[] | null = item.exact
  for (let n = 1; n < min && exact !== null; n++) exact = product(exact, item.exact)
  return { exact, required }
}

function product(left: readonly string[], right: readonly string[]): string[] | null {
  if (left.length * right.length > maxExact) return null
  const all = left.flatMap((a) => right.map((b) => a + b))
  return all.some((text) => text.length > 64) ? null : all
}

function sum(one: Width, other: Width): Width {
  return { min: one.min + other.min, max: one.max + other.max }
}

function shifted(literals: readonly Literal[] | null, by: Width): readonly Literal[] | null {
  return literals?.map(({ text, before }) => ({ text, before: sum(by, before) })) ?? null
}

function usable(texts: readonly string[] | null, before: Width): readonly Literal[] | null {
  if (texts === null || texts.length === 0 || shortest(texts) < minLength) return null
  return texts.map((text) => ({ text, before }))
}

function shortest(texts: readonly string[]): number {
  return texts.reduce((least, text) => Math.min(least, text.length), Number.POSITIVE_INFINITY)
}

/**
 * The set that will occur less often: its shortest member decides, then how many there are. One that tells where a match
 * may start is worth some more.
 */
function better(a: readonly Literal[] | null, b: readonly Literal[] | null): readonly Literal[] | null {
  if (a === null || b === null) return a ?? b
  return worth(b) > worth(a) ? b : a
}

function worth(literals: readonly Literal[]): number {
  const tellsStart = literals.every(({ before }) => before.max < maxBefore)
  const isCommon = literals.some(({ text }) => common.has(text))
  const rarity =
    (isCommon ? 1 : Math.min(8, shortest(literals.map(({ text }) => text)))) - Math.log2(literals.length) / 2
  return rarity + (tellsStart ? startWorth : 0)
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
