// SPDX-License-Identifier: Apache-2.0
/**
 * "$name" in a value (postconf(5)): $name, ${name}, $(name), ${name?text}, ${name:text}, ${name?{text}:{text}},
 * ${{text} == {text} ? {text} : {text}}, and $$ for a dollar sign.
 */

/** What cannot be expanded; the text is for the person who wrote it. */
export class ExpansionError extends Error {
  override readonly name = 'ExpansionError'
}

/** The raw value of a parameter; null where nobody defined it. */
export type LookUp = (name: string) => string | null

/** As deep as Postfix goes. */
const maxDepth = 100

/** Throws ExpansionError for a loop and for what is no expansion. An undefined name is empty, as in Postfix. */
export function expand(text: string, lookUp: LookUp): string {
  return expandAt(text, lookUp, [])
}

function expandAt(text: string, lookUp: LookUp, path: readonly string[]): string {
  let out = ''
  for (let at = 0; at < text.length; ) {
    const dollar = text.indexOf('$', at)
    if (dollar < 0) return out + text.slice(at)
    out += text.slice(at, dollar)
    const next = text[dollar + 1]
    if (next === '$') {
      out += '$'
      at = dollar + 2
    } else if (next === '{' || next === '(') {
      const end = closing(text, dollar + 1)
      out += inside(text.slice(dollar + 2, end).trim(), lookUp, path)
      at = end + 1
    } else {
      const name = /^[A-Za-z0-9_]+/.exec(text.slice(dollar + 1, dollar + 200))?.[0]
      if (name === undefined) throw new ExpansionError('a "$" without a name after it; write $$ for a dollar sign')
      out += expandName(name, lookUp, path)
      at = dollar + 1 + name.length
    }
  }
  return out
}

function expandName(name: string, lookUp: LookUp, path: readonly string[]): string {
  if (path.includes(name)) {
    const loop = [...path.slice(path.indexOf(name)), name].map((each) => `$${each}`).join(' → ')
    throw new ExpansionError(`the values go round in a circle: ${loop}`)
  }
  if (path.length >= maxDepth) throw new ExpansionError(`$${name} is nested more than ${maxDepth} deep`)
  return expandAt(lookUp(name) ?? '', lookUp, [...path, name])
}

/** Where the brace or parenthesis that opens at a place is closed. */
function closing(text: string, from: number): number {
  const open = text[from] ?? '{'
  const close = open === '(' ? ')' : '}'
  let depth = 0
  for (let at = from; at < text.length; at++) {
    if (text[at] === open) depth++
    else if (text[at] === close && --depth === 0) return at
  }
  throw new ExpansionError(`"${text.slice(Math.max(0, from - 1), from + 30)}" is not closed`)
}

/** What stands between the braces of ${…}. */
function inside(text: string, lookUp: LookUp, path: readonly string[]): string {
  if (text.startsWith('{')) return compared(text, lookUp, path)
  const match = /^([A-Za-z0-9_]+)\s*(?:([?:])(.*))?$/s.exec(text)
  if (match === null) throw new ExpansionError(`"\${${text.slice(0, 40)}}" is no expansion`)
  const [, name = '', sign, rest = ''] = match
  if (sign === undefined) return expandName(name, lookUp, path)
  const isSet = expandName(name, lookUp, path) !== ''
  if (sign === ':') return isSet ? '' : expandAt(braced(rest.trim()).inner ?? rest, lookUp, path)
  return choose(isSet, rest, lookUp, path)
}

const comparisons: Readonly<Record<string, (order: number) => boolean>> = {
  '==': (order) => order === 0,
  '!=': (order) => order !== 0,
  '<=': (order) => order <= 0,
  '>=': (order) => order >= 0,
  '<': (order) => order < 0,
  '>': (order) => order > 0,
}

function compared(text: string, lookUp: LookUp, path: readonly string[]): string {
  const left = braced(text)
  const match = /^(==|!=|<=|>=|<|>)(level)?\s*(.*)$/s.exec(left.rest)
  const right = braced(match?.[3] ?? '')
  const holds = comparisons[match?.[1] ?? '']
  if (left.inner === null || right.inner === null || match === null || holds === undefined)
    throw new ExpansionError(`"\${${text.slice(0, 40)}}" is no comparison`)
  const [a, b] = [expandAt(left.inner, lookUp, path), expandAt(right.inner, lookUp, path)]
  const isTrue = holds(match[2] === 'level' ? compareLevels(a, b) : compareTexts(a, b))
  if (right.rest === '') return isTrue ? 'bool_true' : ''
  if (!right.rest.startsWith('?')) throw new ExpansionError(`"\${${text.slice(0, 40)}}" is no comparison`)
  return choose(isTrue, right.rest.slice(1), lookUp, path)
}

/** "{yes}:{no}", "{yes}", or the bare text for "yes". */
function choose(isTrue: boolean, written: string, lookUp: LookUp, path: readonly string[]): string {
  const yes = braced(written.trim())
  if (yes.inner === null) return isTrue ? expandAt(written, lookUp, path) : ''
  if (yes.rest !== '' && !yes.rest.startsWith(':'))
    throw new ExpansionError(`"${yes.rest.slice(0, 40)}" follows a "}" where ":" is expected`)
  const other = yes.rest.slice(1).trim()
  return expandAt(isTrue ? yes.inner : (braced(other).inner ?? other), lookUp, path)
}

/** The text in the braces at the beginning, trimmed, and what follows them. */
function braced(text: string): { readonly inner: string | null; readonly rest: string } {
  if (!text.startsWith('{')) return { inner: null, rest: text }
  const end = closing(text, 0)
  return { inner: text.slice(1, end).trim(), rest: text.slice(end + 1).trim() }
}

function compareTexts(a: string, b: string): number {
  if (/^\d{1,15}$/.test(a) && /^\d{1,15}$/.test(b)) return Number(a) - Number(b)
  return a < b ? -1 : a > b ? 1 : 0
}

/** Levels of compatibility: "3.6" is above "2", and "3.10" above "3.9". */
function compareLevels(a: string, b: string): number {
  const [left, right] = [a.split('.').map(Number), b.split('.').map(Number)]
  for (let i = 0; i < 3; i++) {
    const order = (left[i] ?? 0) - (right[i] ?? 0)
    if (order !== 0 && !Number.isNaN(order)) return order
  }
  return 0
}
