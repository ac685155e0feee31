// SPDX-License-Identifier: Apache-2.0
/** Parts of a message as rules look at them: which are text, in which charset, and their decoded bytes. */
import { isUtf8 } from 'node:buffer'
import { TextDecoder } from 'node:util'
import { isAscii, latin1 } from '../kit/bytes.ts'
import { decodeCharset } from '../message/charset.ts'
import type { Message } from '../message/open.ts'
import type { Part } from '../message/structure.ts'
import { decodedValue } from './field-views.ts'

export interface PartView {
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
}

/** Bytes of one part that rules see. */
const maxBytes = 1_000_000
/** Lines of parts inside a multipart are broken beyond this. */
const maxLine = 2048

export function viewParts(message: Message): PartView[] {
  return message.parts.map(viewPart)
}

function viewPart(part: Part): PartView {
  const contentType = lastValue(part, 'content-type')
  const type = typeOf(part, contentType)
  const disposition = lastValue(part, 'content-disposition')
  const name = nameOf(contentType, disposition)
  return {
    part,
    contentType,
    type,
    effectiveType: /\.s?html?$/i.test(name) ? 'text/html' : type,
    charset: /\bcharset\s*=\s*["']?(.*?)["']?(?:;|$)/i.exec(contentType)?.[1] ?? null,
    name,
    isLeaf: part.children.length === 0,
    encoding: lastValue(part, 'content-transfer-encoding').toLowerCase(),
    disposition: disposition.toLowerCase(),
  }
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
  const isBroken = type.startsWith('multipart/') && !/\bboundary\s*=/i.test(contentType)
  return isBroken ? 'text/plain' : type
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

/** The bytes as they travel, line ends made LF, long lines broken as SpamAssassin's reader breaks them. */
export function rawLines(view: PartView, raw: Buffer): string {
  const { bodyStart, bodyEnd, depth } = view.part
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

/** Decoded bytes, one code unit per byte, line ends made LF in text. */
export function decodedBytes(view: PartView, raw: Buffer): string {
  if (view.encoding !== 'base64' && view.encoding !== 'quoted-printable') return rawLines(view, raw)
  const bytes = view.part.content(maxBytes)
  const text = latin1(bytes, 0, bytes.length)
  return view.encoding === 'base64' && !/^(?:text|message)\b/.test(view.type) ? text : unixLines(text)
}

const windows1252 = new TextDecoder('windows-1252')

/** Characters of bytes (one code unit each): UTF-8 where that is what they are, else as declared, else windows-1252. */
export function charactersOf(bytes: string, charset: string | null): string {
  const declared = (charset ?? 'us-ascii').trim().toLowerCase()
  if (isAscii(bytes)) return is7bitCode(declared) ? decodeCharset(Buffer.from(bytes, 'latin1'), declared) : bytes
  const buffer = Buffer.from(bytes, 'latin1')
  if (isUtf8(buffer)) return buffer.toString('utf8')
  const latin = /^(?:(?:us-)?ascii|utf-?8|iso-?8859-1|windows-1252|cp1252)$/.test(declared)
  if (latin) return windows1252.decode(buffer)
  try {
    return new TextDecoder(declared, { fatal: true }).decode(buffer)
  } catch {
    return windows1252.decode(buffer)
  }
}

/** Charsets in which plain ASCII bytes may stand for something else. */
function is7bitCode(charset: string): boolean {
  return /^(?:iso-2022|utf-7|utf-16|hz-gb)/.test(charset)
}
