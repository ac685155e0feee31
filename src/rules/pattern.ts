// SPDX-License-Identifier: Apache-2.0
/**
 * A rule's pattern, ready to run on text of any length in bounded time. Text as long as the platform's engine can be
 * trusted with goes to it, longer text to the linear matcher; what that cannot hold goes to the one that counts steps.
 */
import { compileRegex, type Regex } from '../kit/regex.ts'
import { stepsFrom, worstSteps } from '../kit/regex-cost.ts'
import { runCounted } from '../kit/regex-counted.ts'
import { buildGate, type Gate } from '../kit/regex-gate.ts'
import { isLinear, runLinear } from '../kit/regex-linear.ts'
import { requiredLiterals } from '../kit/regex-literals.ts'
import { parseRegex } from '../kit/regex-parse.ts'
import { printRegex } from '../kit/regex-print.ts'
import { compileProgram, firstUnits, type Program } from '../kit/regex-program.ts'
import { RegexError, type RegexNode, type RegexSyntax } from '../kit/regex-syntax.ts'

export interface Pattern {
  readonly root: RegexNode
  readonly regex: RegExp
  /** One of these, lower case, is in every text that matches; null when that is not known. */
  readonly literals: readonly string[] | null
  /** Characters of text up to which the platform's engine is bounded by maxSteps; 0 when it never is. */
  readonly window: number
  /** What runs on longer text. */
  readonly beyond: 'linear' | 'counted'
  /** Steps of the platform's engine from one place of a text so long, at worst. */
  readonly stepsFrom: (length: number) => number
  readonly groups: number
  /** Made when the first long text comes. */
  readonly program: () => Program
  /** Tells in one pass where the pattern cannot match; null when that is not known. Made when it is first needed. */
  readonly gate: () => Gate | null
}

export interface Match {
  readonly index: number
  readonly text: string
}

/** Steps that the platform's engine may have to make on one text, at worst: some 100 ms. */
const maxSteps = 60_000_000
/** Steps of our own matcher, which are slower. */
const maxCounted = 2_000_000
/** No text of a message is longer than the first. */
const windows = [1 << 20, 65_536, 8192, 4096, 2048, 512, 128] as const
const [maxWindow] = windows

/**
 * Compiles a pattern in Perl's language, given as one code unit per byte. Throws RegexError where it has no meaning or
 * is not supported.
 */
export function compilePattern(source: string, flags: string): Pattern {
  for (const flag of flags) if (!'imsxgoaudn'.includes(flag)) throw new RegexError(`unknown flag "${flag}"`)
  const { root, groups } = parseRegex(source, syntaxOf(flags))
  const printed = printRegex(root, false)
  const pattern: Pattern = {
    root,
    regex: makeRegex(printed.source, `g${printed.flags}`),
    literals: requiredLiterals(root),
    window: windowOf(root),
    beyond: isLinear(root) ? 'linear' : 'counted',
    stepsFrom: remembered((length) => stepsFrom(root, length)),
    groups,
    program: once(() => programOf(root)),
    gate: once(() => buildGate([{ id: 0, root }])),
  }
  // What cannot be compiled for our own matchers must be safe on the platform's.
  if (pattern.window < maxWindow) programOf(root)
  return pattern
}

function syntaxOf(flags: string): RegexSyntax {
  return {
    dialect: 'perl',
    ignoreCase: flags.includes('i'),
    multiline: flags.includes('m'),
    dotAll: flags.includes('s'),
    extended: flags.includes('x'),
    dollarEndOnly: false,
    ungreedy: false,
  }
}

/** Characters of text that a bounded expression may be shown. */
export const maxBounded = 8192

/** An expression whose groups are wanted, for texts of at most maxBounded characters; why not, when it cannot be had. */
export function compileBounded(source: string, flags: string): Regex | string {
  return compileRegex(source, syntaxOf(flags), maxBounded)
}

function programOf(root: RegexNode): Program {
  const program = compileProgram(root)
  if (typeof program === 'string') throw new RegexError(program)
  return program
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | null = null
  return () => {
    made ??= { value: make() }
    return made.value
  }
}

function remembered(count: (length: number) => number): (length: number) => number {
  const known = new Map<number, number>()
  return (length) => {
    const steps = known.get(length) ?? count(length)
    known.set(length, steps)
    return steps
  }
}

function windowOf(root: RegexNode): number {
  return windows.find((window) => worstSteps(root, window) <= maxSteps) ?? 0
}

function makeRegex(source: string, flags: string): RegExp {
  try {
    return new RegExp(source, flags)
  } catch (cause) {
    throw new RegexError(cause instanceof Error ? cause.message.replace(/^.*\/: /s, '') : String(cause))
  }
}

/** The first match at or behind an offset; null when there is none, or when it could not be found in bounded time. */
export function search(pattern: Pattern, text: string, from = 0): Match | null {
  if (text.length <= pattern.window) return onPlatform(pattern, text, from)
  if (pattern.gate()?.scan(text, from, null) === false) return null
  if (fitsPlatform(pattern, text)) return onPlatform(pattern, text, from)
  const slots =
    pattern.beyond === 'linear' ? runLinear(pattern.program(), text, 0, { from }) : counted(pattern, text, from)
  if (slots === null) return null
  const [start = 0, end = 0] = slots
  return { index: start, text: text.slice(start, end) }
}

function onPlatform(pattern: Pattern, text: string, from: number): Match | null {
  pattern.regex.lastIndex = from
  const match = pattern.regex.exec(text)
  return match === null ? null : { index: match.index, text: match[0] }
}

/** Whether the platform's engine is bounded on this very text: there are few places in it where a match can begin. */
function fitsPlatform(pattern: Pattern, text: string): boolean {
  const window = windows.findLast((size) => size >= text.length)
  const steps = window === undefined ? Number.POSITIVE_INFINITY : pattern.stepsFrom(window)
  if (steps > maxSteps) return false
  const first = firstUnits(pattern.program())
  if (first === null) return false
  let starts = 1
  for (let at = 0; at < text.length; at++) if (first[text.charCodeAt(at)] !== 0) starts++
  return starts * steps <= maxSteps
}

function counted(pattern: Pattern, text: string, from: number): readonly number[] | null {
  const found = runCounted(pattern.program(), text, pattern.groups, { from, maxSteps: maxCounted })
  return found.kind === 'found' ? found.slots : null
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
