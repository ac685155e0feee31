// SPDX-License-Identifier: Apache-2.0
/** Content-Transfer-Encoding (RFC 2045 §6): bytes as they travel → bytes as they were. Never throws. */
import { CR, LF, latin1, nextLine, space, tab } from '../kit/bytes.ts'

export type TransferEncoding = 'identity' | 'base64' | 'quoted-printable' | 'uuencode'

/** The encoding meant by a field value; unknown ones are left as they are. */
export function transferEncoding(value: string): TransferEncoding {
  const name = value.trim().toLowerCase()
  if (name.startsWith('base64')) return 'base64'
  if (name.startsWith('quoted-printable')) return 'quoted-printable'
  if (name === 'x-uuencode' || name === 'uuencode' || name === 'x-uue' || name === 'uue') return 'uuencode'
  return 'identity'
}

/**
 * Decoded bytes of `raw[start, end)`, not many more than `maxBytes` of them.
 * Identity shares memory with the message.
 */
export function decodeTransfer(
  raw: Buffer,
  start: number,
  end: number,
  encoding: TransferEncoding,
  maxBytes: number,
): Buffer {
  switch (encoding) {
    case 'identity':
      return raw.subarray(start, Math.min(end, start + maxBytes))
    case 'base64':
      // Four characters carry three bytes; line ends add one part in 38.
      return Buffer.from(latin1(raw, start, Math.min(end, start + Math.ceil(maxBytes * 1.4))), 'base64')
    case 'quoted-printable':
      return decodeQuotedPrintable(raw, start, Math.min(end, start + maxBytes * 3))
    case 'uuencode':
      return decodeUu(raw, start, Math.min(end, start + Math.ceil(maxBytes * 1.4)))
  }
}

const equals = 0x3d
const hexValue = new Int8Array(256).fill(-1)
for (let i = 0; i < 16; i++) {
  hexValue['0123456789abcdef'.charCodeAt(i)] = i
  hexValue['0123456789ABCDEF'.charCodeAt(i)] = i
}

/** The value of a hexadecimal digit, -1 for any other byte. */
export function hexDigit(code: number): number {
  return code < 256 ? (hexValue[code] as number) : -1
}

/** RFC 2045 §6.7. Broken escapes stay as they are written; white space before a line end is dropped (rule 3). */
export function decodeQuotedPrintable(raw: Buffer, start: number, end: number): Buffer {
  const source = raw.subarray(start, end)
  const plain = withoutPadding(source)
  return plain === source ? decodeEscapes(raw, start, end) : decodeEscapes(plain, 0)
}

/** Gateways pad lines; what was meant is written as "=20". The source itself where no line is padded, as is usual. */
function withoutPadding(source: Buffer): Buffer {
  let out: Buffer | null = null
  let size = 0
  for (let line = 0; line < source.length; ) {
    const next = nextLine(source, line, source.length)
    let lineEnd = next
    while (lineEnd > line && (source[lineEnd - 1] === LF || source[lineEnd - 1] === CR)) lineEnd--
    let end = lineEnd
    while (end > line && (source[end - 1] === space || source[end - 1] === tab)) end--
    if (out === null && end < lineEnd) {
      out = Buffer.from(source)
      size = line
    }
    if (out !== null) {
      size += source.copy(out, size, line, end)
      size += source.copy(out, size, lineEnd, next)
    }
    line = next
  }
  return out === null ? source : out.subarray(0, size)
}

function decodeEscapes(raw: Buffer, start: number, end = raw.length): Buffer {
  // Most text has few escapes: what lies between them is moved natively.
  const out = Buffer.allocUnsafe(end - start)
  let size = 0
  let at = start
  while (at < end) {
    let stop = raw.indexOf(equals, at)
    if (stop < 0 || stop > end) stop = end
    size += raw.copy(out, size, at, stop)
    if (stop >= end) break
    const hi = hexDigit(raw[stop + 1] ?? 0)
    const lo = stop + 2 < end ? hexDigit(raw[stop + 2] ?? 0) : -1
    if (hi >= 0 && lo >= 0) {
      out[size++] = hi * 16 + lo
      at = stop + 3
      continue
    }
    const soft = softBreak(raw, stop + 1, end)
    if (soft < 0) out[size++] = equals
    at = soft < 0 ? stop + 1 : soft
  }
  return out.subarray(0, size)
}

/** Offset after a soft line break that begins at `at` (behind the "="), or -1. */
function softBreak(raw: Buffer, at: number, end: number): number {
  let i = at
  while (i < end && (raw[i] === space || raw[i] === tab)) i++
  if (i >= end) return end
  if (raw[i] === CR && raw[i + 1] === LF) return i + 2
  return raw[i] === LF ? i + 1 : -1
}

/** The historic uuencode: lines of "length character, then groups of four", between begin and end. */
export function decodeUu(raw: Buffer, start: number, end: number): Buffer {
  const out = Buffer.allocUnsafe(Math.max(0, end - start))
  let size = 0
  let begun = false
  for (let line = start; line < end; ) {
    const next = nextLine(raw, line, end)
    if (!begun) begun = latin1(raw, line, Math.min(next, line + 6)) === 'begin '
    else {
      const count = ((raw[line] as number) - 32) & 63
      if (count === 0) break
      size += uuLine(raw, line + 1, next, count, out, size)
    }
    line = next
  }
  return out.subarray(0, size)
}

function uuLine(raw: Buffer, start: number, end: number, count: number, out: Buffer, size: number): number {
  let done = 0
  for (let i = start; done < count && i + 1 < end; i += 4) {
    const [a, b, c, d] = [uuSix(raw, i, end), uuSix(raw, i + 1, end), uuSix(raw, i + 2, end), uuSix(raw, i + 3, end)]
    if (done < count) out[size + done++] = ((a << 2) | (b >> 4)) & 255
    if (done < count) out[size + done++] = ((b << 4) | (c >> 2)) & 255
    if (done < count) out[size + done++] = ((c << 6) | d) & 255
  }
  return done
}

function uuSix(raw: Buffer, at: number, end: number): number {
  const code = at < end ? (raw[at] as number) : 32
  return code < 32 ? 0 : (code - 32) & 63
}
