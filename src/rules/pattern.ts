// SPDX-License-Identifier: Apache-2.0
/** A rule's pattern, ready to run: V8's own engine, on text whose length is bounded by what the pattern may cost. */
import { type Node, PatternError } from './regex-ast.ts'
import { assessDanger } from './regex-danger.ts'
import { requiredLiterals } from './regex-literals.ts'
import { type PatternFlags, parsePattern } from './regex-parse.ts'
import { printPattern } from './regex-print.ts'

export interface Pattern {
  readonly regex: RegExp
  /** One of these, lower case, is in every text that matches; null when that is not known. */
  readonly literals: readonly string[] | null
  /** The longest piece of text, in characters, that the pattern is tried on at once. */
  readonly window: number
  /** Can match at the beginning of the text only. */
  readonly isAnchored: boolean
}

/**
 * Window by the power with which the work may grow; the last holds for all above. The worst text then keeps V8 for less
 * than a second in one window.
 */
const windows = [65_536, 65_536, 8192, 768, 160, 96, 56, 40, 28, 24, 16] as const

/** Milliseconds that one pattern may take on one text: when they are over, the windows that are left are not searched. */
const searchBudgetMs = 100

/**
 * Compiles a pattern in Perl's language, given as one code unit per byte. Throws PatternError where it has no meaning,
 * is not supported, or could take exponential time whatever the text's length.
 */
export function compilePattern(source: string, flags: string): Pattern {
  for (const flag of flags) if (!'imsxgoaudn'.includes(flag)) throw new PatternError(`unknown flag "${flag}"`)
  const options: PatternFlags = {
    ignoreCase: flags.includes('i'),
    multiline: flags.includes('m'),
    dotAll: flags.includes('s'),
    extended: flags.includes('x'),
  }
  const tree = parsePattern(source, options)
  const danger = assessDanger(tree, options.ignoreCase || source.includes('(?i'))
  if (danger.exponential) throw new PatternError('a repetition inside a repetition can take exponential time')
  const isAnchored = beginsAnchored(tree)
  const degree = danger.degree - (isAnchored ? 1 : 0)
  return {
    regex: makeRegex(printPattern(tree), options.ignoreCase ? 'i' : ''),
    literals: requiredLiterals(tree),
    window: windows[Math.min(degree, windows.length - 1)] ?? 16,
    isAnchored,
  }
}

function beginsAnchored(node: Node): boolean {
  const first = node.kind === 'concat' ? node.items[0] : node
  return first?.kind === 'assert' && (first.source === '^' || first.source === '(?<![^])')
}

function makeRegex(source: string, flags: string): RegExp {
  try {
    return new RegExp(source, flags)
  } catch (cause) {
    throw new PatternError(cause instanceof Error ? cause.message.replace(/^.*\/: /, '') : String(cause))
  }
}

/**
 * The first match, looked for window by window; windows overlap so that what lies on an edge is seen as well.
 * Its index counts from the beginning of the text.
 */
export function search(pattern: Pattern, text: string): RegExpExecArray | null {
  if (text.length <= pattern.window) return pattern.regex.exec(text)
  const step = pattern.window - (pattern.window >> 2)
  const end = performance.now() + searchBudgetMs
  for (let at = 0; at < text.length; at += step) {
    const match = pattern.regex.exec(text.slice(at, at + pattern.window))
    if (match !== null) {
      match.index += at
      return match
    }
    if (pattern.isAnchored || performance.now() > end) return null
  }
  return null
}

const delimiters: Readonly<Record<string, string>> = { '{': '}', '(': ')', '[': ']', '<': '>' }

/** Splits "/pattern/flags", "m{pattern}flags" and their kin; null when the text is not of that form. */
export function splitPattern(text: string): { source: string; flags: string } | null {
  const match = /^(?:m([^\w\s])|(\/))/.exec(text)
  const open = match?.[1] ?? match?.[2]
  if (open === undefined) return null
  const start = match?.[0].length ?? 0
  const close = delimiters[open] ?? open
  const end = text.lastIndexOf(close)
  const flags = text.slice(end + 1).trim()
  if (end < start || !/^[a-z]*$/.test(flags)) return null
  const source = text.slice(start, end)
  return { source: close === open ? source.replaceAll(`\\${open}`, open === '/' ? '/' : `\\${open}`) : source, flags }
}
