// SPDX-License-Identifier: Apache-2.0
/** The header section as signatures see it: raw lines in order, and how much of it is worth reading. */

import { withCrlf } from './canonical.ts'

export interface RawField {
  /** Lower case, no white space. */
  readonly key: string
  /** The whole field with its folds, without the last line end; a character for each byte (Latin-1). */
  readonly text: string
}

export interface Section {
  readonly fields: readonly RawField[]
  /** Of a body a bare LF may still be a line end. */
  readonly body: Buffer
  /** Why signatures are not read; null where all is in order. */
  readonly refused: string | null
  /** Signature fields that were not read because there were too many or too large ones. */
  readonly unread: number
}

export interface SectionLimits {
  /** Bytes of the header section. */
  readonly headerBytes: number
  readonly fields: number
  /** DKIM-Signature fields that are judged; RFC 6376 §6.1 leaves the number to the verifier. */
  readonly signatures: number
  /** Bytes of one signature field: its h= list is compared with every field. */
  readonly signatureBytes: number
}

const cr = 0x0d
const lf = 0x0a
const colon = 0x3a
const emptyLine = Buffer.from('\r\n\r\n')

const isBlank = (code: number): boolean => code === 0x20 || code === 0x09
/** ftext of RFC 5322 §3.6.8: printable, no colon. */
const isNameCode = (code: number): boolean => code > 0x20 && code < 0x7f && code !== colon

/** Where the name ends if a field starts here (white space and one fold may stand before its colon), else -1. */
function nameEnd(head: string, at: number): number {
  let i = at
  while (isNameCode(head.charCodeAt(i))) i++
  if (i === at) return -1
  const name = i
  while (isBlank(head.charCodeAt(i))) i++
  if (head.charCodeAt(i) === cr && head.charCodeAt(i + 1) === lf) {
    i += 2
    while (isBlank(head.charCodeAt(i))) i++
  }
  return head.charCodeAt(i) === colon ? name : -1
}

/** A field from its bytes, such as one of our own. */
export function fieldOf(name: string, value: string): RawField {
  return { key: name.toLowerCase(), text: Buffer.from(`${name}: ${value}`).toString('latin1') }
}

/** A field's text as it is meant to be read. */
export function utf8Of({ text }: RawField): string {
  return /^[\x00-\x7f]*$/.test(text) ? text : Buffer.from(text, 'latin1').toString('utf8')
}

function hasBareLf(head: string): boolean {
  for (let i = head.indexOf('\n'); i >= 0; i = head.indexOf('\n', i + 1)) if (head.charCodeAt(i - 1) !== cr) return true
  return false
}

/** Every field of a header section. A line that does not look like a field belongs to the one above it. */
function rawFields(head: string, maxFields: number): RawField[] | null {
  const fields: RawField[] = []
  let start = -1
  let name = -1
  const close = (end: number): void => {
    if (start < 0) return
    const stop = head.endsWith('\r\n', end) ? end - 2 : end
    const key = name < 0 ? '' : head.slice(start, name).trimStart().toLowerCase()
    fields.push({ key, text: head.slice(start, stop) })
  }
  for (let at = 0; at < head.length; ) {
    const newline = head.indexOf('\n', at)
    // White space before the very first field is nobody's fold: it does not hide an author.
    let from = at
    while (start < 0 && isBlank(head.charCodeAt(from))) from++
    const end = nameEnd(head, from)
    if (end >= 0 || start < 0) {
      close(at)
      if (fields.length >= maxFields) return null
      start = at
      name = end
    }
    at = newline < 0 ? head.length : newline + 1
  }
  close(head.length)
  return fields
}

/** The offset of the empty line that ends the header section; the length where there is none. */
function headLength(raw: Buffer): number {
  if (raw[0] === cr && raw[1] === lf) return 0
  const found = raw.indexOf(emptyLine)
  return found < 0 ? raw.length : found + 2
}

/** Without the fields that are too many or too large. */
function judged(all: readonly RawField[], limits: SectionLimits): RawField[] {
  let kept = 0
  return all.filter(({ key, text }) => {
    if (key === 'arc-message-signature' || key === 'arc-seal') return text.length <= limits.signatureBytes
    return key !== 'dkim-signature' || (text.length <= limits.signatureBytes && kept++ < limits.signatures)
  })
}

/**
 * Parts a message (a bare LF counts as a line end) and applies the limits: nothing here costs more than one pass over the
 * header, and the body is not read.
 */
export function openSection(raw: Uint8Array, limits: SectionLimits): Section {
  const asCame = Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength)
  const readable = limits.headerBytes + 1
  const isMended = hasBareLf(asCame.toString('latin1', 0, Math.min(headLength(asCame), readable)))
  const bytes = isMended ? withCrlf(asCame) : asCame
  const end = headLength(bytes)
  const body = bytes.subarray(end + 2)
  const refuse = (refused: string): Section => ({ fields: [], body, refused, unread: 0 })
  if (end > limits.headerBytes) return refuse(`header section of more than ${limits.headerBytes} bytes`)
  const all = rawFields(bytes.toString('latin1', 0, end), limits.fields)
  if (all === null) return refuse(`more than ${limits.fields} header fields`)
  if (all.some(({ key, text }) => key === 'from' && text.length > limits.signatureBytes)) {
    return refuse(`From field of more than ${limits.signatureBytes} bytes`)
  }
  const fields = judged(all, limits)
  return { fields, body, refused: null, unread: all.length - fields.length }
}
