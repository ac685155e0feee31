// SPDX-License-Identifier: Apache-2.0
import type { SymbolName } from './brand.ts'
import type { Evidence } from './evidence.ts'
import type { Reply } from './reply.ts'

export const actionKinds = ['accept', 'mark', 'junk', 'quarantine', 'defer', 'reject', 'discard'] as const
export type ActionKind = (typeof actionKinds)[number]

/** What happens to a message. Only defer and reject carry a reply of their own. */
export type Action =
  | { readonly kind: 'accept' | 'mark' | 'junk' }
  | { readonly kind: 'quarantine' | 'discard'; readonly because: string }
  | { readonly kind: 'defer' | 'reject'; readonly reply: Reply }

export interface PricedEvidence {
  readonly evidence: Evidence
  readonly points: number
  /** The rule's file:line or the examiner. */
  readonly source: string
}

export interface Verdict {
  readonly action: Action
  readonly score: number
  /** What the score was measured by: the recipients' limits. */
  readonly limits: Thresholds
  readonly priced: readonly PricedEvidence[]
  readonly decidedBy: 'score' | 'policy' | 'restriction' | 'list' | 'scanner' | 'budget'
}

export interface ScoreBook {
  pointsFor(symbol: SymbolName): number
  sourceOf(symbol: SymbolName): string
  describe(symbol: SymbolName): string
}

/** Limits of the score; null switches an action off. */
export interface Thresholds {
  readonly mark: number | null
  readonly junk: number | null
  readonly quarantine: number | null
  readonly reject: number | null
}

/** No score brings anything about: for mail that is not judged. */
export const noThresholds: Thresholds = { mark: null, junk: null, quarantine: null, reject: null }
