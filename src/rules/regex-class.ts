// SPDX-License-Identifier: Apache-2.0
/** Bracketed classes and escaped characters of Perl patterns. */
import { type CharSet, emptySet, escapes, invertSet, type Node, PatternError, posix, unite } from './regex-ast.ts'

const controls: Readonly<Record<string, number>> = { t: 9, n: 10, r: 13, f: 12, e: 27, a: 7 }

/** One escaped code unit at the backslash `at`: \n, \x41, \x{41}, \101, \., ... */
export function readEscapedCode(text: string, at: number): { code: number; next: number } {
  const c = text[at + 1]
  if (c === undefined) throw new PatternError('pattern ends in a backslash')
  const control = controls[c]
  if (control !== undefined) return { code: control, next: at + 2 }
  if (c === 'x') {
    const match = /^\\x(?:\{\s*([0-9a-fA-F]+)\s*\}|([0-9a-fA-F]{1,2}))/.exec(text.slice(at, at + 14))
    const code = match === null ? 0 : Number.parseInt(match[1] ?? match[2] ?? '0', 16)
    if (code > 0xff)
      throw new PatternError(`"${match?.[0]}": rule text is matched as UTF-8 bytes, write them one by one`)
    return { code, next: at + (match?.[0].length ?? 2) }
  }
  if (c === 'c') return { code: text.charCodeAt(at + 2) & 31 || 0, next: at + 3 }
  const octal = /^\\(0[0-7]{0,2}|[0-7]{3})/.exec(text.slice(at, at + 4))?.[1]
  if (octal !== undefined) return { code: Number.parseInt(octal, 8) & 0xff, next: at + 1 + octal.length }
  return { code: text.charCodeAt(at + 1), next: at + 2 }
}

/** One code unit as JavaScript writes it inside or outside brackets. */
export function printCode(code: number): string {
  const c = String.fromCharCode(code)
  if (/[A-Za-z0-9_ ]/.test(c)) return c
  return `\\x${code.toString(16).padStart(2, '0')}`
}

interface Member {
  /** null: a whole class such as \d, which cannot begin a range. */
  readonly code: number | null
  readonly set: CharSet | null
  readonly source: string
  readonly next: number
}

/** Reads the class whose "[" is at `start`. */
export function readClass(text: string, start: number): { node: Node; next: number } {
  let at = start + 1
  const negated = text[at] === '^'
  if (negated) at++
  const members = emptySet()
  let source = ''
  let isFirst = true
  while (isFirst || text[at] !== ']') {
    if (at >= text.length) throw new PatternError('unmatched "["')
    isFirst = false
    const member = readMember(text, at)
    at = member.next
    if (member.code === null) {
      if (member.set !== null) unite(members, member.set)
      source += member.source
      continue
    }
    const last = text[at] === '-' && text[at + 1] !== ']' && at + 1 < text.length ? readMember(text, at + 1) : null
    if (last === null || last.code === null) {
      members[member.code] = 1
      source += printCode(member.code)
      continue
    }
    if (last.code < member.code) throw new PatternError(`range ${text.slice(at - 1, last.next)} is upside down`)
    at = last.next
    members.fill(1, member.code, last.code + 1)
    source += `${printCode(member.code)}-${printCode(last.code)}`
  }
  const set = negated ? invertSet(members) : members
  return { node: { kind: 'set', members: set, source: `[${negated ? '^' : ''}${source}]` }, next: at + 1 }
}

function readMember(text: string, at: number): Member {
  const c = text[at] ?? ''
  if (c === '[' && text[at + 1] === ':') {
    const match = /^\[:(\^?)(\w+):\]/.exec(text.slice(at, at + 20))
    const known = match === null ? undefined : posix[match[2] ?? '']
    if (known !== undefined && match !== null) {
      if (match[1] === '^') throw new PatternError(`"${match[0]}" is not supported`)
      return { code: null, set: known[0], source: known[1], next: at + match[0].length }
    }
  }
  if (c !== '\\') return { code: text.charCodeAt(at) & 0xff, set: null, source: c, next: at + 1 }
  const escaped = text[at + 1] ?? ''
  if (escaped === 'b') return { code: 8, set: null, source: '\\x08', next: at + 2 }
  if (escaped === 'E' || escaped === 'Q') return { code: null, set: null, source: '', next: at + 2 }
  const set = escaped === 'R' || escaped === 'N' ? undefined : escapes[escaped]
  if (set !== undefined) return { code: null, set: set[0], source: set[1], next: at + 2 }
  if (escaped === 'p' || escaped === 'P') throw new PatternError(`"\\${escaped}" is not supported`)
  const read = readEscapedCode(text, at)
  return { code: read.code, set: null, source: '', next: read.next }
}
