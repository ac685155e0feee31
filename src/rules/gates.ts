// SPDX-License-Identifier: Apache-2.0
/** Patterns without literals: gates tell which of them can match a text, and where. */
import { buildGate, type Gate, scanTogether } from '../kit/regex-gate.ts'
import { beginsWith, mayBeEmpty } from '../kit/regex-heads.ts'
import type { RegexNode } from '../kit/regex-syntax.ts'
import { type Window, windowOf } from '../kit/regex-window.ts'

/** Patterns of one gate: more of them meet in more states. */
const gateSize = 12
/** Code units of a pattern that a gate looks at: the more, the fewer get through, and the more states there are. */
const gateUnits = 6

/** What matches at more of the places of a text is let through nearly always. */
const maxShare = 0.05

export interface Gated {
  readonly id: number
  readonly root: RegexNode
}

/** A pattern behind a gate, and the part of it that the gate looks at. */
interface Member {
  readonly id: number
  readonly window: Window
}

export class Gates {
  readonly #gates: Gate[] = []
  /** By gate. */
  readonly #members: (readonly Member[])[] = []
  /**
   * The patterns that no gate is worth its time for: at a single place, the start of the text, the platform tells as soon,
   * and how far they have come would multiply the states of a gate.
   */
  readonly others: number[] = []

  constructor(patterns: readonly Gated[]) {
    const able: Member[] = []
    for (const { id, root } of patterns) {
      const window = mayBeEmpty(root) || beginsWith(root, 'start') ? null : windowOf(root, gateUnits)
      if (window === null || window.share > maxShare) this.others.push(id)
      else able.push({ id, window })
    }
    // The platform looks through a text for a single short pattern at least as fast as a gate does.
    const [only] = able
    if (only !== undefined && able.length === 1 && only.window.width.max <= gateUnits) this.others.push(only.id)
    else for (let i = 0; i < able.length; i += gateSize) this.#add(able.slice(i, i + gateSize))
  }

  /** Patterns that are too large together are taken in halves, and not at all where one alone is too large. */
  #add(group: readonly Member[]): void {
    const gate = buildGate(group.map(({ window }) => window.root))
    if (gate !== null) {
      this.#gates.push(gate)
      this.#members.push(group)
    } else if (group.length > 1) {
      const half = group.length >> 1
      this.#add(group.slice(0, half))
      this.#add(group.slice(half))
    } else this.others.push(...group.map(({ id }) => id))
  }

  scan(bytes: Uint8Array, length: number): void {
    scanTogether(this.#gates, bytes, length)
  }

  /** Tells of each pattern that may match the text that was looked through: its match begins between two places. */
  tellPassed(tell: (id: number, first: number, last: number) => void): void {
    for (let i = 0; i < this.#gates.length; i++) {
      const { firsts, lasts, isPassed } = this.#gates[i] as Gate
      if (!isPassed) continue
      const members = this.#members[i] as readonly Member[]
      for (let k = 0; k < members.length; k++) {
        const first = firsts[k] as number
        if (first < 0) continue
        const { id, window } = members[k] as Member
        // What a gate looks at ends at the place, or one behind.
        tell(id, first - window.width.max, (lasts[k] as number) + 1 - window.width.min)
      }
    }
  }
}
