// SPDX-License-Identifier: Apache-2.0
/** "score N SYMBOL", a word of ours: what the restriction after it would refuse is evidence for the judge instead. */
import { type Evidence, fact } from '../core/evidence.ts'
import { Misspelt } from './build.ts'
import type { Refusal, Scored } from './refusal.ts'
import type { Ruling } from './ruling.ts'

/** Points beyond this are a refusal in disguise. */
const maxPoints = 100

export function readScored(points: string | undefined, symbol: string | undefined): Scored {
  const number = Number(points)
  if (points === undefined || !/^-?\d{1,3}(?:\.\d{1,3})?$/.test(points) || Math.abs(number) > maxPoints)
    throw new Misspelt(`"score ${points ?? ''}" needs points`, 'write score 2.5 SYMBOL, and a restriction after it')
  if (symbol === undefined || !/^[A-Z][A-Z0-9_]{1,63}$/.test(symbol))
    throw new Misspelt(`"score ${points} ${symbol ?? ''}" needs a symbol`, 'in capitals: score 2.5 LISTED_BY_US')
  return { points: number, symbol }
}

export function evidenceOf(scored: Scored, because: string): Evidence {
  return fact(scored.symbol, because)
}

const always: Refusal = { code: 550, dsn: '5.7.1', text: 'Scored', policy: true }

/** Where no restriction follows it. */
export const scoreAlways: Ruling = { kind: 'refuse', refusal: always, because: 'its turn has come' }
