// SPDX-License-Identifier: Apache-2.0
/** Words and bodies as a person reads them, for searching and for BINARY (RFC 2045 §6, RFC 2047). */

/** Unknown charsets are read as Windows-1252, which never fails. */
export function decodeCharset(bytes: Uint8Array, charset: string): string {
  try {
    return new TextDecoder(charset === '' ? 'utf-8' : charset).decode(bytes)
  } catch {
    return new TextDecoder('windows-1252').decode(bytes)
  }
}

/** Null where the encoding is unknown. Broken input gives what can be read of it. */
export function decodeTransfer(bytes: Buffer, encoding: string): Buffer | null {
  switch (encoding.trim().toLowerCase()) {
    case '':
    case '7bit':
    case '8bit':
    case 'binary':
      return bytes
    case 'base64':
      return Buffer.from(bytes.toString('latin1'), 'base64')
    case 'quoted-printable':
      return decodeQuotedPrintable(bytes)
    default:
      return null
  }
}

function decodeQuotedPrintable(bytes: Buffer): Buffer {
  const out = Buffer.allocUnsafe(bytes.length)
  let to = 0
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at] ?? 0
    if (byte !== 61) {
      out[to++] = byte
      continue
    }
    const end = softBreak(bytes, at + 1)
    const hex = hexDigit(bytes[at + 1]) * 16 + hexDigit(bytes[at + 2])
    if (end > 0) at = end - 1
    else if (Number.isNaN(hex)) out[to++] = byte
    else {
      out[to++] = hex
      at += 2
    }
  }
  return out.subarray(0, to)
}

/** Behind a soft line break, which may have white space before its CRLF; 0 where there is none. */
function softBreak(bytes: Buffer, start: number): number {
  let at = start
  while (bytes[at] === 32 || bytes[at] === 9) at += 1
  if (bytes[at] === 13) at += 1
  return bytes[at] === 10 ? at + 1 : 0
}

function hexDigit(byte: number | undefined): number {
  return byte === undefined ? Number.NaN : Number.parseInt(String.fromCharCode(byte), 16)
}

/** A Latin-1 header value as Unicode: encoded words opened, raw 8-bit text taken as UTF-8. */
export function decodeWords(value: string): string {
  const joined = value.replace(/(\?=)[ \t]+(=\?)/g, '$1$2')
  const word = /=\?([A-Za-z0-9_.:-]{1,40})(?:\*[A-Za-z0-9-]{1,20})?\?([bBqQ])\?([^?\s]{0,2000})\?=/g
  let out = ''
  let last = 0
  for (const found of joined.matchAll(word)) {
    const [whole, charset = '', kind, text = ''] = found
    out += decodeCharset(Buffer.from(joined.slice(last, found.index), 'latin1'), 'utf-8')
    const bytes = kind?.toLowerCase() === 'b' ? Buffer.from(text, 'base64') : qWord(text)
    out += decodeCharset(bytes, charset)
    last = found.index + whole.length
  }
  return out + decodeCharset(Buffer.from(joined.slice(last), 'latin1'), 'utf-8')
}

function qWord(text: string): Buffer {
  return decodeQuotedPrintable(Buffer.from(text.replaceAll('_', ' '), 'latin1'))
}
