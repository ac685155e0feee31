// SPDX-License-Identifier: Apache-2.0
/** Bytes of any charset that mail still comes in → text. Unknown names and broken sequences never throw. */
import { isAscii as areAscii, isUtf8 } from 'node:buffer'
import { TextDecoder } from 'node:util'
import { asBuffer, fromLatin1, isAscii, latin1 } from '../kit/bytes.ts'

const decoders = new Map<string, TextDecoder | null>()

/** Names seen in mail that the Encoding Standard does not list. */
const aliases: Readonly<Record<string, string>> = {
  '': 'windows-1252',
  'us-ascii': 'utf-8',
  ascii: 'utf-8',
  ansi: 'windows-1252',
  'ansi_x3.4-1968': 'utf-8',
  default: 'utf-8',
  default_charset: 'utf-8',
  unknown: 'utf-8',
  'unknown-8bit': 'utf-8',
  '8bit': 'utf-8',
  '7bit': 'utf-8',
  'x-unknown': 'utf-8',
  cp932: 'shift_jis',
  cp936: 'gbk',
  cp949: 'euc-kr',
  cp950: 'big5',
  cp1250: 'windows-1250',
  cp1251: 'windows-1251',
  cp1252: 'windows-1252',
  cp1254: 'windows-1254',
  'iso-8859-8-i': 'iso-8859-8',
  'ks_c_5601-1987': 'euc-kr',
  gb2312_charset: 'gb18030',
}

/** Charsets in which 7-bit bytes are ASCII whatever comes before them: most mail is, and needs no decoder. */
const beginsAsAscii = /^(?:utf-?8|us-ascii|ascii|iso-8859-|windows-125)/

/** True for a lower-case name of such a charset. */
export function isAsciiBased(name: string): boolean {
  return beginsAsAscii.test(name)
}

/** The name that the Encoding Standard has for one written in mail, in lower case. */
function standardName(name: string): string {
  // What every object has is no charset, and senders may write anything.
  return Object.hasOwn(aliases, name) ? (aliases[name] ?? name) : name
}

/** The decoder for a standard name; null when there is none. */
function decoderFor(name: string): TextDecoder | null {
  const known = decoders.get(name)
  if (known !== undefined) return known
  const made = makeDecoder(name)
  // Names are the sender's: without a ceiling this map would grow with every invented one.
  if (decoders.size < 256) decoders.set(name, made)
  return made
}

function makeDecoder(label: string): TextDecoder | null {
  try {
    return new TextDecoder(label)
  } catch {
    return null
  }
}

const decodeC1 = new TextDecoder('windows-1252')

/** Windows-1252, which is Latin-1 but for 27 of the 32 control characters behind ASCII: few texts have one of them. */
export function windows1252(bytes: Uint8Array): string {
  const text = latin1(asBuffer(bytes), 0, bytes.length)
  return text.replace(/[\x80-\x9f]+/g, (run) => decodeC1.decode(fromLatin1(run)))
}

/** What the Encoding Standard reads as windows-1252 (§4.2). */
const isWindows1252 = /^(?:windows-1252|iso-?8859-1|latin1|l1)$/

/** Text of bytes in the named charset. US-ASCII with 8-bit bytes, and unknown names, are read as UTF-8 where it is valid, else as windows-1252. */
export function decodeCharset(bytes: Uint8Array, charset: string): string {
  const name = charset.trim().toLowerCase()
  if (isAsciiBased(name) && areAscii(bytes)) return latin1(asBuffer(bytes), 0, bytes.length)
  if (name === 'utf-7' || name === 'unicode-1-1-utf-7') return decodeUtf7(latin1(asBuffer(bytes), 0, bytes.length))
  if (name === 'utf-8' || name === 'utf8') return asBuffer(bytes).toString('utf8', startOfText(bytes))
  const resolved = standardName(name)
  if (isWindows1252.test(resolved)) return windows1252(bytes)
  if (resolved === 'utf-8') return guessText(bytes)
  // ISO-2022 is 7-bit: text with 8-bit bytes bears the wrong name.
  if (resolved.startsWith('iso-2022-') && !isAscii(latin1(asBuffer(bytes), 0, bytes.length))) return guessText(bytes)
  const decoder = decoderFor(resolved)
  return decoder === null ? guessText(bytes) : decoder.decode(bytes)
}

function startOfText(bytes: Uint8Array): number {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0
}

/** Text of bytes that name no charset: UTF-8 where it is valid, else windows-1252. */
export function guessText(bytes: Uint8Array): string {
  if (areAscii(bytes)) return latin1(asBuffer(bytes), 0, bytes.length)
  return isUtf8(bytes) ? asBuffer(bytes).toString('utf8', startOfText(bytes)) : windows1252(bytes)
}

/** RFC 2152. Runs of modified base64 hold UTF-16BE. */
export function decodeUtf7(text: string): string {
  let out = ''
  let at = 0
  while (at < text.length) {
    const plus = text.indexOf('+', at)
    if (plus < 0) break
    out += text.slice(at, plus)
    let end = plus + 1
    while (end < text.length && isBase64(text.charCodeAt(end))) end++
    out += end === plus + 1 ? '+' : utf16be(text.slice(plus + 1, end))
    at = text[end] === '-' ? end + 1 : end
  }
  return out + text.slice(at)
}

function utf16be(base64: string): string {
  const bytes = Buffer.from(base64, 'base64')
  const even = bytes.subarray(0, bytes.length & ~1)
  return even.swap16().toString('utf16le')
}

function isBase64(code: number): boolean {
  return (
    (code >= 0x41 && code <= 0x5a) ||
    (code >= 0x61 && code <= 0x7a) ||
    (code >= 0x30 && code <= 0x39) ||
    code === 0x2b ||
    code === 0x2f
  )
}
