// SPDX-License-Identifier: Apache-2.0
/** Header fields as rules look at them: UTF-8 with one code unit per byte, a line end behind each value. */
import { isAscii } from '../kit/bytes.ts'
import { type Field, type HeaderList, trimBytes } from '../message/headers.ts'
import { decodeWords } from '../message/words.ts'

/** Bytes of one value, and of all fields together, that are looked at. */
const maxValue = 8192
const maxAll = 65_536

/** Fields whose values are never in encoded words (identifiers, dates, lists). */
const literal = /^(?:received|(?:resent-)?(?:message-id|date)|mime-version|references|in-reply-to|list-.*)$/

/** One code unit per byte of UTF-8. Nothing is copied where the text is ASCII. */
export function asBytes(text: string): string {
  return isAscii(text) ? text : Buffer.from(text, 'utf8').toString('latin1')
}

/** The value as written after the colon, folds and all, with line ends made LF. One that is cut has none behind it. */
export function rawValue(field: Field): string {
  return writtenValue(field).slice(0, maxValue)
}

function writtenValue({ raw }: Field): string {
  return `${raw.includes('\r') ? raw.replaceAll('\r\n', '\n') : raw}\n`
}

/** Unfolded, trimmed, encoded words and foreign characters turned into UTF-8; without the line end. */
export function decodedValue(field: Field): string {
  const value = trimBytes(unfolded(field.raw.slice(0, maxValue)))
  return field.isPlain ? value : decodeValue(value, literal.test(field.key))
}

/** Each fold becomes one space; line ends that are no fold go. */
function unfolded(raw: string): string {
  let at = raw.indexOf('\n')
  if (at < 0) return raw
  let out = ''
  let from = 0
  for (; at >= 0; at = raw.indexOf('\n', from)) {
    out += raw.slice(from, at > from && raw.charCodeAt(at - 1) === 0x0d ? at - 1 : at)
    from = at + 1
    while (isBlank(raw.charCodeAt(from))) from++
    if (from > at + 1) out += ' '
  }
  return out + raw.slice(from)
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09
}

/** An unfolded value in one code unit per byte. isLiteral: encoded words are left alone. */
export function decodeValue(value: string, isLiteral: boolean): string {
  if (isAscii(value) && (isLiteral || !value.includes('=?'))) return value
  return asBytes(decodeWords(isLiteral ? value.replaceAll('=?', '=\u0000?') : value)).replaceAll('=\u0000?', '=?')
}

/** A value decoded or as written, with its line end. */
export function valueLine(field: Field, raw: boolean): string {
  return raw ? rawValue(field) : `${decodedValue(field)}\n`
}

/** Every value of one name. */
export function valuesOf(headers: HeaderList, name: string, raw: boolean): string[] {
  return headers.all(name).map((field) => valueLine(field, raw))
}

/** As valuesOf, raw ones unfolded. */
export function unfoldedValues(headers: HeaderList, name: string, raw: boolean): string[] {
  const values = valuesOf(headers, name, raw)
  return raw ? values.map((value) => value.replace(/\n\s+/g, ' ')) : values
}

/** "Name: value" for every field, in order; raw ones whole, since a word that is cut looks broken. */
export function allFields(headers: HeaderList, raw: boolean): string[] {
  const lines: string[] = []
  let size = 0
  for (const field of headers.fields) {
    const line = raw ? `${field.name}:${writtenValue(field)}` : `${field.name}: ${decodedValue(field)}\n`
    size += line.length
    if (size > maxAll) break
    lines.push(line)
  }
  return lines
}
