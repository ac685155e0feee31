// SPDX-License-Identifier: Apache-2.0
/** Metas in order; of the many of a rule set only those are worked out of which something has hit that they need. */
import { type Evaluate, type Expression, namesIn } from './expression.ts'
import type { Tally } from './matcher.ts'

export interface MetaRule {
  readonly rule: number
  readonly value: Evaluate<Tally>
  /** For messages of which not all is known. */
  readonly expression: Expression
}

/** Rates a name: of two that a meta needs, the one with the lower rate wakes it. */
type Rate = (name: string) => number

export class Metas {
  /** Each after those it needs. */
  readonly inOrder: readonly MetaRule[]
  /** By rule: the places of the metas that it wakes. */
  readonly #wakes: readonly number[][]
  /** By place: 1 for those that may hit where nothing else does. */
  readonly #alwaysAwake: Uint8Array
  /** By place, for the message at hand. */
  readonly #isAwake: Uint8Array

  constructor(inOrder: readonly MetaRule[], numbers: ReadonlyMap<string, number>) {
    this.inOrder = inOrder
    this.#wakes = Array.from(numbers, () => [])
    this.#alwaysAwake = new Uint8Array(inOrder.length)
    this.#isAwake = new Uint8Array(inOrder.length)
    const mentions = Map.groupBy(
      inOrder.flatMap(({ expression }) => [...new Set(namesIn(expression))]),
      (name) => name,
    )
    // What many metas ask about hits on most messages.
    const rate: Rate = (name) => mentions.get(name)?.length ?? 0
    for (const [place, { expression }] of inOrder.entries()) {
      const wakers = wakersOf(expression, rate)
      if (wakers === null) this.#alwaysAwake[place] = 1
      for (const name of wakers ?? []) this.#wakes[numbers.get(name) ?? -1]?.push(place)
    }
  }

  /** Works out what may not be zero, and tells it; what is told must be in the tally before the next is worked out. */
  run(tally: Tally, tell: (rule: number, value: number) => void): void {
    this.#isAwake.set(this.#alwaysAwake)
    const { hits } = tally
    for (let rule = 0; rule < hits.length; rule++) if (hits[rule] !== 0) this.#wake(rule)
    for (let place = 0; place < this.inOrder.length; place++) {
      if (this.#isAwake[place] === 0) continue
      const { rule, value } = this.inOrder[place] as MetaRule
      tell(rule, value(tally))
      if (hits[rule] !== 0) this.#wake(rule)
    }
  }

  #wake(rule: number): void {
    for (const place of this.#wakes[rule] ?? []) this.#isAwake[place] = 1
  }
}

/** Where none of these hits the expression is zero; null where it may be something else then. */
export function wakersOf(expression: Expression, rate: Rate): ReadonlySet<string> | null {
  switch (expression.kind) {
    case 'number':
      return expression.value === 0 ? new Set() : null
    case 'name':
      return new Set([expression.name])
    case 'call':
      return null
    case 'unary':
      return expression.op === '!' ? null : wakersOf(expression.item, rate)
    case 'choice':
      return both(wakersOf(expression.yes, rate), wakersOf(expression.no, rate))
    case 'binary':
      return wakersOfBinary(expression, rate)
  }
}

function wakersOfBinary(
  { op, left, right }: Extract<Expression, { kind: 'binary' }>,
  rate: Rate,
): ReadonlySet<string> | null {
  const [one, other] = [wakersOf(left, rate), wakersOf(right, rate)]
  const than = right.kind === 'number' ? right.value : null
  switch (op) {
    case '&&':
    case '*':
    case '&':
      return rarer(one, other, rate)
    case '/':
    case '%':
      return one
    case '||':
    case '+':
    case '-':
    case '|':
    case '^':
      return both(one, other)
    case '>':
      return than !== null && than >= 0 ? one : null
    case '>=':
      return than !== null && than > 0 ? one : null
    case '==':
      return than !== null && than !== 0 ? one : null
    case '!=':
      return than === 0 ? one : null
    default:
      return null
  }
}

function both(one: ReadonlySet<string> | null, other: ReadonlySet<string> | null): ReadonlySet<string> | null {
  return one === null || other === null ? null : new Set([...one, ...other])
}

function rarer(
  one: ReadonlySet<string> | null,
  other: ReadonlySet<string> | null,
  rate: Rate,
): ReadonlySet<string> | null {
  if (one === null || other === null) return one ?? other
  const rateOf = (names: ReadonlySet<string>) => [...names].reduce((sum, name) => sum + rate(name), 0)
  return rateOf(other) < rateOf(one) ? other : one
}
