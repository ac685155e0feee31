// SPDX-License-Identifier: Apache-2.0
/** The price list: what the examiners propose, and what the operator decided instead. */
import type { SymbolName } from '../core/brand.ts'
import type { SymbolSpec } from '../core/evidence.ts'
import type { Complaint } from '../core/failure.ts'
import type { ScoreBook } from '../core/verdict.ts'
import { didYouMean } from '../kit/nearest.ts'

/** One price that the operator set, and where. */
export interface Override {
  readonly symbol: string
  readonly points: number
  readonly file: string
  readonly line: number
}

export interface PriceBook extends ScoreBook {
  groupOf(symbol: SymbolName): string
  /** The most that all symbols of a group may add together; Infinity where there is no ceiling. */
  ceilingOf(group: string): number
  /** Every symbol at its price, by name. */
  list(): readonly SymbolSpec[]
}

export interface ScoreBookOptions {
  /** Of all examiners; where two declare one name the later counts (rules come after built-in symbols). */
  readonly specs: readonly SymbolSpec[]
  readonly overrides: readonly Override[]
  /** Group → most points. */
  readonly ceilings: Readonly<Record<string, number>>
}

/** The book, and what is wrong with the overrides: a price for a symbol that nobody can say. */
export function createScoreBook(options: ScoreBookOptions): { book: PriceBook; complaints: Complaint[] } {
  const specs = new Map<string, SymbolSpec>(options.specs.map((spec) => [spec.name, spec]))
  const complaints: Complaint[] = []
  for (const { symbol, points, file, line } of options.overrides) {
    const spec = specs.get(symbol)
    if (spec === undefined) {
      complaints.push({ file, line, text: `no symbol ${symbol}`, hint: didYouMean(symbol, specs.keys()) })
    } else {
      specs.set(symbol, { ...spec, points })
    }
  }
  const ceilings = new Map(Object.entries(options.ceilings))
  const groups = new Set([...specs.values()].map((spec) => spec.group))
  for (const group of ceilings.keys()) {
    if (groups.has(group)) continue
    complaints.push({ file: 'score.ceilings', line: 0, text: `no group ${group}`, hint: didYouMean(group, groups) })
  }
  const book: PriceBook = {
    pointsFor: (symbol) => specs.get(symbol)?.points ?? 0,
    sourceOf: (symbol) => specs.get(symbol)?.source ?? 'unknown',
    describe: (symbol) => specs.get(symbol)?.describes ?? '',
    groupOf: (symbol) => specs.get(symbol)?.group ?? '',
    ceilingOf: (group) => ceilings.get(group) ?? Number.POSITIVE_INFINITY,
    list: () => [...specs.values()].sort((a, b) => (a.name < b.name ? -1 : 1)),
  }
  return { book, complaints }
}
