// SPDX-License-Identifier: Apache-2.0
/** Expressions of meta rules and of if lines: names, numbers, calls, Perl's arithmetic and logic. */

export type Expression =
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'call'; readonly name: string; readonly argument: string }
  | { readonly kind: 'unary'; readonly op: '!' | '-' | '+'; readonly item: Expression }
  | { readonly kind: 'binary'; readonly op: string; readonly left: Expression; readonly right: Expression }
  | { readonly kind: 'choice'; readonly test: Expression; readonly yes: Expression; readonly no: Expression }

/** What an expression reads; the text says what is wrong. */
export class ExpressionError extends Error {
  override readonly name = 'ExpressionError'
}

const token = /\s*(\d+(?:\.\d+)?|[A-Za-z_][\w:]*|&&|\|\||[<>=!]=|\*\*|[-+*/%<>!()&|^?:])/y
/** Nesting of parentheses; beyond it the expression is refused. */
const maxDepth = 100

/** By rising strength, as in Perl. */
const levels: readonly (readonly string[])[] = [
  ['||'],
  ['&&'],
  ['|', '^'],
  ['&'],
  ['==', '!='],
  ['<', '>', '<=', '>='],
  ['+', '-'],
  ['*', '/', '%'],
]

export function parseExpression(text: string): Expression {
  return new Parser(text).read()
}

class Parser {
  readonly #tokens: string[] = []
  #at = 0
  #depth = 0

  constructor(text: string) {
    token.lastIndex = 0
    let end = 0
    for (let match = token.exec(text); match !== null; match = token.exec(text)) {
      this.#tokens.push(match[1] ?? '')
      end = token.lastIndex
    }
    const rest = text.slice(end).trim()
    if (rest !== '') throw new ExpressionError(`cannot read "${rest.slice(0, 20)}"`)
  }

  read(): Expression {
    const expression = this.#choice()
    const rest = this.#tokens[this.#at]
    if (rest !== undefined) throw new ExpressionError(`"${rest}" is not expected here`)
    return expression
  }

  #take(text: string): boolean {
    if (this.#tokens[this.#at] !== text) return false
    this.#at++
    return true
  }

  #expect(text: string): void {
    if (!this.#take(text)) throw new ExpressionError(`"${text}" is missing`)
  }

  #choice(): Expression {
    if (++this.#depth > maxDepth) throw new ExpressionError('nested too deep')
    const test = this.#binary(0)
    this.#depth--
    if (!this.#take('?')) return test
    const yes = this.#choice()
    this.#expect(':')
    return { kind: 'choice', test, yes, no: this.#choice() }
  }

  #binary(level: number): Expression {
    const operators = levels[level]
    if (operators === undefined) return this.#unary()
    let left = this.#binary(level + 1)
    for (let op = this.#tokens[this.#at]; op !== undefined && operators.includes(op); op = this.#tokens[this.#at]) {
      this.#at++
      left = { kind: 'binary', op, left, right: this.#binary(level + 1) }
    }
    return left
  }

  #unary(): Expression {
    const op = this.#tokens[this.#at]
    if (op === '!' || op === '-' || op === '+') {
      this.#at++
      if (++this.#depth > maxDepth) throw new ExpressionError('nested too deep')
      const item = this.#unary()
      this.#depth--
      return { kind: 'unary', op, item }
    }
    return this.#primary()
  }

  #primary(): Expression {
    const text = this.#tokens[this.#at++]
    if (text === undefined) throw new ExpressionError('ends too early')
    if (text === '(') {
      const inner = this.#choice()
      this.#expect(')')
      return inner
    }
    if (/^\d/.test(text)) return { kind: 'number', value: Number(text) }
    if (!/^[A-Za-z_]/.test(text)) throw new ExpressionError(`"${text}" is not expected here`)
    if (!this.#take('(')) return { kind: 'name', name: text }
    const argument = this.#tokens[this.#at++] ?? ''
    this.#expect(')')
    return { kind: 'call', name: text, argument }
  }
}

/** Every name in the expression. */
export function namesIn(expression: Expression): string[] {
  switch (expression.kind) {
    case 'number':
    case 'call':
      return []
    case 'name':
      return [expression.name]
    case 'unary':
      return namesIn(expression.item)
    case 'binary':
      return [...namesIn(expression.left), ...namesIn(expression.right)]
    case 'choice':
      return [...namesIn(expression.test), ...namesIn(expression.yes), ...namesIn(expression.no)]
  }
}

export type Evaluate<Facts> = (facts: Facts) => number

/** Turns an expression into a function; `leaf` says what names and calls mean. Made once, so running allocates nothing. */
export function compileExpression<Facts>(
  expression: Expression,
  leaf: (name: string, argument: string | null) => Evaluate<Facts>,
): Evaluate<Facts> {
  switch (expression.kind) {
    case 'number': {
      const value = expression.value
      return () => value
    }
    case 'name':
      return leaf(expression.name, null)
    case 'call':
      return leaf(expression.name, expression.argument)
    case 'unary': {
      const item = compileExpression(expression.item, leaf)
      if (expression.op === '!') return (facts) => (item(facts) === 0 ? 1 : 0)
      return expression.op === '-' ? (facts) => -item(facts) : item
    }
    case 'choice': {
      const [test, yes, no] = [expression.test, expression.yes, expression.no].map((e) => compileExpression(e, leaf))
      return (facts) => ((test?.(facts) ?? 0) !== 0 ? (yes?.(facts) ?? 0) : (no?.(facts) ?? 0))
    }
    case 'binary':
      return binary(expression.op, compileExpression(expression.left, leaf), compileExpression(expression.right, leaf))
  }
}

const operations: Readonly<Record<string, (a: number, b: number) => number>> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => (b === 0 ? 0 : a / b),
  '%': (a, b) => (b === 0 ? 0 : a % b),
  '<': (a, b) => (a < b ? 1 : 0),
  '>': (a, b) => (a > b ? 1 : 0),
  '<=': (a, b) => (a <= b ? 1 : 0),
  '>=': (a, b) => (a >= b ? 1 : 0),
  '==': (a, b) => (a === b ? 1 : 0),
  '!=': (a, b) => (a !== b ? 1 : 0),
  '&': (a, b) => a & b,
  '|': (a, b) => a | b,
  '^': (a, b) => a ^ b,
}

function binary<Facts>(op: string, left: Evaluate<Facts>, right: Evaluate<Facts>): Evaluate<Facts> {
  if (op === '&&') return (facts) => (left(facts) === 0 ? 0 : right(facts))
  if (op === '||') return (facts) => left(facts) || right(facts)
  const apply = operations[op]
  if (apply === undefined) throw new ExpressionError(`"${op}" is not an operator`)
  return (facts) => apply(left(facts), right(facts))
}
