// SPDX-License-Identifier: Apache-2.0
/** Header fields and parameters (RFC 5322 §2.2, RFC 2045 §5.1). Text is Latin-1: one character per byte, nothing lost. */

export interface Field {
  /** Lower case. */
  readonly name: string
  /** Unfolded: line ends removed, white space kept; trimmed. */
  readonly value: string
  /** Byte range in the message, line end included. */
  readonly start: number
  readonly end: number
}

/** Fields beyond this are not looked at; their bytes are still there. */
const maxFields = 2000
const maxParams = 100

/** The fields between two offsets of CRLF text. Lines that are none are passed over. */
export function parseFields(bytes: Buffer, start: number, end: number): Field[] {
  const fields: Field[] = []
  for (let at = start; at < end && fields.length < maxFields; ) {
    const stop = endOfField(bytes, at, end)
    const colon = bytes.indexOf(58, at)
    if (colon > at && colon < stop) {
      const name = bytes.toString('latin1', at, colon).trimEnd().toLowerCase()
      const value = bytes
        .toString('latin1', colon + 1, stop)
        .replaceAll('\r\n', '')
        .trim()
      if (/^[\x21-\x39\x3b-\x7e]+$/.test(name)) fields.push({ name, value, start: at, end: stop })
    }
    at = stop
  }
  return fields
}

/** Behind the field's last line: the next that does not begin with white space ends it. */
function endOfField(bytes: Buffer, start: number, end: number): number {
  for (let at = start; ; ) {
    const feed = bytes.indexOf(10, at)
    if (feed < 0 || feed + 1 >= end) return end
    at = feed + 1
    if (bytes[at] !== 32 && bytes[at] !== 9) return at
  }
}

export function fieldValue(fields: readonly Field[], name: string): string | null {
  return fields.find((field) => field.name === name)?.value ?? null
}

export interface Parameterized {
  /** "text/plain", "attachment": as written, white space and comments removed. */
  readonly value: string
  readonly params: readonly (readonly [name: string, value: string])[]
}

/** A value with parameters; broken ones are read as far as they make sense. */
export function parseParameters(text: string): Parameterized {
  const at = { text, pos: 0 }
  const value = plain(at, ';')
  const params: [string, string][] = []
  while (at.pos < text.length && params.length < maxParams) {
    at.pos += 1
    const name = plain(at, '=;')
    if (text[at.pos] !== '=') continue
    at.pos += 1
    const found = plain(at, ';')
    if (name !== '') params.push([name, found])
  }
  return { value, params }
}

interface Cursor {
  readonly text: string
  pos: number
}

/** Up to one of the stops: quoted strings opened, comments and outer white space dropped. */
function plain(at: Cursor, stops: string): string {
  let out = ''
  let quoted = false
  while (at.pos < at.text.length) {
    const char = at.text[at.pos] ?? ''
    if (stops.includes(char)) break
    if (char === '"') {
      out = out.trimStart() + quotedString(at)
      quoted = true
    } else if (char === '(') skipComment(at)
    else {
      if (!quoted || !/\s/.test(char)) out += char
      at.pos += 1
    }
  }
  return quoted ? out : out.trim()
}

/** The text of a quoted string; the cursor stands on its opening quote, and afterwards behind its end. */
export function quotedString(at: Cursor): string {
  let out = ''
  for (at.pos += 1; at.pos < at.text.length; at.pos += 1) {
    const char = at.text[at.pos] ?? ''
    if (char === '"') {
      at.pos += 1
      break
    }
    if (char === '\\') at.pos += 1
    out += at.text[at.pos] ?? ''
  }
  return out
}

/** Returns what stood between the outer parentheses; nested ones are counted (RFC 5322 §3.2.2). */
export function skipComment(at: Cursor): string {
  const start = at.pos + 1
  let depth = 0
  for (; at.pos < at.text.length; at.pos += 1) {
    const char = at.text[at.pos]
    if (char === '\\') at.pos += 1
    else if (char === '(') depth += 1
    else if (char === ')' && --depth === 0) break
  }
  const end = Math.min(at.pos, at.text.length)
  at.pos = end + 1
  return at.text.slice(start, end)
}
