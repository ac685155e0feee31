// SPDX-License-Identifier: Apache-2.0
/** P(spam) → one symbol, in the steps that mail administrators know. */
import type { SymbolName } from '../core/brand.ts'
import type { Evidence, SymbolSpec } from '../core/evidence.ts'
import { printable } from '../kit/bytes.ts'
import type { Contribution } from './examine.ts'

/** Tokens told beside the probability: those that pushed most. */
export const evidentTokens = 5
const maxToken = 40

/**
 * From the least probability up; a probability belongs to the last step it reaches. With the shipped prior alone, 2 of
 * 1,250 wanted messages that it had not seen came above 0.9, none of the 48 of today's shops and firms above 0.8, and of
 * 902 unwanted ones 359 above 0.9: so 0.95 alone marks a message, and 0.999 alone sends it to Junk, but never further.
 */
const steps = [
  ['BAYES_00', 0, -1.9],
  ['BAYES_05', 0.01, -0.8],
  ['BAYES_20', 0.05, -0.3],
  ['BAYES_40', 0.2, -0.1],
  ['BAYES_50', 0.4, 0.2],
  ['BAYES_60', 0.6, 1.4],
  ['BAYES_80', 0.8, 3.6],
  ['BAYES_95', 0.95, 4.9],
  ['BAYES_99', 0.99, 5.8],
  ['BAYES_999', 0.999, 6.4],
] as const

/** Symbols of this room; the points are its proposal. */
export const bayesSymbols: readonly SymbolSpec[] = steps.map(([name, from], i) => ({
  name: name as SymbolName,
  group: 'bayes',
  points: steps[i]?.[2] ?? 0,
  describes: `Bayes probability of spam is ${percent(from)} to ${percent(steps[i + 1]?.[1] ?? 1)}`,
  source: 'bayes',
}))

function percent(share: number): string {
  return `${Number((share * 100).toFixed(1))} %`
}

/** The one symbol of a probability. Exactly one is always given, 0.5 included. */
export function bayesEvidence(probability: number, why: readonly Contribution[] = []): Evidence {
  let symbol: string = steps[0][0]
  for (const [name, from] of steps) if (probability >= from) symbol = name
  return {
    symbol: symbol as SymbolName,
    strength: 1,
    details: [`p=${probability.toFixed(4)}`, ...why.slice(0, evidentTokens).map(describe)],
    recipient: null,
  }
}

/** "+1.20 subject free": the push in log-odds, the field, the token as it was written. */
function describe({ push, field, token }: Contribution): string {
  return `${push >= 0 ? '+' : ''}${push.toFixed(2)} ${field} ${printable(token, maxToken)}`
}
