// SPDX-License-Identifier: Apache-2.0
/**
 * Which texts must occur for a pattern to match: where none of them does, the pattern need not be tried.
 * All literals are folded to lower case, so they are necessary whatever the case rules of the pattern.
 */
import type { CharSet } from './regex-sets.ts'
import type { RegexNode } from './regex-syntax.ts'

interface Known {
  /** Every text that the node can match is one of these; null when they are too many to list. */
  readonly exact: readonly string[] | null
  /** At least one of these occurs in whatever the node matches; null when nothing is known. */
  readonly required: readonly string[] | null
}

const maxExact = 24
const maxRequired = 600
/** Members of one set beyond which they are not told apart. */
const maxMembers = 6
/** Shorter literals occur in nearly every text and would save nothing. */
const minLength = 2
/** Longer ones are hardly rarer, and cost memory. */
const maxLength = 14

/** At least one of these (lower case) occurs in every match; null when the pattern must always be tried. */
export function requiredLiterals(node: RegexNode): readonly string[] | null {
  const known = learn(node)
  const best = better(known.required, usable(known.exact))
  return best === null ? null : [...new Set(best.map((text) => text.slice(0, maxLength)))]
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
  let required: string[] | null = []
  for (const branch of branches) {
    exact = exact === null || branch.exact === null ? null : [...exact, ...branch.exact]
    const best = better(branch.required, usable(branch.exact))
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
  let best: readonly string[] | null = null
  for (const item of items) {
    const known = learn(item)
    best = better(best, known.required)
    const joined = known.exact === null ? null : product(run, known.exact)
    if (joined !== null) {
      run = joined
      continue
    }
    best = better(best, usable(run))
    isWhole = false
    run = known.exact ?? ['']
  }
  best = better(best, usable(run))
  return { exact: isWhole ? run : null, required: best }
}

function learnRepeat(item: Known, min: number, max: number): Known {
  if (min === 0) {
    const exact = max === 1 && item.exact !== null && item.exact.length < maxExact ? ['', ...item.exact] : null
    return { exact, required: null }
  }
  if (max === 1) return item
  const required = better(item.required, usable(item.exact))
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

function usable(texts: readonly string[] | null): readonly string[] | null {
  return texts !== null && texts.length > 0 && shortest(texts) >= minLength ? texts : null
}

function shortest(texts: readonly string[]): number {
  return texts.reduce((least, text) => Math.min(least, text.length), Number.POSITIVE_INFINITY)
}

/** The set that will occur less often: its shortest member decides, then how many there are. */
function better(a: readonly string[] | null, b: readonly string[] | null): readonly string[] | null {
  if (a === null || b === null) return a ?? b
  const worth = (texts: readonly string[]): number => Math.min(8, shortest(texts)) - Math.log2(texts.length) / 2
  return worth(b) > worth(a) ? b : a
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
