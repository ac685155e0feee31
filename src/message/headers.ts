// SPDX-License-Identifier: Apache-2.0
/** The header section (RFC 5322 §2.2): order and bytes kept, values unfolded and decoded when asked for. */
import { isAscii } from 'node:buffer'
import type { HeaderField } from '../core/message.ts'
import { asBuffer, CR, latin1, lineContentEnd, nextLine, space, tab } from '../kit/bytes.ts'
import { type Defect, limits } from './limits.ts'
import { decodeWords } from './words.ts'

const colon = 0x3a

/** One field: its bytes are fixed, what they mean is worked out once, when asked for. */
export class Field implements HeaderField {
  readonly name: string
  /** Lower case: what lookups compare. */
  readonly key: string
  readonly start: number
  readonly end: number
  /** As written after the colon, folds included, without the last line end; one code unit per byte. */
  readonly raw: string
  /** No byte of it is beyond ASCII. */
  readonly #isAscii: boolean
  #value: string | null = null
  #decoded: string | null = null

  constructor(name: string, raw: string, start: number, end: number, isAscii: boolean) {
    this.#isAscii = isAscii
    this.name = name
    this.key = name.toLowerCase()
    this.raw = raw
    this.start = start
    this.end = end
  }

  get value(): string {
    this.#value ??= trimBytes(unfold(this.raw))
    return this.#value
  }

  /** Unfolded, encoded words and 8-bit text decoded. */
  get decoded(): string {
    this.#decoded ??= this.isPlain ? this.value : decodeWords(this.value)
    return this.#decoded
  }

  /** True where nothing has to be decoded. */
  get isPlain(): boolean {
    return this.#isAscii && !this.raw.includes('=?')
  }
}

/** RFC 5322 §2.2.3: line ends before white space go; stray ones, which no parser would show, become spaces. */
export function unfold(raw: string): string {
  let at = raw.indexOf('\n')
  if (at < 0) return raw
  let out = ''
  let from = 0
  for (; at >= 0; at = raw.indexOf('\n', from)) {
    out += raw.slice(from, at > from && raw.charCodeAt(at - 1) === 13 ? at - 1 : at)
    const next = raw.charCodeAt(at + 1)
    if (next !== space && next !== tab) out += ' '
    from = at + 1
  }
  return out + raw.slice(from)
}

/** Without ASCII's white space at either end. What trim() takes too, U+00A0, is half of a letter in bytes one by one. */
export function trimBytes(text: string): string {
  let [start, end] = [0, text.length]
  while (start < end && isWhite(text.charCodeAt(start))) start++
  while (end > start && isWhite(text.charCodeAt(end - 1))) end--
  return text.slice(start, end)
}

function isWhite(code: number): boolean {
  return code === space || (code >= tab && code <= CR)
}

/** Questions for a field that a list answers by looking through it. */
const quickQuestions = 8

export class HeaderList {
  readonly fields: readonly Field[]
  /** Byte range of the whole section in the message, without the empty line. */
  readonly start: number
  readonly end: number
  /** Where the body begins. */
  readonly bodyStart: number
  readonly defects: readonly Defect[]
  #byKey: Map<string, Field[]> | null = null
  #asked = 0

  constructor(
    fields: readonly Field[],
    range: { start: number; end: number; bodyStart: number },
    defects: readonly Defect[],
  ) {
    this.fields = fields
    this.start = range.start
    this.end = range.end
    this.bodyStart = range.bodyStart
    this.defects = defects
  }

  /** Every field of that name, in the order of the message. The name is compared without case. */
  all(name: string): readonly Field[] {
    if (this.#byKey === null) {
      this.#byKey = new Map()
      for (const field of this.fields) {
        const list = this.#byKey.get(field.key)
        if (list === undefined) this.#byKey.set(field.key, [field])
        else list.push(field)
      }
    }
    return this.#byKey.get(name) ?? this.#byKey.get(name.toLowerCase()) ?? []
  }

