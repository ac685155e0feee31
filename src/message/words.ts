// SPDX-License-Identifier: Apache-2.0
/** Encoded words of header fields (RFC 2047), leniently: real mail breaks every rule of it. */
import { asBuffer, fromLatin1, isAscii, isBlank } from '../kit/bytes.ts'
import { decodeCharset, guessText } from './charset.ts'
import { hexDigit } from './transfer.ts'

interface EncodedWord {
  readonly charset: string
  readonly bytes: Buffer
  readonly end: number
}

/**
 * The text of an unfolded field value given as one code unit per byte: encoded words decoded, raw 8-bit text read as
 * UTF-8 where it is valid (RFC 6532) and as windows-1252 where it is not.
 */
export function decodeWords(value: string): string {
  if (!value.includes('=?')) return isAscii(value) ? value : guessText(fromLatin1(value))
  let out = ''
  let plainFrom = 0
  let at = value.indexOf('=?')
  let held: { charset: string; chunks: Buffer[] } | null = null
  while (at >= 0) {
    const word = readWord(value, at)
    if (word === null) {
      at = value.indexOf('=?', at + 2)
      continue
    }
    const between = value.slice(plainFrom, at)
    // RFC 2047 §6.2: white space between two encoded words is not part of the text.
    const adjacent = held !== null && isOnlyBlank(between)
    if (held !== null && adjacent && held.charset === word.charset) held.chunks.push(word.bytes)
    else {
      if (held !== null) out += textOf(held)
      if (!adjacent) out += plain(between)
      held = { charset: word.charset, chunks: [word.bytes] }
    }
    plainFrom = word.end
    at = value.indexOf('=?', word.end)
  }
  if (held !== null) out += textOf(held)
  return out + plain(value.slice(plainFrom))
}

/** Words of one charset are joined before decoding: a character may be cut between two of them. */
function textOf(held: { charset: string; chunks: Buffer[] }): string {
  const [first] = held.chunks
  return decodeCharset(held.chunks.length === 1 && first ? first : Buffer.concat(held.chunks), held.charset)
}

function plain(text: string): string {
  return isAscii(text) ? text : guessText(fromLatin1(text))
}

function isOnlyBlank(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (!isBlank(text.charCodeAt(i))) return false
  return true
}

function readWord(value: string, start: number): EncodedWord | null {
  const mark = value.indexOf('?', start + 2)
  if (mark < 0 || mark - start > 80 || value[mark + 2] !== '?') return null
  const encoding = value[mark + 1]?.toLowerCase()
  const end = value.indexOf('?=', mark + 3)
  if (end < 0) return null
  // RFC 2231 §5: the charset may be followed by "*language".
  const charset = (value.slice(start + 2, mark).split('*', 1)[0] ?? '').toLowerCase()
  const text = value.slice(mark + 3, end)
  if (encoding === 'b') return { charset, bytes: Buffer.from(text, 'base64'), end: end + 2 }
  if (encoding === 'q') return { charset, bytes: decodeQ(text), end: end + 2 }
  return null
}

/** RFC 2047 §4.2: quoted-printable with "_" for space. */
function decodeQ(text: string): Buffer {
  const out = asBuffer(Buffer.allocUnsafe(text.length))
  let size = 0
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    const hi = code === 0x3d ? hexDigit(text.charCodeAt(i + 1)) : -1
    const lo = hi >= 0 ? hexDigit(text.charCodeAt(i + 2)) : -1
    if (lo >= 0) {
      out[size++] = hi * 16 + lo
      i += 2
    } else out[size++] = code === 0x5f ? 0x20 : code
  }
  return out.subarray(0, size)
}
