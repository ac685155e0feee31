// SPDX-License-Identifier: Apache-2.0
/** Escapes and bracketed classes: what stands for one code unit, or for a set of them. */
import { bothCases, type CharSet, classEscapes, complement, posixClasses, union } from './regex-sets.ts'
import { type Cursor, RegexError, type RegexNode, type RegexSyntax } from './regex-syntax.ts'

const controls: Readonly<Record<string, number>> = { n: 10, r: 13, t: 9, f: 12, e: 27, a: 7 }

/** The code unit that an escape other than a class stands for; the cursor is behind its letter. */
export function readEscapedUnit(letter: string, cursor: Cursor, flags: RegexSyntax): number {
  if (letter === 'x') return readHex(cursor, flags)
  if (letter === 'c') return ((cursor.take(/[\x40-\x7e]/y)?.[0] ?? '@').charCodeAt(0) & 31) >>> 0
  if (letter === '0') return Number.parseInt(`0${cursor.take(/[0-7]{0,2}/y)?.[0] ?? ''}`, 8)
  const unit = controls[letter]
  if (unit !== undefined) return unit
  if (/[A-Za-z]/.test(letter)) throw new RegexError(`"\\${letter}" is not supported`)
  return letter.charCodeAt(0)
}

/** \x41, \x{41}; without digits it is NUL, as in Perl. */
function readHex(cursor: Cursor, flags: RegexSyntax): number {
  const match = cursor.take(/\{\s*([0-9a-fA-F]{1,6})\s*\}|([0-9a-fA-F]{1,2})/y)
  const unit = Number.parseInt(match?.[1] ?? match?.[2] ?? '0', 16)
  if (flags.dialect === 'perl' && unit > 0xff)
    throw new RegexError(`"\\x${match?.[0]}": the text is UTF-8 bytes, write them one by one`)
  if (unit > 0xffff) throw new RegexError(`"\\x${match?.[0]}" is beyond FFFF`)
  return unit
}

/** What glibc adds to POSIX; every other letter stands for itself there, which is never what was meant. */
export function readPosixEscape(letter: string): RegexNode {
  if (letter === '<' || letter === '>') {
    const node: RegexNode = { kind: 'set', set: classEscapes.w ?? [] }
    const look: RegexNode = { kind: 'look', behind: letter === '>', negative: false, node }
    return { kind: 'seq', nodes: [{ kind: 'assert', assert: 'word' }, look] }
  }
  if (letter === 'b' || letter === 'B') return { kind: 'assert', assert: letter === 'b' ? 'word' : 'not-word' }
  const set = /[wWsS]/.test(letter) ? classEscapes[letter] : undefined
  if (set !== undefined) return { kind: 'set', set }
  if (/[A-Za-z]/.test(letter)) throw new RegexError(`"\\${letter}" is not POSIX: write a class in brackets`)
  const unit = letter.charCodeAt(0)
  return { kind: 'set', set: [unit, unit] }
}

/** Reads the class whose "[" the cursor has passed. */
export function readBracket(cursor: Cursor, flags: RegexSyntax): CharSet {
  const negative = cursor.skip('^')
  const sets: CharSet[] = []
  for (let first = true; ; first = false) {
    const next = cursor.next
    if (next === undefined) throw new RegexError('a "[" without its "]"')
    if (next === ']' && !first) break
    const from = readMember(cursor, flags)
    if (typeof from !== 'number') {
      sets.push(from)
      continue
    }
    const dash = cursor.next === '-' && ![']', undefined].includes(cursor.text[cursor.at + 1])
    if (dash) cursor.at++
    const to = dash ? readMember(cursor, flags) : from
    if (typeof to !== 'number') sets.push([from, from], [45, 45], to)
    else if (to < from) throw new RegexError('a range in brackets that runs backwards')
    else sets.push([from, to])
  }
  cursor.at++
  const set = flags.ignoreCase ? bothCases(union(...sets), flags.dialect === 'perl') : union(...sets)
  return negative ? complement(set) : set
}

/** One member of a bracket: a code unit, or a whole class. */
function readMember(cursor: Cursor, flags: RegexSyntax): number | CharSet {
  const next = cursor.next ?? ''
  cursor.at++
  if (next === '[' && /[:.=]/.test(cursor.next ?? '')) {
    const named = cursor.take(/:(\^?)([a-z]{1,9}):\]/y)
    const set = posixClasses.get(named?.[2] ?? '')
    if (named === null && flags.dialect !== 'posix') return next.charCodeAt(0)
    if (named === null || set === undefined) throw new RegexError('a class in brackets that is not known')
    return named[1] === '^' ? complement(set) : set
  }
  if (next !== '\\' || flags.dialect === 'posix') return next.charCodeAt(0)
  const letter = cursor.next
  if (letter === undefined) throw new RegexError('a "[" without its "]"')
  cursor.at++
  if (letter === 'b') return 8
  if (letter >= '1' && letter <= '7') return Number.parseInt(`${letter}${cursor.take(/[0-7]{0,2}/y)?.[0] ?? ''}`, 8)
  return classEscapes[letter] ?? readEscapedUnit(letter, cursor, flags)
}