  first(name: string): Field | null {
    // A few questions are answered sooner than the map is made.
    if (this.#byKey !== null || ++this.#asked > quickQuestions) return this.all(name)[0] ?? null
    const key = name.toLowerCase()
    for (const field of this.fields) if (field.key === key) return field
    return null
  }

  /** The decoded value of the first field of that name, or the empty string. */
  text(name: string): string {
    return this.first(name)?.decoded ?? ''
  }
}

/** Most sections of messages, and of their parts, are no longer. Bytes. */
const usual = { message: 8192, part: 512 } as const

/** Reads the fields of `raw[start, limit)` up to the first empty line. Lines that are no field are skipped and noted. */
export function readHeaders(bytes: Uint8Array, start: number, limit: number): HeaderList {
  const raw = asBuffer(bytes)
  const bounds: number[] = []
  const defects = new Set<Defect>()
  const ceiling = Math.min(limit, start + limits.headerBytes)
  // Line ends are found in a string a good deal sooner than in a buffer.
  const opening = latin1(raw, start, Math.min(ceiling, start + (start === 0 ? usual.message : usual.part)))
  const lineAfter = (line: number): number => {
    const found = opening.indexOf('\n', line - start)
    return found < 0 ? nextLine(raw, line, limit) : start + found + 1
  }
  let at = skipMboxLine(raw, start, limit)
  let end = at
  let bodyStart = -1
  while (at < ceiling) {
    let next = lineAfter(at)
    if (lineContentEnd(raw, at, next) === at) {
      bodyStart = next
      break
    }
    while (next < ceiling && isFold(raw, next, limit)) next = lineAfter(next)
    bounds.push(at)
    at = next
    end = next
  }
  bounds.push(end)
  const text = end - start <= opening.length ? opening : latin1(raw, start, end)
  const fields = readFields(raw, bounds, { text, first: start, isAscii: isAscii(raw.subarray(start, end)) }, defects)
  if (bodyStart < 0) {
    defects.add(at >= limit ? 'no-header-end' : 'header-too-long')
    bodyStart = at >= limit ? limit : afterEmptyLine(raw, at, limit)
  }
  return new HeaderList(fields, { start, end, bodyStart }, [...defects])
}

/** Names and values are pieces of the section's string. */
function readFields(raw: Buffer, bounds: readonly number[], section: Section, defects: Set<Defect>): Field[] {
  const fields: Field[] = []
  for (let i = 1; i < bounds.length; i++) {
    if (fields.length >= limits.headerFields) {
      defects.add('too-many-fields')
      break
    }
    const field = readField(raw, bounds[i - 1] ?? 0, bounds[i] ?? 0, section)
    if (field === null) defects.add('bad-header-line')
    else fields.push(field)
  }
  return fields
}

/** A line that begins with white space continues the field, unless it is blank: old software ends headers with " ". */
function isFold(raw: Buffer, at: number, limit: number): boolean {
  const first = raw[at]
  return (first === space || first === tab) && at < limit
}

/** The "From " line of an mbox is not part of the message. */
function skipMboxLine(raw: Buffer, start: number, limit: number): number {
  return latin1(raw, start, Math.min(start + 5, limit)) === 'From ' ? nextLine(raw, start, limit) : start
}

/** A header section, which begins at `first`. */
interface Section {
  readonly text: string
  readonly first: number
  readonly isAscii: boolean
}

/** One field, or null for a line that is none. */
function readField(raw: Buffer, start: number, next: number, { text, first, isAscii }: Section): Field | null {
  let at = start
  // RFC 5322 §2.2: printable US-ASCII but colon; 8-bit names are read all the same.
  while (at < next && (raw[at] as number) > space && raw[at] !== colon) at++
  const nameEnd = at
  while (at < next && (raw[at] === space || raw[at] === tab)) at++ // obs-FWS before the colon, RFC 5322 §4.5
  if (nameEnd === start || raw[at] !== colon || at >= next) return null
  const end = lineContentEnd(raw, at + 1, next)
  const value = text.slice(at + 1 - first, end - first)
  return new Field(text.slice(start - first, nameEnd - first), value, start, next, isAscii)
}

/** Beyond the ceiling only the end of the section is looked for. */
function afterEmptyLine(raw: Buffer, at: number, limit: number): number {
  const crlf = raw.indexOf('\r\n\r\n', at, 'latin1')
  const lf = raw.indexOf('\n\n', at, 'latin1')
  const ends = [crlf < 0 ? limit : crlf + 4, lf < 0 ? limit : lf + 2, limit]
  return Math.min(...ends)
}
