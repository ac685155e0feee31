// SPDX-License-Identifier: Apache-2.0
/** The header section as signatures see it: raw lines in order, and how much of it is worth reading. */

import { withCrlf } from './canonical.ts'

export interface RawField {
  /** Lower case, no white space. */
  readonly key: string
  readonly casedKey: string
  /** The whole field with its folds, without the last line end. */
  readonly line: Buffer
}

export interface Section {
  readonly fields: readonly RawField[]
  /** The header section without the empty line. */
  readonly head: Buffer
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

const isBlank = (byte: number | undefined): boolean => byte === 0x20 || byte === 0x09
/** ftext of RFC 5322 §3.6.8: printable, no colon. */
const isNameByte = (byte: number | undefined): boolean =>
  byte !== undefined && byte > 0x20 && byte < 0x7f && byte !== colon

/** Where the name ends if a field starts here (white space and one fold may stand before its colon), else -1. */
function nameEnd(raw: Buffer, at: number, end: number): number {
  let i = at
  while (i < end && isNameByte(raw[i])) i++
  if (i === at) return -1
  const name = i
  while (i < end && isBlank(raw[i])) i++
  if (raw[i] === cr && raw[i + 1] === lf) {
    i += 2
    while (i < end && isBlank(raw[i])) i++
  }
  return i < end && raw[i] === colon ? name : -1
}

/** The offset of the empty line that ends the header section; the length where there is none. */
function emptyLine(raw: Buffer): number {
  if (raw[0] === cr && raw[1] === lf) return 0
  const found = raw.indexOf('\r\n\r\n')
  return found < 0 ? raw.length : found + 2
}

/** Every field of a header section. A line that does not look like a field belongs to the one above it. */
export function rawFields(head: Buffer, maxFields: number): RawField[] | null {
  const fields: RawField[] = []
  let start = -1
  let name = -1
  const close = (end: number): void => {
    if (start < 0) return
    const stop = head[end - 1] === lf && head[end - 2] === cr ? end - 2 : end
    const casedKey = name < 0 ? '' : head.toString('latin1', start, name).trimStart()
    fields.push({ key: casedKey.toLowerCase(), casedKey, line: head.subarray(start, stop) })
  }
  for (let at = 0; at < head.length; ) {
    const newline = head.indexOf('\r\n', at)
    const next = newline < 0 ? head.length : newline + 2
    // White space before the very first field is nobody's fold: it does not hide an author.
    let from = at
    while (start < 0 && isBlank(head[from])) from++
    const end = nameEnd(head, from, head.length)
    if (end >= 0 || start < 0) {
      close(at)
      if (fields.length >= maxFields) return null
      start = at
      name = end
    }
    at = next
  }
  close(head.length)
  return fields
}

/** Parts a message (a bare LF counts as a line end) and applies the limits: nothing here costs more than one pass over the header. */
export function openSection(raw: Uint8Array, limits: SectionLimits): Section {
  const bytes = withCrlf(Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength))
  const end = emptyLine(bytes)
  const head = bytes.subarray(0, end)
  const body = bytes.subarray(end + 2)
  const refuse = (refused: string): Section => ({ fields: [], head, body, refused, unread: 0 })
  if (head.length > limits.headerBytes) return refuse(`header section of more than ${limits.headerBytes} bytes`)
  const all = rawFields(head, limits.fields)
  if (all === null) return refuse(`more than ${limits.fields} header fields`)
  if (all.some((field) => field.key === 'from' && field.line.length > limits.signatureBytes)) {
    return refuse(`From field of more than ${limits.signatureBytes} bytes`)
  }
  let kept = 0
  const fields = all.filter((field) => {
    if (field.key === 'arc-message-signature' || field.key === 'arc-seal') {
      return field.line.length <= limits.signatureBytes
    }
    if (field.key !== 'dkim-signature') return true
    return field.line.length <= limits.signatureBytes && kept++ < limits.signatures
  })
  return { fields, head, body, refused: null, unread: all.length - fields.length }
}
