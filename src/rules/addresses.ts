// SPDX-License-Identifier: Apache-2.0
/**
 * Addresses of a field as content rules see them. It is laxer than src/message/addresses.ts where SpamAssassin is, and
 * stricter about what is an address at all: rules count on both.
 */

import { trimBytes } from '../message/headers.ts'
import { isHostName } from './domains.ts'

export interface RuleAddress {
  /** Display name or comment as written, quotes and escapes taken off; null when there is none. */
  readonly phrase: string | null
  /** null when what stands there is no address. */
  readonly address: string | null
}

/** Addresses of one field beyond which the rest is not read. */
const maxAddresses = 1000
/** White space is ASCII's: the text has one code unit per byte. */
const mailbox =
  /^(?:"(?:[^"\\]|\\.){0,250}"|[^@ \t-\r<>()[\],:;]{1,250})@(?:[^" \t-\r<>()[\],:;]{1,250}|\[[\d:.]{1,45}\])$/

/** Reads an unfolded field, encoded words and all. */
export function parseAddresses(field: string): RuleAddress[] {
  const text = withoutGroup(trimBytes(field))
  const found: RuleAddress[] = []
  for (const piece of pieces(text)) {
    const read = readPiece(piece)
    if (read !== null) found.push(read)
    if (found.length >= maxAddresses) break
  }
  if (found.some(({ address }) => address !== null)) return found
  // Some hide it in a comment: "Name, (<a@example.org>)".
  const hidden = validAddress(/<([^<>]*)>/.exec(text)?.[1] ?? '')
  return hidden === null ? found : [...found, { phrase: null, address: hidden }]
}

/** "Friends: a@example.org, b@example.org;" → what is inside. */
function withoutGroup(text: string): string {
  const colon = /^[^"()<>@,;:]*:\s*/.exec(text)
  if (colon === null) return text
  const rest = text.slice(colon[0].length)
  const end = rest.indexOf(';')
  return end < 0 ? rest : rest.slice(0, end)
}

/** Splits at commas and semicolons outside quotes, brackets and comments. */
function pieces(text: string): string[] {
  const list: string[] = []
  let [start, depth] = [0, 0]
  let [quoted, angle] = [false, false]
  for (let i = 0; i < text.length; i++) {
    const c = text[i]
    if (c === '\\') i++
    else if (quoted) quoted = c !== '"'
    else if (c === '"') quoted = text.indexOf('"', i + 1) > 0
    else if (c === '(') depth++
    else if (c === ')') depth = Math.max(0, depth - 1)
    else if (depth > 0) continue
    else if (c === '<') angle = text.indexOf('>', i) > 0
    else if (c === '>') angle = false
    else if (!angle && (c === ',' || c === ';')) {
      list.push(text.slice(start, i))
      start = i + 1
    }
  }
  list.push(text.slice(start))
  return list
}

function readPiece(piece: string): RuleAddress | null {
  const text = trimBytes(piece)
  if (text === '') return null
  const { bare, comment } = takeComments(text)
  const angle = /^((?:[^"<]|"(?:[^"\\]|\\.)*")*)<\s*([^<>]*?)\s*>/.exec(bare)
  if (angle !== null) {
    const address = validAddress(angle[2] ?? '')
    const phrase = unquote(angle[1] ?? '')
    const name = phrase === '' ? comment : phrase
    return address === null && name !== null && validAddress(name) !== null
      ? { phrase: null, address: name }
      : { phrase: name, address }
  }
  const trimmed = trimBytes(bare)
  const inside = /<([^<>\s]+@[^<>\s]+)>?/.exec(trimmed)?.[1]
  const address = validAddress(trimmed) ?? (inside === undefined ? null : validAddress(inside))
  if (address !== null) return { phrase: comment, address }
  const phrase = unquote(trimmed)
  const quoted = validAddress(phrase)
  if (quoted !== null && isHostName(quoted.slice(quoted.indexOf('@') + 1))) return { phrase: comment, address: quoted }
  return phrase === '' ? null : { phrase, address: null }
}

/** The text without its comments, and the text of the first. */
function takeComments(text: string): { bare: string; comment: string | null } {
  if (!text.includes('(')) return { bare: text, comment: null }
  let [bare, first, depth, quoted] = ['', '', 0, false]
  let isFirst = true
  for (let i = 0; i < text.length; i++) {
    const c = text[i] ?? ''
    if (depth === 0 && c === '"') quoted = !quoted
    if (!quoted && c === '(') depth++
    if (depth === 0) bare += c
    else if (isFirst && !(c === '(' && depth === 1) && !(c === ')' && depth === 1)) first += c
    if (!quoted && c === ')' && depth > 0 && --depth === 0) isFirst = false
  }
  return { bare: depth > 0 ? text : bare, comment: first === '' || depth > 0 ? null : first }
}

function unquote(text: string): string {
  return trimBytes(
    text
      .replace(/"((?:[^"\\]|\\.)*)"/g, '$1')
      .replace(/\\(?!\\)/g, '')
      .replace(/\\\\/g, '\\'),
  )
}

function validAddress(text: string): string | null {
  const address = trimBytes(text)
  if (!mailbox.test(address) || address.startsWith('""@') || address.split('"').length === 2) return null
  return address.split('@', 2).join('@')
}
