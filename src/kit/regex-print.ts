// SPDX-License-Identifier: Apache-2.0
/** A parsed pattern as a regular expression of the platform. */
import { type CharSet, complement, contains } from './regex-sets.ts'
import { type AssertKind, partsOf, type RegexNode } from './regex-syntax.ts'

export interface PrintedRegex {
  readonly source: string
  /** "i" where there are letters and case counts nowhere, else empty: dots, lines and case are already in the tree. */
  readonly flags: 'i' | ''
  /** groups[n] is the number under which the platform knows group n; undefined for one that is not kept. */
  readonly groups: readonly (number | undefined)[]
}

const asserts: Readonly<Record<AssertKind, string>> = {
  start: '^',
  end: '$',
  'end-or-newline': '(?=\\n?$)',
  'line-start': '(?:^|(?<=\\n))',
  'line-end': '(?=\\n|$)',
  word: '\\b',
  'not-word': '\\B',
}

/** The source of a RegExp. keepGroups: all groups capture, else only those that the pattern refers to (it is faster). */
export function printRegex(root: RegexNode, keepGroups: boolean): PrintedRegex {
  const referred = keepGroups ? null : new Set(references(root))
  const flags = ignoresCase(root) && holdsLetter(root) ? 'i' : ''
  const groups: (number | undefined)[] = [0]
  let opened = 0

  function print(node: RegexNode): string {
    switch (node.kind) {
      case 'set':
        return printSet(node.set, flags === 'i')
      case 'seq':
        return node.nodes.map((part) => print(part)).join('')
      case 'alt':
        return `(?:${node.nodes.map(print).join('|')})`
      case 'group':
        if (node.index === 0 || referred?.has(node.index) === false) return `(?:${print(node.node)})`
        groups[node.index] = ++opened
        return `(${print(node.node)})`
      case 'repeat': {
        const body = print(node.node)
        const isAtom = node.node.kind === 'set' || node.node.kind === 'alt' || node.node.kind === 'group'
        return `${isAtom ? body : `(?:${body})`}${bounds(node.min, node.max)}${node.lazy ? '?' : ''}`
      }
      case 'assert':
        return asserts[node.assert]
      case 'look':
        return `(?${node.behind ? '<' : ''}${node.negative ? '!' : '='}${print(node.node)})`
      case 'atomic': {
        // What a lookahead has found it does not look for again: that is an atomic group (ES has none).
        const own = ++opened
        return `(?:(?=(${print(node.node)}))\\${own})`
      }
      case 'backref':
        return `(?${node.ignoreCase ? 'i' : ''}:\\${groups[node.index] ?? 0})`
    }
  }
  const source = print(root)
  return { source, flags, groups }
}

function references(node: RegexNode): number[] {
  return node.kind === 'backref' ? [node.index] : partsOf(node).flatMap(references)
}

/**
 * True when every set holds both cases of what it holds, and references compare without case: one flag says it shorter
 * than brackets around every letter, and lets the platform share the beginnings of alternatives.
 */
function ignoresCase(node: RegexNode): boolean {
  if (node.kind === 'backref') return node.ignoreCase
  if (node.kind !== 'set') return partsOf(node).every(ignoresCase)
  for (let upper = 65; upper <= 90; upper++)
    if (contains(node.set, upper) !== contains(node.set, upper + 32)) return false
  return holdsAllOtherLettersOrNone(node.set)
}

/** What the flag is for. Without it the platform may look for a pattern as for a plain text. */
function holdsLetter(node: RegexNode): boolean {
  return node.kind === 'set' ? isLetter(node.set) : partsOf(node).some(holdsLetter)
}

/** A letter in both cases. */
function isLetter(set: CharSet): boolean {
  const [from = 0, to, other, last] = set
  return set.length === 4 && from === to && other === last && other === from + 32 && from >= 65 && from <= 90
}

/** The platform folds other letters too: they must all be in the set, or none. */
function holdsAllOtherLettersOrNone(set: CharSet): boolean {
  const [from, to] = [set.at(-2) ?? 0, set.at(-1) ?? 0]
  if (to < 0x80) return true
  return from <= 0x80 && to === 0xffff
}

function bounds(min: number, max: number): string {
  if (min === 0 && max === 1) return '?'
  if (max === Number.POSITIVE_INFINITY) return min === 0 ? '*' : min === 1 ? '+' : `{${min},}`
  return min === max ? `{${min}}` : `{${min},${max}}`
}

function printSet(set: CharSet, ignoreCase: boolean): string {
  const [from, to] = set
  if (from === undefined) return '[]'
  if (set.length === 2 && from === to) return printUnit(from)
  if (ignoreCase && isLetter(set)) return printUnit(from + 32)
  // What is everything but a few is said so.
  if (from === 0 && (set.at(-1) ?? 0) === 0xffff) return set.length === 2 ? '[^]' : `[^${ranges(complement(set))}]`
  return `[${ranges(set)}]`
}

function ranges(set: CharSet): string {
  let inside = ''
  for (let i = 0; i < set.length; i += 2) {
    const [from, to] = [set[i] ?? 0, set[i + 1] ?? 0]
    inside += from === to ? printUnit(from) : `${printUnit(from)}-${printUnit(to)}`
  }
  return inside
}

function printUnit(unit: number): string {
  const char = String.fromCharCode(unit)
  if (/[A-Za-z0-9 ]/.test(char)) return char
  return unit < 256 ? `\\x${unit.toString(16).padStart(2, '0')}` : `\\u${unit.toString(16).padStart(4, '0')}`
}
