// SPDX-License-Identifier: Apache-2.0
/**
 * Perl regular expressions as rule files hold them → a small tree, from which the JavaScript pattern, the literals that
 * a match needs and the risk of backtracking are worked out.
 */

export type Node =
  | { readonly kind: 'empty' }
  /** One code unit. */
  | { readonly kind: 'char'; readonly code: number }
  /** One of a set of code units; `source` is its JavaScript spelling. */
  | { readonly kind: 'set'; readonly members: CharSet; readonly source: string }
  | { readonly kind: 'concat'; readonly items: readonly Node[] }
  | { readonly kind: 'either'; readonly items: readonly Node[] }
  | { readonly kind: 'repeat'; readonly item: Node; readonly min: number; readonly max: number; readonly lazy: boolean }
  | { readonly kind: 'group'; readonly item: Node; readonly capture: boolean; readonly name: string | null }
  /** Part of the pattern under other flags: "(?i:...)". */
  | { readonly kind: 'flags'; readonly item: Node; readonly source: string }
  | { readonly kind: 'look'; readonly item: Node; readonly source: '?=' | '?!' | '?<=' | '?<!' }
  /** Matches no text: anchors, word boundaries. */
  | { readonly kind: 'assert'; readonly source: string }
  | { readonly kind: 'back'; readonly source: string }

/** 256 bits: which code units of one byte are members. Rule text is matched as bytes, as SpamAssassin does. */
export type CharSet = Uint8Array

export const unbounded = Number.POSITIVE_INFINITY

/** A pattern that we cannot hold; the text says why. */
export class PatternError extends Error {
  override readonly name = 'PatternError'
}

export function emptySet(): CharSet {
  return new Uint8Array(256)
}

export function rangeSet(...ranges: readonly (readonly [number, number])[]): CharSet {
  const set = emptySet()
  for (const [from, to] of ranges) set.fill(1, from, to + 1)
  return set
}

export function invertSet(set: CharSet): CharSet {
  return set.map((bit) => 1 - bit)
}

export function unite(into: CharSet, other: CharSet): void {
  for (let i = 0; i < 256; i++) if (other[i] === 1) into[i] = 1
}

/** Adds the other case of every ASCII letter. */
export function foldSet(set: CharSet): CharSet {
  const folded = Uint8Array.from(set)
  for (let c = 0x61; c <= 0x7a; c++) {
    if (set[c] === 1 || set[c - 32] === 1) {
      folded[c] = 1
      folded[c - 32] = 1
    }
  }
  return folded
}

const digits = rangeSet([0x30, 0x39])
const wordSet = rangeSet([0x30, 0x39], [0x41, 0x5a], [0x5f, 0x5f], [0x61, 0x7a])
const spaces = rangeSet([0x09, 0x0d], [0x20, 0x20])
const horizontal = rangeSet([0x09, 0x09], [0x20, 0x20])
const vertical = rangeSet([0x0a, 0x0d])

/**
 * Perl's classes on bytes. JavaScript's \s would also match 0xA0, which here is the middle of a UTF-8 character.
 * The second text stands inside brackets.
 */
export const escapes: Readonly<Record<string, readonly [CharSet, string]>> = {
  d: [digits, '\\d'],
  D: [invertSet(digits), '\\D'],
  w: [wordSet, '\\w'],
  W: [invertSet(wordSet), '\\W'],
  s: [spaces, '\\t-\\r '],
  S: [invertSet(spaces), '\\0-\\x08\\x0e-\\x1f!-\\uffff'],
  h: [horizontal, '\\t '],
  H: [invertSet(horizontal), '\\0-\\x08\\n-\\x1f!-\\uffff'],
  v: [vertical, '\\n-\\r'],
  V: [invertSet(vertical), '\\0-\\x09\\x0e-\\uffff'],
  R: [vertical, '\\n-\\r'],
  N: [invertSet(rangeSet([0x0a, 0x0a])), '\\0-\\x09\\x0b-\\uffff'],
}

export const posix: Readonly<Record<string, readonly [CharSet, string]>> = {
  alpha: [rangeSet([0x41, 0x5a], [0x61, 0x7a]), 'A-Za-z'],
  digit: [digits, '0-9'],
  alnum: [rangeSet([0x30, 0x39], [0x41, 0x5a], [0x61, 0x7a]), '0-9A-Za-z'],
  upper: [rangeSet([0x41, 0x5a]), 'A-Z'],
  lower: [rangeSet([0x61, 0x7a]), 'a-z'],
  punct: [rangeSet([0x21, 0x2f], [0x3a, 0x40], [0x5b, 0x60], [0x7b, 0x7e]), '!-\\/:-@\\[-`{-~'],
  space: [spaces, '\\t-\\r '],
  blank: [horizontal, '\\t '],
  cntrl: [rangeSet([0x00, 0x1f], [0x7f, 0x7f]), '\\0-\\x1f\\x7f'],
  print: [rangeSet([0x20, 0x7e]), ' -~'],
  graph: [rangeSet([0x21, 0x7e]), '!-~'],
  xdigit: [rangeSet([0x30, 0x39], [0x41, 0x46], [0x61, 0x66]), '0-9A-Fa-f'],
  word: [wordSet, '\\w'],
  ascii: [rangeSet([0x00, 0x7f]), '\\0-\\x7f'],
}
