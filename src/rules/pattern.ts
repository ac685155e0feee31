// SPDX-License-Identifier: Apache-2.0
/**
 * A rule's pattern, ready to run on text of any length in bounded time. Text as long as the platform's engine can be
 * trusted with goes to it, longer text to the linear matcher; what that cannot hold goes to the one that counts steps.
 */
import { once } from '../kit/once.ts'
import { compileRegex, type Regex } from '../kit/regex.ts'
import { stepsFrom, worstSteps } from '../kit/regex-cost.ts'
import { buildGate, type Gate } from '../kit/regex-gate.ts'
import { beginsWith, mayBeEmpty } from '../kit/regex-heads.ts'
import { landmarksOf } from '../kit/regex-landmarks.ts'
import { isLinear } from '../kit/regex-linear.ts'
import { leastLine } from '../kit/regex-lines.ts'
import { type Requirements, requirementsOf } from '../kit/regex-literals.ts'
import { parseRegex } from '../kit/regex-parse.ts'
import { printRegex } from '../kit/regex-print.ts'
import { compileProgram, type Program, type ProgramKind } from '../kit/regex-program.ts'
import { partsOf, RegexError, type RegexNode, type RegexSyntax } from '../kit/regex-syntax.ts'
import { windowOf } from '../kit/regex-window.ts'

export interface Pattern {
  readonly root: RegexNode
  readonly regex: RegExp
  /** The same, for a match at one place only; made when it is first needed. */
  readonly sticky: () => RegExp
  /** What is in every text that matches. */
  readonly requires: Requirements
  /** Texts, in lower case, that keep the steps few where they are rare. */
  readonly landmarks: readonly string[]
  /** A match may be of no length. */
  readonly mayBeEmpty: boolean
  /** A match can only be at the start of the text. */
  readonly isAnchored: boolean
  /** A match can only be at the start of a line of at least so many characters; null when it can be elsewhere. */
  readonly leastLine: number | null
  /** Characters of text up to which the platform's engine is bounded by maxSteps; 0 when it never is. */
  readonly window: number
  /** Steps of the platform's engine from one place, at worst: so much text behind it, so many of each landmark in it. */
  readonly stepsFrom: (length: number, landmarks: readonly number[] | null) => number
  readonly groups: number
  /** What runs on longer text. Made when the first one comes. */
  readonly beyond: () => Beyond
  /** Tells whether the pattern may match at all at or behind a place of a text. Made when it is first needed. */
  readonly gate: () => Gate['passes']
  /** The same for a match at one place. */
  readonly gateAtPlace: () => Gate | null
}

/** One of our own matchers, and what it runs. */
interface Beyond {
  readonly kind: ProgramKind
  readonly program: Program
}

/** Steps that the platform's engine may have to make on one text, at worst: some 100 ms. */
export const maxSteps = 60_000_000
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
  const landmarks = landmarksOf(root)
  const pattern: Pattern = {
    root,
    regex: makeRegex(printed.source, `g${printed.flags}`),
    sticky: once(() => makeRegex(printed.source, `y${printed.flags}`)),
    requires: requirementsOf(root),
    landmarks,
    mayBeEmpty: mayBeEmpty(root),
    isAnchored: beginsWith(root, 'start'),
    leastLine: leastLine(root),
    window: platformWindow(root),
    stepsFrom: stepsIn(root, landmarks),
    groups,
    beyond: once(() => beyondPlatform(root)),
    gate: once(() => gateOf(root)),
    gateAtPlace: once(() => buildGate([root], 'first')),
  }
  // What cannot be compiled for our own matchers must be safe on the platform's; and how far looks behind go is bounded.
  if (pattern.window < maxWindow || looksBehind(root)) pattern.beyond()
  return pattern
}

