// SPDX-License-Identifier: Apache-2.0
/** Parts of a message as rules look at them: which are text, in which charset, and their decoded bytes. */
import { isAscii as areAscii, isUtf8 } from 'node:buffer'
import { TextDecoder } from 'node:util'
import { isAscii, latin1 } from '../kit/bytes.ts'
import { decodeCharset, isAsciiBased, windows1252 } from '../message/charset.ts'
import { limits } from '../message/limits.ts'
import type { Message } from '../message/open.ts'
import type { Part } from '../message/structure.ts'
import { Markup } from '../message/tags.ts'
import { decodedValue } from './field-views.ts'

/** Bytes of one part that rules see. */
const maxBytes = 1_000_000
/** Lines of parts inside a multipart are broken beyond this. */
const maxLine = 2048

const charsetIn = /\bcharset\s*=\s*["']?(.*?)["']?(?:;|$)/i

export interface PartHtml {
  readonly markup: Markup
  readonly hasCrlf: boolean
}

export class PartView {
  readonly part: Part
  /** The last Content-Type field, decoded, or empty. */
  readonly contentType: string
  /** Lower case; any other text/* is text/plain. */
  readonly type: string
  /** As type, but text/html where the name says so. */
  readonly effectiveType: string
  readonly charset: string | null
  readonly name: string
  readonly isLeaf: boolean
  /** Lower case, without the line end: of Content-Transfer-Encoding and Content-Disposition. */
  readonly encoding: string
  readonly disposition: string
  readonly #raw: Buffer
  #lines: string | null = null
  #bytes: string | null = null
  #html: PartHtml | null = null

  constructor(part: Part, raw: Buffer) {
    this.part = part
    this.#raw = raw
    this.contentType = lastValue(part, 'content-type')
    this.type = typeOf(part, this.contentType)
    const disposition = lastValue(part, 'content-disposition')
    this.name = nameOf(this.contentType, disposition)
    this.effectiveType = /\.s?html?$/i.test(this.name) ? 'text/html' : this.type
    this.charset = charsetIn.exec(this.contentType)?.[1] ?? null
    this.isLeaf = part.children.length === 0
    this.encoding = lastValue(part, 'content-transfer-encoding').toLowerCase()
    this.disposition = disposition.toLowerCase()
  }

  /** The bytes as they travel, line ends made LF, long lines broken as SpamAssassin's reader breaks them. */
  get lines(): string {
    this.#lines ??= rawLines(this.part, this.#raw)
    return this.#lines
  }

  /** Decoded bytes, one code unit per byte, line ends made LF in text. */
  get bytes(): string {
    this.#bytes ??= isEncoded(this.encoding) ? decodedBytes(this) : this.lines
    return this.#bytes
  }

  /** Characters of a text part. */
  get text(): string {
    return charactersOf(this.bytes, this.charset)
  }

  /** Its HTML: that of the message room, which others read too, where the characters are the same. */
  get html(): PartHtml {
    this.#html ??= isSameText(this)
      ? { markup: this.part.markup, hasCrlf: true }
      : { markup: new Markup(this.text), hasCrlf: false }
    return this.#html
  }
}

export function viewParts(message: Message): PartView[] {
  return message.parts.map((part) => new PartView(part, message.raw))
}

function isEncoded(encoding: string): boolean {
  return encoding === 'base64' || encoding === 'quoted-printable'
}

/** True when the text of the message room has the same characters, line ends apart. In doubt it has not. */
function isSameText(view: PartView): boolean {
  const { part, encoding } = view
  const isWhole = part.bodyEnd - part.bodyStart <= limits.textBytes
  if (!isWhole || part.encoding !== (isEncoded(encoding) ? encoding : 'identity') || !view.type.startsWith('text/'))
    return false
  const bytes = part.content(limits.textBytes)
  if (!isEncoded(encoding) && part.depth > 0 && hasLongLine(bytes)) return false
  const [ours, theirs] = [(view.charset ?? 'us-ascii').trim().toLowerCase(), part.charset?.trim().toLowerCase() ?? null]
  if (areAscii(bytes)) return !is7bitCode(ours) && (theirs === null || isAsciiBased(theirs))
  const hasMark = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf
  if (isUtf8(bytes)) return !hasMark && (theirs === null || /^(?:utf-?8|(?:us-)?ascii)$/.test(theirs))
  return theirs === ours && /^(?:iso-8859-1|windows-1252)$/.test(ours)
}

function hasLongLine(bytes: Buffer): boolean {
  let start = 0
  while (bytes.length - start > maxLine) {
    const end = bytes.lastIndexOf(0x0a, start + maxLine - 1)
    if (end < start) return true
    start = end + 1
  }
  return false
}

function lastValue(part: Part, name: string): string {
  const field = part.headers.all(name).at(-1)
  return field === undefined ? '' : decodedValue(field).slice(0, 4000)
}

function typeOf(part: Part, contentType: string): string {
  if (contentType === '') return part.type
  const written = /^\s*([^/;]+(?:\/[^/\s;]*)?)/.exec(contentType)?.[1]?.toLowerCase().trim() ?? ''
  if (written === '' || (/^text\b/.test(written) && !/^text\/(?:x-vcard|calendar|html)$/.test(written)))
    return 'text/plain'
  const type = written.replace(/[^!#$%&'*+./0-9^_`a-z{|}~-]/g, '')
  // A multipart in which no part begins is all text, whatever its boundary.
  return type.startsWith('multipart/') && part.children.length === 0 ? 'text/plain' : type
}

function nameOf(contentType: string, disposition: string): string {
  const given = /name=\s*"?([^";]+)"?/i.exec(disposition)?.[1]
  if (given !== undefined) return given
  const plain = /\b(?:file)?name\s*=\s*["']?(.*?)["']?(?:;|$)/i.exec(contentType)?.[1] ?? ''
  if (plain !== '') return plain
  let name = ''
  for (const match of contentType.matchAll(/\b(?:file)?name\*\d{1,3}\s*=\s*["']?(.*?)["']?(?:;|$)/gi))
    name += match[1] ?? ''
  return name
}

function rawLines({ bodyStart, bodyEnd, depth }: Part, raw: Buffer): string {
  const text = unixLines(latin1(raw, bodyStart, Math.min(bodyEnd, bodyStart + maxBytes * 2)))
  return depth > 0 ? breakLines(text) : text
}

function unixLines(text: string): string {
  return text.includes('\r') ? text.replaceAll('\r\n', '\n') : text
}

function breakLines(text: string): string {
  let out = ''
  let from = 0
  for (let start = 0; start < text.length; ) {
    const end = text.indexOf('\n', start)
    const next = end < 0 ? text.length : end + 1
    for (let at = start + maxLine; at < next; at += maxLine) {
      out += `${text.slice(from, at)}\n`
      from = at
    }
    start = next
  }
  return from === 0 ? text : out + text.slice(from)
}

function decodedBytes({ part, encoding, type }: PartView): string {
  const bytes = part.content(maxBytes)
  const text = latin1(bytes, 0, bytes.length)
  return encoding === 'base64' && !/^(?:text|message)\b/.test(type) ? text : unixLines(text)
}

/** Characters of bytes (one code unit each): UTF-8 where that is what they are, else as declared, else windows-1252. */
function charactersOf(bytes: string, charset: string | null): string {
  const declared = (charset ?? 'us-ascii').trim().toLowerCase()
  if (isAscii(bytes)) return is7bitCode(declared) ? decodeCharset(Buffer.from(bytes, 'latin1'), declared) : bytes
  const buffer = Buffer.from(bytes, 'latin1')
  if (isUtf8(buffer)) return buffer.toString('utf8')
  const latin = /^(?:(?:us-)?ascii|utf-?8|iso-?8859-1|windows-1252|cp1252)$/.test(declared)
  if (latin) return windows1252(buffer)
  try {
    return new TextDecoder(declared, { fatal: true }).decode(buffer)
  } catch {
    return windows1252(buffer)
  }
}

/** Charsets in which plain ASCII bytes may stand for something else. */
function is7bitCode(charset: string): boolean {
  return /^(?:iso-2022|utf-7|utf-16|hz-gb)/.test(charset)
}
