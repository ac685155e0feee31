// SPDX-License-Identifier: Apache-2.0
/** A parsed pattern as a regular expression of the platform. */
import type { AssertKind, RegexNode } from './regex-parse.ts'
import type { CharSet } from './regex-sets.ts'

export interface PrintedRegex {
  readonly source: string
  /** groups[n] is the number under which the platform knows group n; atomic groups shift the count. */
  readonly groups: readonly number[]
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

/** The source of a RegExp without flags: letter case and lines are already in the tree. */
export function printRegex(root: RegexNode): PrintedRegex {
  const groups: number[] = [0]
  let opened = 0

  function print(node: RegexNode): string {
    switch (node.kind) {
      case 'set':
        return printSet(node.set)
      case 'seq':
        return node.nodes.map(print).join('')
      case 'alt':
        return `(?:${node.nodes.map(print).join('|')})`
      case 'group':
        if (node.index === 0) return `(?:${print(node.node)})`
        groups[node.index] = ++opened
        return `(${print(node.node)})`
      case 'repeat':
        return `(?:${print(node.node)})${bounds(node.min, node.max)}${node.lazy ? '?' : ''}`
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
        return `(?:\\${groups[node.index] ?? 0})`
    }
  }
  const source = print(root)
  return { source, groups }
}

function bounds(min: number, max: number): string {
  return `{${min},${max === Number.POSITIVE_INFINITY ? '' : max}}`
}

function printSet(set: CharSet): string {
  const [from, to] = set
  if (from === undefined) return '[]'
  if (set.length === 2 && from === to) return printUnit(from)
  let inside = ''
  for (let i = 0; i < set.length; i += 2) inside += `${printUnit(set[i] ?? 0)}-${printUnit(set[i + 1] ?? 0)}`
  return `[${inside}]`
}

function printUnit(unit: number): string {
  const char = String.fromCharCode(unit)
  return /[A-Za-z0-9]/.test(char) ? char : `\\u${unit.toString(16).padStart(4, '0')}`
}
