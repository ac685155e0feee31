// SPDX-License-Identifier: Apache-2.0
/** "value; name=value; name*0*=charset'lang'..." fields (RFC 2045 §5.1, RFC 2231), leniently. */
import { fromLatin1 } from '../kit/bytes.ts'
import { decodeCharset } from './charset.ts'
import { limits } from './limits.ts'
import { hexDigit } from './transfer.ts'
import { decodeWords } from './words.ts'

export interface ParameterList {
  /** The first part, lower case, without comments: "text/plain". */
  readonly value: string
  /** By lower-case name, decoded. */
  readonly parameters: ReadonlyMap<string, string>
}

interface Piece {
  readonly index: number
  readonly extended: boolean
  readonly text: string
}

const none: ReadonlyMap<string, string> = new Map()

/** Reads a Content-Type or Content-Disposition value, given unfolded with one code unit per byte. */
export function parseParameters(field: string): ParameterList {
  const semicolon = field.indexOf(';')
  const head = stripComments(semicolon < 0 ? field : field.slice(0, semicolon))
  const value = head.trim().toLowerCase()
  if (semicolon < 0) return { value, parameters: none }
  const plain = new Map<string, string>()
  const pieces = new Map<string, Piece[]>()
  let at = semicolon + 1
  for (let n = 0; at < field.length && n < limits.parameters; n++) {
    const read = readParameter(field, at)
    at = read.next
    if (read.name !== '') file(read.name, read.text, plain, pieces)
  }
  for (const [name, list] of pieces) plain.set(name, joinPieces(list))
  return { value, parameters: plain }
}

/** Files "name", "name*", "name*0" and "name*0*" (RFC 2231 §3, §4) where they belong; the first of a plain name wins. */
function file(name: string, text: string, plain: Map<string, string>, pieces: Map<string, Piece[]>): void {
  const star = name.indexOf('*')
  if (star < 0) {
    if (!plain.has(name)) plain.set(name, decodeWords(text))
    return
  }
  const base = name.slice(0, star)
  const extended = name.endsWith('*')
  const index = Number.parseInt(name.slice(star + 1), 10)
  const list = pieces.get(base) ?? []
  list.push({ index: Number.isNaN(index) ? 0 : index, extended, text })
  pieces.set(base, list)
}

function joinPieces(list: Piece[]): string {
  list.sort((a, b) => a.index - b.index)
  const [first] = list
  let charset = ''
  let bytes = ''
  for (const piece of list) {
    let text = piece.text
    if (piece === first && piece.extended) {
      const [name, , ...rest] = text.split("'")
      if (rest.length > 0) {
        charset = name ?? ''
        text = rest.join("'")
      }
    }
    bytes += piece.extended ? percentDecode(text) : text
  }
  return charset === '' ? decodeWords(bytes) : decodeCharset(fromLatin1(bytes), charset)
}

/** "%41" → "A", one code unit per byte; broken escapes stay. */
export function percentDecode(text: string): string {
  if (!text.includes('%')) return text
  let out = ''
  for (let i = 0; i < text.length; i++) {
    const hi = text[i] === '%' ? hexDigit(text.charCodeAt(i + 1)) : -1
    const lo = hi >= 0 ? hexDigit(text.charCodeAt(i + 2)) : -1
    out += lo >= 0 ? String.fromCharCode(hi * 16 + lo) : text[i]
    if (lo >= 0) i += 2
  }
  return out
}

function readParameter(field: string, start: number): { name: string; text: string; next: number } {
  const equals = field.indexOf('=', start)
  const semicolon = field.indexOf(';', start)
  if (equals < 0 || (semicolon >= 0 && semicolon < equals)) {
    return { name: '', text: '', next: semicolon < 0 ? field.length : semicolon + 1 }
  }
  const name = stripComments(field.slice(start, equals)).trim().toLowerCase()
  let at = equals + 1
  while (field[at] === ' ' || field[at] === '\t') at++
  if (field[at] === '"') return { name, ...readQuoted(field, at + 1) }
  const end = field.indexOf(';', at)
  const stop = end < 0 ? field.length : end
  return { name, text: stripComments(field.slice(at, stop)).trim(), next: stop + 1 }
}

function readQuoted(field: string, start: number): { text: string; next: number } {
  let text = ''
  let at = start
  while (at < field.length && field[at] !== '"') {
    // A backslash before a letter is a path of a careless program, not an escape.
    if (field[at] === '\\' && (field[at + 1] === '"' || field[at + 1] === '\\')) at++
    text += field[at++] ?? ''
  }
  const end = field.indexOf(';', at)
  return { text, next: end < 0 ? field.length : end + 1 }
}

/** Drops "(comments)" (RFC 5322 §3.2.2), nested ones too. */
export function stripComments(text: string): string {
  if (!text.includes('(')) return text
  let out = ''
  let depth = 0
  for (let i = 0; i < text.length; i++) {
    const c = text[i]
    if (c === '\\' && depth > 0) i++
    else if (c === '(') depth++
    else if (c === ')' && depth > 0) depth--
    else if (depth === 0) out += c
  }
  return out
}
