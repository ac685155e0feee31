// SPDX-License-Identifier: Apache-2.0
/** The tree that every regular expression is read into, whoever wrote it, and the dialects it is read from. */
import type { CharSet } from './regex-sets.ts'

export type AssertKind = 'start' | 'end' | 'end-or-newline' | 'line-start' | 'line-end' | 'word' | 'not-word'

export type RegexNode =
  | { readonly kind: 'set'; readonly set: CharSet }
  | { readonly kind: 'seq' | 'alt'; readonly nodes: readonly RegexNode[] }
  /** index 0: not captured. */
  | { readonly kind: 'group'; readonly index: number; readonly node: RegexNode }
  | RepeatNode
  | { readonly kind: 'assert'; readonly assert: AssertKind }
  | { readonly kind: 'look'; readonly behind: boolean; readonly negative: boolean; readonly node: RegexNode }
  | { readonly kind: 'atomic'; readonly node: RegexNode }
  /** ignoreCase: letters of ASCII are compared without their case. */
  | { readonly kind: 'backref'; readonly index: number; readonly ignoreCase: boolean }

export interface RepeatNode {
  readonly kind: 'repeat'
  readonly min: number
  readonly max: number
  readonly lazy: boolean
  readonly node: RegexNode
}

export interface RegexSyntax {
  /**
   * perl: Perl's, on text and pattern of one code unit per byte (case is that of ASCII, no unit is above 255);
   * pcre: the same on text; posix: extended expressions of POSIX.
   */
  readonly dialect: 'perl' | 'pcre' | 'posix'
  readonly ignoreCase: boolean
  /** "^" and "$" match at every line. */
  readonly multiline: boolean
  /** "." matches a newline too. */
  readonly dotAll: boolean
  /** White space and comments in the pattern do not count. */
  readonly extended: boolean
  /** "$" matches only at the very end, not before a last newline. */
  readonly dollarEndOnly: boolean
  /** Quantifiers are lazy unless followed by "?". */
  readonly ungreedy: boolean
}

export interface ParsedRegex {
  readonly root: RegexNode
  readonly groups: number
  readonly names: ReadonlyMap<string, number>
}

/** What is wrong with a pattern, in words for the person who wrote it. */
export class RegexError extends Error {
  override readonly name = 'RegexError'
}

/** The text of a pattern and how far it has been read. */
export class Cursor {
  readonly text: string
  at = 0

  constructor(text: string) {
    this.text = text
  }

  /** The next code unit as a text; undefined at the end. */
  get next(): string | undefined {
    return this.text[this.at]
  }

  /** Passes over the token; false when something else comes. */
  skip(token: string): boolean {
    if (!this.text.startsWith(token, this.at)) return false
    this.at += token.length
    return true
  }

  /** Passes over what a sticky expression matches here; null when it does not. */
  take(sticky: RegExp): RegExpExecArray | null {
    sticky.lastIndex = this.at
    const match = sticky.exec(this.text)
    if (match !== null) this.at = sticky.lastIndex
    return match
  }
}

/** Everything directly inside a node. */
export function partsOf(node: RegexNode): readonly RegexNode[] {
  if ('nodes' in node) return node.nodes
  return 'node' in node ? [node.node] : []
}
