// SPDX-License-Identifier: Apache-2.0
/** Symbols made of symbols: what several examiners say together may weigh more than their sum, or less. */
import type { SymbolName } from '../core/brand.ts'
import { type Evidence, fact } from '../core/evidence.ts'
import type { Complaint } from '../core/failure.ts'
import { didYouMean } from '../kit/nearest.ts'

export interface Composite {
  readonly name: SymbolName
  /** Each of these is there, */
  readonly all: readonly string[]
  /** at least one of these, where there are any, */
  readonly any: readonly string[]
  /** and none of these. */
  readonly none: readonly string[]
  readonly file: string
  readonly line: number
}

/** The evidence and the composites that it makes true; a later one may build on an earlier one. */
export function withComposites(evidence: readonly Evidence[], composites: readonly Composite[]): readonly Evidence[] {
  if (composites.length === 0) return evidence
  const seen = new Set<string>(evidence.map((item) => item.symbol))
  const made: Evidence[] = []
  for (const { name, all, any, none } of composites) {
    const isThere = (symbol: string): boolean => seen.has(symbol)
    if (!all.every(isThere) || none.some(isThere) || (any.length > 0 && !any.some(isThere))) continue
    seen.add(name)
    made.push(fact(name, [...all, ...any].filter(isThere).join(', ')))
  }
  return [...evidence, ...made]
}

/** Composites that can never be met or always are, and names that nobody says. @param known every symbol besides */
export function checkComposites(composites: readonly Composite[], known: Iterable<string>): readonly Complaint[] {
  const names = new Set(known)
  return composites.flatMap(({ name, all, any, none, file, line }): readonly Complaint[] => {
    const complain = (text: string, hint: string | null): Complaint => ({ file, line, text: `${name}: ${text}`, hint })
    const unknown = [...all, ...any, ...none]
      .filter((symbol) => !names.has(symbol))
      .map((symbol) => complain(`no symbol ${symbol} before it`, didYouMean(symbol, names)))
    const isTaken = names.has(name)
    names.add(name)
    if (isTaken) unknown.push(complain('is the name of another symbol already', null))
    if (all.length + any.length === 0) unknown.push(complain('needs a symbol in "all" or in "any"', null))
    return unknown
  })
}
