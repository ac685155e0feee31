// SPDX-License-Identifier: Apache-2.0
/** Which rules hit a message, on what text, and what they would cost: for people who write rules. */
import type { Evidence, SymbolSpec } from '../core/evidence.ts'
import type { CompiledRules } from './compile.ts'

export interface RuleHit {
  readonly symbol: SymbolSpec
  /** The beginning of what matched; empty for rules made of other rules. */
  readonly matched: string
}

/** Hits with the dearest first. Points are the rules' own proposal; verdict/ may price them otherwise. */
export function previewRules(rules: CompiledRules, found: readonly Evidence[]): RuleHit[] {
  const specs = new Map(rules.symbols.map((symbol) => [symbol.name, symbol]))
  const hits = found.flatMap((evidence) => {
    const symbol = specs.get(evidence.symbol)
    return symbol === undefined ? [] : [{ symbol, matched: evidence.details[0] ?? '' }]
  })
  return hits.sort((a, b) => Math.abs(b.symbol.points) - Math.abs(a.symbol.points))
}
