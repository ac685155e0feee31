// SPDX-License-Identifier: Apache-2.0
/** Address lists of header fields (RFC 5322 §3.4), read leniently: an envelope is shown even where a field is broken. */
import { quotedString, skipComment } from './fields.ts'

/** Mailbox and host null: end of a group. Host null alone: begin of the group named by mailbox (RFC 3501 §7.4.2). */
export interface ListedAddress {
  readonly name: string | null
  readonly mailbox: string | null
  readonly host: string | null
}

/** Addresses beyond this are not listed. */
const maxAddresses = 1000

interface Reader {
  readonly text: string
  pos: number
  /** Words outside angle brackets; and the same without the white space that stands between them. */
  words: string
  bare: string
  comment: string
  angle: string | null
  inGroup: boolean
  readonly found: ListedAddress[]
}

/** The text is Latin-1, one character per byte; so are the answers. */
export function parseAddressList(text: string): ListedAddress[] {
  const at: Reader = { text, pos: 0, words: '', bare: '', comment: '', angle: null, inGroup: false, found: [] }
  while (at.pos < text.length && at.found.length < maxAddresses) step(at)
  finish(at)
  if (at.inGroup) at.found.push({ name: null, mailbox: null, host: null })
  return at.found
}

function step(at: Reader): void {
  const char = at.text[at.pos] ?? ''
  if (char === '"') addWord(at, quotedString(at))
  else if (char === '(') at.comment = skipComment(at).trim()
  else {
    at.pos += 1
    if (char === '<') at.angle = angleAddress(at)
    else if (char === ',') finish(at)
    else if (char === ':' && !at.inGroup && at.angle === null) beginGroup(at)
    else if (char === ';') endGroup(at)
    else if (/\s/.test(char)) at.words += char
    else addWord(at, char)
  }
}

function addWord(at: Reader, text: string): void {
  at.words += text
  at.bare += text
}

function beginGroup(at: Reader): void {
  at.found.push({ name: null, mailbox: at.words.trim(), host: null })
  at.inGroup = true
  at.words = ''
  at.bare = ''
}

function endGroup(at: Reader): void {
  finish(at)
  if (at.inGroup) at.found.push({ name: null, mailbox: null, host: null })
  at.inGroup = false
}

/** Up to ">"; a source route before the address is obsolete and dropped (RFC 5322 §4.4). */
function angleAddress(at: Reader): string {
  let out = ''
  while (at.pos < at.text.length) {
    const char = at.text[at.pos] ?? ''
    if (char === '"') out += quotedString(at)
    else if (char === '(') skipComment(at)
    else {
      at.pos += 1
      if (char === '>') break
      if (!/\s/.test(char)) out += char
    }
  }
  const colon = out.startsWith('@') ? out.indexOf(':') : -1
  return out.slice(colon + 1)
}

function finish(at: Reader): void {
  const words = at.words.trim()
  const address = at.angle ?? at.bare
  if (address !== '' || at.angle !== null) {
    const cut = address.lastIndexOf('@')
    const phrase = at.angle === null ? '' : words.replace(/\s+/g, ' ')
    const name = phrase === '' ? at.comment : phrase
    at.found.push({
      name: name === '' ? null : name,
      mailbox: cut < 0 ? address : address.slice(0, cut),
      host: cut < 0 ? '' : address.slice(cut + 1),
    })
  }
  at.words = ''
  at.bare = ''
  at.comment = ''
  at.angle = null
}
