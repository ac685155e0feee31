// SPDX-License-Identifier: Apache-2.0
/** From a score to what it brings about. */
import type { Complaint } from '../core/failure.ts'
import type { ActionKind, Thresholds } from '../core/verdict.ts'

export type ScoredAction = Extract<ActionKind, 'accept' | 'mark' | 'junk' | 'quarantine' | 'reject'>

/** Mildest first: of several grounds for an action the last in this order wins. */
const severity: readonly ActionKind[] = ['accept', 'mark', 'junk', 'quarantine', 'defer', 'reject', 'discard']

export function severityOf(kind: ActionKind): number {
  return severity.indexOf(kind)
}

const ladder = ['reject', 'quarantine', 'junk', 'mark'] as const

/** The severest action whose limit the score has reached. */
export function actionFor(score: number, limits: Thresholds): ScoredAction {
  return (
    ladder.find((kind) => {
      const limit = limits[kind]
      return limit !== null && score >= limit
    }) ?? 'accept'
  )
}

/** The score at which a message counts as spam: the lowest limit that is on; null when all are off. */
export function requiredScore(limits: Thresholds): number | null {
  const on = ladder.map((kind) => limits[kind]).filter((limit) => limit !== null)
  return on.length === 0 ? null : Math.min(...on)
}

/** A limit above that of a severer action would never be seen. */
export function checkThresholds(limits: Thresholds, file: string): Complaint[] {
  const on = ladder.flatMap((kind) => {
    const limit = limits[kind]
    return limit === null ? [] : [{ kind, limit }]
  })
  return on.slice(1).flatMap((milder, i) => {
    const severer = on[i]
    if (severer === undefined || milder.limit <= severer.limit) return []
    const text = `score.${milder.kind} = ${milder.limit} is above score.${severer.kind} = ${severer.limit}`
    return [{ file, line: 0, text, hint: `${milder.kind} would never happen; false switches an action off` }]
  })
}