/** The same; a text says why it is refused. */
export function patternOrWhy(source: string, flags: string): Pattern | string {
  try {
    return compilePattern(source, flags)
  } catch (cause) {
    if (cause instanceof RegexError) return `the pattern is refused: ${cause.message}`
    throw cause
  }
}

/** What Perl's flags mean for a pattern. */
export function syntaxOf(flags: string): RegexSyntax {
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

/** An expression whose groups are wanted, for texts of at most maxBounded characters; or why it cannot be had. */
export function compileBounded(source: string, flags: string): Regex | string {
  return compileRegex(source, syntaxOf(flags), maxBounded)
}

/** Code units of the stretch that is looked for before the whole pattern, and how seldom it has to be. */
const stretch = { units: 8, maxShare: 0.001 } as const

/**
 * The automaton of a whole pattern can have so many states that it reads from memory at every unit. That of its rarest
 * stretch is small, and most texts do not hold it.
 */
function gateOf(root: RegexNode): Gate['passes'] {
  const whole = buildGate([root])
  if (whole === null) return () => true
  const window = windowOf(root, stretch.units)
  const part = window.share <= stretch.maxShare ? buildGate([window.root]) : null
  return (bytes, length, from) => part?.passes(bytes, length, from) !== false && whole.passes(bytes, length, from)
}

/** The linear matcher where it can hold the pattern. */
function beyondPlatform(root: RegexNode): Beyond {
  const linear = isLinear(root) ? compileProgram(root, 'linear') : null
  if (linear !== null && typeof linear !== 'string') return { kind: 'linear', program: linear }
  const counted = compileProgram(root, 'counted')
  if (typeof counted === 'string') throw new RegexError(counted)
  return { kind: 'counted', program: counted }
}

function looksBehind(node: RegexNode): boolean {
  return (node.kind === 'look' && node.behind) || partsOf(node).some(looksBehind)
}

/**
 * Remembers what it counted, and so counts for sizes that are larger: the next powers of two. Of many landmarks each is
 * taken to occur as often as the most frequent: otherwise every text would be another size.
 */
function stepsIn(root: RegexNode, landmarks: readonly string[]): Pattern['stepsFrom'] {
  const known = new Map<number, number>()
  const remembered = (key: number, length: number, occur: (landmark: string) => number): number => {
    const before = known.get(key)
    if (before !== undefined) return before
    const steps = stepsFrom(root, powerOfTwo(length), occur)
    if (known.size < maxKnown) known.set(key, steps)
    return steps
  }
  return (length, counts) => {
    // Above 0, so that a size with landmarks has a key of its own.
    let key = exponentOf(length) + 1
    if (counts === null || counts.length === 0) return remembered(key, length, () => powerOfTwo(length))
    const sizes = counts.length > fewLandmarks ? [Math.max(...counts)] : counts
    for (let i = 0; i < sizes.length; i++) key = key * 64 + exponentOf(sizes[i] as number) + 1
    return remembered(key, length, (landmark) => powerOfTwo(sizes[landmarks.indexOf(landmark)] ?? sizes[0] ?? length))
  }
}

/** Sizes of texts for which steps are remembered. */
const maxKnown = 1000
/** So many landmarks of a pattern are told apart. */
const fewLandmarks = 3

/** The first power of two that is not less, or 0. */
function powerOfTwo(value: number): number {
  return value <= 1 ? value : 2 ** (exponentOf(value) - 1)
}

/** The same by a small number: 0 of 0, 1 of 1, 2 of 2, 3 of 4. */
function exponentOf(value: number): number {
  return value <= 1 ? value : 33 - Math.clz32(value - 1)
}

function platformWindow(root: RegexNode): number {
  return windows.find((window) => worstSteps(root, window) <= maxSteps) ?? 0
}

function makeRegex(source: string, flags: string): RegExp {
  try {
    return new RegExp(source, flags)
  } catch (cause) {
    throw new RegexError(cause instanceof Error ? cause.message.replace(/^.*\/: /s, '') : String(cause))
  }
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
