// SPDX-License-Identifier: Apache-2.0
import type { Address } from './address.ts'
import type { SymbolName } from './brand.ts'

/** A fact that an examiner observed. Facts carry no price: only verdict/ knows points. */
export interface Evidence {
  readonly symbol: SymbolName
  /** 0..1; below 1 only where something was measured. */
  readonly strength: number
  /** For operators and logs; never sent to the client. */
  readonly details: readonly string[]
  /** The one recipient concerned; null concerns all. */
  readonly recipient: Address | null
}

/** What an examiner may say, declared where the examiner is. The points are the author's proposal to verdict/. */
export interface SymbolSpec {
  readonly name: SymbolName
  readonly group: string
  readonly points: number
  readonly describes: string
  /** The rule's file:line, or the examiner's name. */
  readonly source: string
}

export function fact(symbol: string, ...details: string[]): Evidence {
  return { symbol: symbol as SymbolName, strength: 1, details, recipient: null }
}
