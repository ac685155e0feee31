// SPDX-License-Identifier: Apache-2.0
/** Reads Authentication-Results of others (RFC 8601 §2.2): comments nest, strings may be quoted, nothing is believed. */

export interface MethodResult {
  readonly method: string
  readonly result: string
  /** "ptype.property" in lower case → value. */
  readonly properties: ReadonlyMap<string, string>
}

export interface ParsedResults {
  /** Lower case; "" where there is none. */
  readonly authservId: string
  readonly results: readonly MethodResult[]
}

/** A word, or one of the signs ";" and "=". */
interface Token {
  readonly sign: boolean
  readonly text: string
}

const maxTokens = 2000

/** Where a comment that opens at `at` ends. */
function commentEnd(text: string, at: number): number {
  let depth = 0
  for (let i = at; i < text.length; i++) {
    const c = text[i]
    if (c === '\\') i++
    else if (c === '(') depth++
    else if (c === ')' && --depth === 0) return i + 1
  }
  return text.length
}

function quoted(text: string, at: number): { readonly value: string; readonly end: number } {
  let value = ''
  for (let i = at + 1; i < text.length; i++) {
    const c = text[i] ?? ''
    if (c === '"') return { value, end: i + 1 }
    if (c === '\\') i++
    value += text[i] ?? ''
  }
  return { value, end: text.length }
}

function tokens(text: string): Token[] {
  const found: Token[] = []
  for (let i = 0; i < text.length && found.length < maxTokens; ) {
    const c = text[i] ?? ''
    if (c === '(') i = commentEnd(text, i)
    else if (c === '"') {
      const { value, end } = quoted(text, i)
      found.push({ sign: false, text: value })
      i = end
    } else if (c === ';' || c === '=') {
      found.push({ sign: true, text: c })
      i++
    } else if (/\s/.test(c)) i++
    else {
      let end = i + 1
      while (end < text.length && !/[\s;=("]/.test(text[end] ?? '')) end++
      found.push({ sign: false, text: text.slice(i, end) })
      i = end
    }
  }
  return found
}

const isSign = (token: Token | undefined, text: string): boolean => token?.sign === true && token.text === text

function methodResult(part: readonly Token[]): MethodResult | null {
  const [method, equals, result] = part
  if (method === undefined || method.sign || !isSign(equals, '=') || result === undefined || result.sign) return null
  const properties = new Map<string, string>()
  for (let i = 3; i + 2 < part.length; i++) {
    const [name, sign, value] = [part[i], part[i + 1], part[i + 2]]
    if (name === undefined || name.sign || !isSign(sign, '=') || value === undefined || value.sign) continue
    const key = name.text.toLowerCase()
    if (!properties.has(key)) properties.set(key, value.text)
    i += 2
  }
  // A version may follow the method's name: "dkim/1".
  const [bare = ''] = method.text.toLowerCase().split('/')
  return { method: bare, result: result.text.toLowerCase(), properties }
}

/** The value of an Authentication-Results field. What cannot be read is left out. */
export function parseResults(value: string): ParsedResults {
  const parts: Token[][] = [[]]
  for (const token of tokens(value)) {
    if (isSign(token, ';')) parts.push([])
    else parts.at(-1)?.push(token)
  }
  const [head, ...rest] = parts
  return {
    authservId: head?.[0]?.sign === false ? head[0].text.toLowerCase() : '',
    results: rest.map(methodResult).filter((result) => result !== null),
  }
}
