// SPDX-License-Identifier: Apache-2.0
/** Searching and slicing of byte strings that hold text lines. */

import { endianness } from 'node:os'

/** Whether a number's low byte comes first in this machine's memory. */
export const isLittleEndian = endianness() === 'LE'

export const LF = 0x0a
export const CR = 0x0d
export const space = 0x20
export const tab = 0x09

/** The same memory as a Buffer, whose native search and slicing are the fastest there are. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

/** The bytes as a string of one code unit per byte: no byte is lost, and V8 keeps it one byte wide. */
export function latin1(bytes: Buffer, start: number, end: number): string {
  return bytes.toString('latin1', start, Math.max(start, end))
}

/** A string of one code unit per byte, back to bytes. */
export function fromLatin1(text: string): Buffer {
  return Buffer.from(text, 'latin1')
}

/** Offset after the line that begins at `start`: after its LF, or `end` for a last line without one. */
export function nextLine(bytes: Buffer, start: number, end: number): number {
  const at = bytes.indexOf(LF, start)
  return at < 0 || at >= end ? end : at + 1
}

/** Offset of the line's content end: before LF, and before the CR in front of it. */
export function lineContentEnd(bytes: Buffer, start: number, next: number): number {
  let end = next
  if (end > start && bytes[end - 1] === LF) end--
  if (end > start && bytes[end - 1] === CR) end--
  return end
}

/** True when every code unit is 7-bit: only then has UTF-8 as many bytes. Counted natively, far faster than a loop. */
export function isAscii(text: string): boolean {
  return Buffer.byteLength(text, 'utf8') === text.length
}

/** ASCII letters to lower case, all other code units as they are. */
export function foldAscii(text: string): string {
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i)
    if (c >= 0x41 && c <= 0x5a)
      return isAscii(text) ? text.toLowerCase() : text.replace(/[A-Z]+/g, (run) => run.toLowerCase())
  }
  return text
}

/** An ASCII letter, by its code. */
export function isLetter(code: number): boolean {
  return (code | 32) >= 0x61 && (code | 32) <= 0x7a
}

/** An ASCII digit, by its code. */
export function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39
}

/** An ASCII letter or digit, by its code. */
export function isAlphanumeric(code: number): boolean {
  return isDigit(code) || isLetter(code)
}

/** White space as RFC 5322 knows it, and the line ends. */
export function isBlank(code: number): boolean {
  return code === space || code === tab || code === CR || code === LF
}

/** Printable text for logs: control characters become spaces, at most `max` characters. */
export function printable(text: string, max: number): string {
  return text
    .slice(0, max * 2)
    .replace(/[\x00-\x20\x7f-\x9f\s]+/g, ' ')
    .trim()
    .slice(0, max)
}
