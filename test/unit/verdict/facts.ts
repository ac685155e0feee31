// SPDX-License-Identifier: Apache-2.0
import type { QueueId, SymbolName } from '../../../src/core/brand.ts'
import type { SymbolSpec } from '../../../src/core/evidence.ts'
import type { Thresholds } from '../../../src/core/verdict.ts'
import type { DecideContext } from '../../../src/verdict/decide.ts'
import { createScoreBook, type PriceBook } from '../../../src/verdict/scorebook.ts'

export const limits: Thresholds = { mark: 4, junk: 6, quarantine: 10, reject: 15 }

export function spec(name: string, points: number, group = 'rules'): SymbolSpec {
  return { name: name as SymbolName, group, points, describes: `${name} was seen`, source: `${group}.cf:1` }
}

const specs = [
  spec('GTUBE', 1000),
  spec('TWO', 2),
  spec('FIVE', 5),
  spec('NICE', -3),
  spec('NOTE', 0),
  spec('RBL_A', 4, 'rbl'),
  spec('RBL_B', 4, 'rbl'),
  spec('BAYES_SPAM', 10, 'bayes'),
  spec('DMARC_FAIL_REJECT', 6, 'msgauth'),
  spec('DMARC_FAIL_QUARANTINE', 3, 'msgauth'),
]

export function aBook(
  over: Readonly<Record<string, number>> = {},
  ceilings: Readonly<Record<string, number>> = {},
): PriceBook {
  const overrides = Object.entries(over).map(([symbol, points]) => ({ symbol, points, file: 'postern.toml', line: 1 }))
  return createScoreBook({ specs, overrides, ceilings }).book
}

export function aContext(over: Partial<DecideContext> = {}): DecideContext {
  return {
    queueId: '4f2Kx9' as QueueId,
    orders: [],
    listing: null,
    dmarc: 'obey',
    isDmarcExempt: false,
    refusal: null,
    incomplete: [],
    whenIncomplete: 'judge',
    showSymbols: true,
    ...over,
  }
}
