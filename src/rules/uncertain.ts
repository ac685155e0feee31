// SPDX-License-Identifier: Apache-2.0
/**
 * Metas over rules of which nobody knows whether they hit, since a list gave no answer: what the value may be. A meta
 * hits only where it would whatever the answer were, so that silence is neither a hit nor a "no".
 */
import { compileExpression, type Expression } from './expression.ts'

export interface Range {
  readonly least: number
  readonly most: number
  /** Whether the value is zero. */
  readonly zero: 'yes' | 'no' | 'maybe'
}

/** A rule that hits once, or not at all. */
export const unknown: Range = { least: 0, most: 1, zero: 'maybe' }

export function exactly(value: number): Range {
  return { least: value, most: value, zero: value === 0 ? 'yes' : 'no' }
}

const anything: Range = { least: Number.NEGATIVE_INFINITY, most: Number.POSITIVE_INFINITY, zero: 'maybe' }

function between(least: number, most: number): Range {
  if (Number.isNaN(least) || Number.isNaN(most)) return anything
  if (least === most) return exactly(least)
  return { least, most, zero: least > 0 || most < 0 ? 'no' : 'maybe' }
}

/** One of two values, with a truth that is known better than the values are. */
function either(left: Range, right: Range, zero: Range['zero']): Range {
  return { least: Math.min(left.least, right.least), most: Math.max(left.most, right.most), zero }
}

function truth(yes: boolean, no: boolean): Range {
  return yes ? exactly(1) : no ? exactly(0) : unknown
}

/** What the expression may come to; leaf says the same of a name. */
export function rangeOf(expression: Expression, leaf: (name: string) => Range): Range {
  switch (expression.kind) {
    case 'number':
      return exactly(expression.value)
    case 'name':
      return leaf(expression.name)
    case 'call':
      return exactly(0)
    case 'unary': {
      const item = rangeOf(expression.item, leaf)
      if (expression.op === '!') return truth(item.zero === 'yes', item.zero === 'no')
      return expression.op === '-' ? { ...item, least: -item.most, most: -item.least } : item
    }
    case 'choice': {
      const test = rangeOf(expression.test, leaf)
      const [yes, no] = [rangeOf(expression.yes, leaf), rangeOf(expression.no, leaf)]
      if (test.zero !== 'maybe') return test.zero === 'no' ? yes : no
      return either(yes, no, yes.zero === no.zero ? yes.zero : 'maybe')
    }
    case 'binary':
      return binary(expression.op, rangeOf(expression.left, leaf), rangeOf(expression.right, leaf))
  }
}

function binary(op: string, left: Range, right: Range): Range {
  switch (op) {
    case '&&':
      if (left.zero !== 'maybe') return left.zero === 'yes' ? exactly(0) : right
      return either(exactly(0), right, right.zero === 'yes' ? 'yes' : 'maybe')
    case '||':
      if (left.zero !== 'maybe') return left.zero === 'no' ? left : right
      return either(left, right, right.zero === 'no' ? 'no' : 'maybe')
    case '<':
      return truth(left.most < right.least, left.least >= right.most)
    case '<=':
      return truth(left.most <= right.least, left.least > right.most)
    case '>':
      return binary('<', right, left)
    case '>=':
      return binary('<=', right, left)
    case '+':
      return between(left.least + right.least, left.most + right.most)
    case '-':
      return between(left.least - right.most, left.most - right.least)
    default:
      return otherwise(op, left, right)
  }
}

function otherwise(op: string, left: Range, right: Range): Range {
  const isKnown = left.least === left.most && right.least === right.most
  const isApart = left.most < right.least || right.most < left.least
  if (op === '==' && !isKnown) return truth(false, isApart)
  if (op === '!=' && !isKnown) return truth(isApart, false)
  if (op === '*') {
    const corners = [left.least, left.most].flatMap((a) => [a * right.least, a * right.most])
    return between(Math.min(...corners), Math.max(...corners))
  }
  if (!isKnown) return anything
  const [a, b] = [left.least, right.least].map((value) => ({ kind: 'number', value }) as const)
  if (a === undefined || b === undefined) return anything
  return exactly(compileExpression<null>({ kind: 'binary', op, left: a, right: b }, () => () => 0)(null))
}
