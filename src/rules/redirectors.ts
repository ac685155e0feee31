// SPDX-License-Identifier: Apache-2.0
/** Addresses that lead to another one inside them, by the redirector patterns of rule files. */
import { foldAscii } from '../kit/bytes.ts'
import type { Regex } from '../kit/regex.ts'
import { requiredLiterals } from '../kit/regex-literals.ts'
import { parseRegex } from '../kit/regex-parse.ts'
import { compileBounded, syntaxOf } from './pattern.ts'

/** The first group is the address inside. */
export interface Redirector {
  readonly regex: Regex
  /** One of these, in lower case, is in every address that matches; null when that is not known. */
  readonly literals: readonly string[] | null
}

/** Why not, when the pattern cannot be used. */
export function compileRedirector(source: string, flags: string): Redirector | string {
  const regex = compileBounded(source, flags)
  if (typeof regex === 'string') return regex
  const literals = requiredLiterals(parseRegex(source, syntaxOf(flags)).root)
  return { regex, literals: literals?.map(({ text }) => text) ?? null }
}

/** The address inside a redirector's: what the first pattern finds that finds one. */
export function redirectedBy(redirectors: readonly Redirector[], uri: string): string | null {
  const folded = foldAscii(uri)
  for (const { regex, literals } of redirectors) {
    if (literals?.some((literal) => folded.includes(literal)) === false) continue
    const inner = regex.exec(uri)?.[1]
    if (inner?.includes('.')) return inner
  }
  return null
}
