// SPDX-License-Identifier: Apache-2.0
/** Addresses in header fields (RFC 5322 §3.4): who a person is told it is, and the address behind the name. */
import { decodeWords } from './words.ts'

export interface Mailbox {
  /** Display name, decoded, without quotes; empty when there is none. */
  readonly name: string
  /** As written between the angle brackets, or bare. */
  readonly address: string
}

/** Mailboxes that one field may list before the rest is not read. */
const maxMailboxes = 1000
/** Characters of a name that stands before its mailbox's comma. */
const maxName = 1000

/** The mailboxes of an unfolded value (one code unit per byte). Group names are dropped, their members kept. */
export function parseMailboxes(value: string): Mailbox[] {
  const list: Mailbox[] = []
  /** "Bank, Service <x@y>": what no quotes hold together, people read as one name all the same. */
  let before = ''
  let at = 0
  while (at < value.length && list.length < maxMailboxes) {
    const end = endOfMailbox(value, at)
    const text = value.slice(at, end)
    const mailbox = readMailbox(text)
    if (mailbox !== null) {
      const name = mailbox.name === '' || before === '' ? mailbox.name : `${before}, ${mailbox.name}`
      list.push({ ...mailbox, name })
    }
    before = mailbox === null && value[end] === ',' ? joined(before, displayName(text)) : ''
    at = end + 1
  }
  return list
}

/** Words of a name before a comma; no longer than a name may be. */
function joined(before: string, name: string): string {
  return (before === '' ? name : `${before}, ${name}`).slice(0, maxName)
}

/** Offset of the comma, semicolon or group colon that ends the mailbox at `start`. */
function endOfMailbox(value: string, start: number): number {
  let inQuotes = false
  let inAngle = false
  let depth = 0
  for (let i = start; i < value.length; i++) {
    const c = value[i]
    if (c === '\\') i++
    else if (inQuotes) inQuotes = c !== '"'
    else if (c === '"') inQuotes = true
    else if (c === '(') depth++
    else if (c === ')') depth = Math.max(0, depth - 1)
    else if (depth > 0) continue
    else if (c === '<') inAngle = true
    else if (c === '>') inAngle = false
    else if (!inAngle && (c === ',' || c === ';' || c === ':')) return i
  }
  return value.length
}

function readMailbox(text: string): Mailbox | null {
  const trimmed = text.trim()
  const open = angleOutsideQuotes(trimmed)
  if (open >= 0) {
    const close = trimmed.indexOf('>', open)
    const address = trimmed
      .slice(open + 1, close < 0 ? trimmed.length : close)
      .replace(/^[\s<]+/, '')
      .trim()
    return { name: displayName(trimmed.slice(0, open)), address }
  }
  const comment = trimmed.indexOf('(')
  const address = (comment < 0 ? trimmed : trimmed.slice(0, comment)).trim()
  if (!address.includes('@')) return null
  const name = comment < 0 ? '' : displayName(trimmed.slice(comment + 1).replace(/\)\s*$/, ''))
  return { name, address }
}

function angleOutsideQuotes(text: string): number {
  let inQuotes = false
  for (let i = 0; i < text.length; i++) {
    const c = text[i]
    if (c === '\\') i++
    else if (c === '"') inQuotes = !inQuotes
    else if (c === '<' && !inQuotes) return i
  }
  return text.lastIndexOf('<')
}

function displayName(text: string): string {
  const bare = text
    .trim()
    .replace(/^"(.*)"$/s, '$1')
    .replace(/\\(.)/gs, '$1')
  return decodeWords(bare).trim()
}

/** What stands behind the last "@", lower case, without a trailing dot; empty when there is none. */
export function domainOf(address: string): string {
  const at = address.lastIndexOf('@')
  return at < 0
    ? ''
    : address
        .slice(at + 1)
        .toLowerCase()
        .replace(/\.$/, '')
}
