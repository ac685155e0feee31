// SPDX-License-Identifier: Apache-2.0
/** What eval tests share: ranges as rule files write them, expressions in arguments, yes and no. */
import type { Regex } from '../kit/regex.ts'
import { compileBounded, maxBounded } from './pattern.ts'
import type { EvalTest } from './views.ts'

export type EvalTests = Readonly<Record<string, EvalTest>>

/** The detail when the test hits, null when it does not. */
export function yes(condition: boolean, detail = ''): string | null {
  return condition ? detail : null
}

/** The number at a place of the arguments; null for none, and for 'undef' and 'inf', which mean no limit. */
export function numberAt(args: readonly string[], at: number): number | null {
  const text = args[at]
  return text === undefined || text === '' || text === 'undef' || text === 'inf' ? null : Number(text)
}

/** From the first limit up to, but not at, the second. */
export function isFromTo(value: number, args: readonly string[], at: number): boolean {
  const [min, max] = [numberAt(args, at), numberAt(args, at + 1)]
  return (min === null || value >= min) && (max === null || value < max)
}

/** Above the first limit, up to the second. */
export function isAboveTo(value: number, args: readonly string[], at: number): boolean {
  const [min, max] = [numberAt(args, at), numberAt(args, at + 1)]
  return (min === null || value > min) && (max === null || value <= max)
}

const compiled = new Map<string, Regex | null>()
/** Expressions in arguments come from rule files, so there are not many. */
const maxCompiled = 5000

/** An expression written as an argument; null when it cannot be used, which lint tells. */
export function expressionOf(source: string): Regex | null {
  const known = compiled.get(source)
  if (known !== undefined) return known
  const regex = compileBounded(source, '')
  const usable = typeof regex === 'string' ? null : regex
  if (compiled.size < maxCompiled) compiled.set(source, usable)
  return usable
}

/** Whether it matches the beginning of the text, as much as may be looked at. */
export function matches(regex: Regex, text: string): boolean {
  return regex.test(text.slice(0, maxBounded))
}

/** "< 512", "!= 0" and the like. */
export function compares(value: number, expression: string): boolean {
  const match = /^\s*(<=|>=|==|!=|<|>)\s*([-+]?\d+(?:\.\d+)?)\s*$/.exec(expression)
  const limit = Number(match?.[2])
  switch (match?.[1]) {
    case '<':
      return value < limit
    case '>':
      return value > limit
    case '<=':
      return value <= limit
    case '>=':
      return value >= limit
    case '==':
      return value === limit
    case '!=':
      return value !== limit
    default:
      return false
  }
}

/** Bytes outside ASCII in a text of one code unit per byte. */
export function countHigh(text: string): number {
  let count = 0
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 0x7f) count++
  return count
}
