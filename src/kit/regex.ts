// SPDX-License-Identifier: Apache-2.0
/**
 * Regular expressions of operators that no text of a stranger can stall. A pattern whose worst case is small enough
 * runs on the platform's engine, which is fast; one that might backtrack for long runs on a linear one where the text is
 * long, which is not;
 * one that neither can run within bounds (references to groups and atomic groups inside costly repetitions) is refused
 * when it is read, with a reason for the person who wrote it.
 */
import { worstSteps } from './regex-cost.ts'
import { compileLinear, runLinear } from './regex-linear.ts'
import { parseRegex } from './regex-parse.ts'
import { type PrintedRegex, printRegex } from './regex-print.ts'
import type { Program } from './regex-program.ts'
import { RegexError, type RegexSyntax } from './regex-syntax.ts'

export interface Regex {
  /** As it was written. */
  readonly pattern: string
  readonly engine: 'native' | 'linear'
  /** Capturing groups. */
  readonly groups: number
  test(text: string): boolean
  /** The whole match and its groups; undefined for a group that took no part. */
  exec(text: string): readonly (string | undefined)[] | null
}

/** Code units of a pattern. */
const maxPattern = 8000

/** Steps that the platform's engine may have to make: some tens of milliseconds. */
const maxSteps = 8_000_000
/** Code units of short texts, on which a pattern may be bounded that is not on long ones. */
const lengths = [4096, 2048, 1024, 512, 256, 128, 64] as const

/**
 * Compiles a pattern for texts of at most maxInput code units; longer texts must not be handed to it. Returns why it
 * cannot be when it is malformed, uses what we do not support, or could take too long.
 */
export function compileRegex(pattern: string, syntax: RegexSyntax, maxInput: number): Regex | string {
  if (pattern.length > maxPattern) return `the pattern is longer than ${maxPattern} characters`
  try {
    const { root, groups } = parseRegex(pattern, syntax)
    if (worstSteps(root, maxInput) <= maxSteps) return native(pattern, printRegex(root, true), groups)
    const program = compileLinear(root)
    if (typeof program === 'string') return program
    const fast = native(pattern, printRegex(root, true), groups)
    if (typeof fast === 'string') return fast
    const limit = lengths.find((length) => worstSteps(root, length) <= maxSteps) ?? 0
    const slow = linear(pattern, program, groups)
    const suited = (text: string): Regex => (text.length <= limit ? fast : slow)
    return { ...slow, test: (text) => suited(text).test(text), exec: (text) => suited(text).exec(text) }
  } catch (error) {
    if (error instanceof RegexError) return error.message
    throw error
  }
}

function linear(pattern: string, program: Program, groups: number): Regex {
  return {
    pattern,
    engine: 'linear',
    groups,
    test: (text) => runLinear(program, text, groups) !== null,
    exec(text) {
      const slots = runLinear(program, text, groups)
      if (slots === null) return null
      return Array.from({ length: groups + 1 }, (_, i) => {
        const [from, to] = [slots[i * 2] ?? -1, slots[i * 2 + 1] ?? -1]
        return from < 0 || to < 0 ? undefined : text.slice(from, to)
      })
    },
  }
}

function native(pattern: string, printed: PrintedRegex, groups: number): Regex | string {
  const regex = new RegExp(printed.source, printed.flags)
  try {
    // The platform compiles at the first use, and may find only then that a pattern is too large for it.
    regex.test('')
  } catch (error) {
    return error instanceof Error ? error.message : 'the pattern is too large'
  }
  return {
    pattern,
    engine: 'native',
    groups,
    test: (text) => regex.test(text),
    exec(text) {
      const match = regex.exec(text)
      return match === null ? null : Array.from({ length: groups + 1 }, (_, i) => match[printed.groups[i] ?? 0])
    },
  }
}
