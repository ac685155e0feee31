// SPDX-License-Identifier: Apache-2.0
/**
 * Labels without a person: given only where independent signals agree that are not the classifier, and seldom for one
 * sender, so that nobody can teach the model by sending much.
 */

/** One fact of the verdict at its price. */
export interface Signal {
  /** Symbols of one group come from one source: together they are one signal. */
  readonly group: string
  readonly points: number
}

export interface AutomaticLimits {
  /** Points without the classifier's from which a message is taken for spam, and below which for ham. */
  readonly spamFrom: number
  readonly hamTo: number
  /** Lessons of one sender's domain in a day. */
  readonly perSender: number
}

export const automaticDefaults: AutomaticLimits = { spamFrom: 10, hamTo: -1, perSender: 5 }

/** A signal weighs at least this much, or many a trifle would make two signals. */
const leastSpam = 2
const leastHam = 0.3
const classifier = 'bayes'
const dayMs = 864e5
/** Senders whose number is kept; strangers choose the names. */
const maxSenders = 10_000

/** The label on which at least two groups other than the classifier agree and none objects; null is no label. */
export function automaticLabel(signals: readonly Signal[], limits: AutomaticLimits): 'spam' | 'ham' | null {
  const groups = new Map<string, number>()
  for (const { group, points } of signals) {
    if (group !== classifier) groups.set(group, (groups.get(group) ?? 0) + points)
  }
  const sums = [...groups.values()]
  const total = sums.reduce((a, b) => a + b, 0)
  const forSpam = sums.filter((sum) => sum >= leastSpam).length
  const forHam = sums.filter((sum) => sum <= -leastHam).length
  if (total >= limits.spamFrom && forSpam >= 2 && forHam === 0) return 'spam'
  return total <= limits.hamTo && forHam >= 2 && forSpam === 0 ? 'ham' : null
}

/** Counts lessons of each sender within a day; all counts begin anew at midnight UTC. */
export class DailyCaps {
  readonly #most: number
  readonly #counts = new Map<string, number>()
  #day = -1

  constructor(most: number) {
    this.#most = most
  }

  /** Whether one more lesson of this sender is allowed now; it is counted when it is. */
  take(sender: string, nowMs: number): boolean {
    const day = Math.floor(nowMs / dayMs)
    if (day !== this.#day) {
      this.#day = day
      this.#counts.clear()
    }
    const count = this.#counts.get(sender) ?? 0
    if (count >= this.#most || (count === 0 && this.#counts.size >= maxSenders)) return false
    this.#counts.set(sender, count + 1)
    return true
  }
}
