// SPDX-License-Identifier: Apache-2.0
/** The MIME tree (RFC 2045, 2046), found in one pass over the bytes; nothing is decoded before somebody asks. */
import { asBuffer, latin1, nextLine } from '../kit/bytes.ts'
import { decodeCharset, guessText } from './charset.ts'
import { type HeaderList, readHeaders } from './headers.ts'
import { type Defect, limits } from './limits.ts'
import { type ParameterList, parseParameters } from './parameters.ts'
import { Markup } from './tags.ts'
import { decodeTransfer, decodeUu, type TransferEncoding, transferEncoding } from './transfer.ts'

export interface Part {
  readonly headers: HeaderList
  /** 0 for the message itself. */
  readonly depth: number
  /** Byte range of the body as it travels. */
  readonly bodyStart: number
  readonly bodyEnd: number
  /** "text/plain", lower case; what RFC 2045 §5.2 assumes where nothing, or nonsense, is written. */
  readonly type: string
  readonly contentType: ParameterList
  readonly disposition: ParameterList
  /** Decoded; null when the part has no name. */
  readonly fileName: string | null
  readonly encoding: TransferEncoding
  /** Of a multipart, or the one message inside a message/rfc822. */
  readonly children: readonly Part[]
  /** Decoded bytes, at most about `maxBytes`. Kept only when the ceiling is the text ceiling. */
  content(maxBytes: number): Buffer
  /** Decoded text in its charset, up to the text ceiling. */
  readonly text: string
  /** The charset in which `text` was read, as written; null where none is named and the bytes were asked. */
  readonly charset: string | null
  /** The same, for those who read it as HTML: what one has read the next need not. */
  readonly markup: Markup
}

const emptyList: ParameterList = { value: '', parameters: new Map() }

class Node implements Part {
  readonly headers: HeaderList
  readonly depth: number
  readonly type: string
  readonly contentType: ParameterList
  readonly children: Node[] = []
  bodyEnd: number
  readonly #raw: Buffer
  #disposition: ParameterList | null = null
  #content: Buffer | null = null
  #charset: string | null | undefined = undefined
  #text: string | null = null
  #markup: Markup | null = null

  constructor(raw: Buffer, headers: HeaderList, depth: number, fallback: string, limit: number) {
    this.#raw = raw
    this.headers = headers
    this.depth = depth
    this.bodyEnd = limit
    const field = headers.first('content-type')
    this.contentType = field === null ? emptyList : parseParameters(field.value)
    this.type = typeName(this.contentType.value, fallback)
  }

  get bodyStart(): number {
    return this.headers.bodyStart
  }

  get encoding(): TransferEncoding {
    const field = this.headers.first('content-transfer-encoding')
    return field === null ? 'identity' : transferEncoding(field.value)
  }

  get disposition(): ParameterList {
    if (this.#disposition === null) {
      const field = this.headers.first('content-disposition')
      this.#disposition = field === null ? emptyList : parseParameters(field.value)
    }
    return this.#disposition
  }

  get fileName(): string | null {
    return this.disposition.parameters.get('filename') ?? this.contentType.parameters.get('name') ?? null
  }

  content(maxBytes: number): Buffer {
    // What is under the text ceiling is decoded once, whoever asks, and with whatever higher ceiling.
    const isShort = this.bodyEnd - this.bodyStart <= limits.textBytes && maxBytes >= limits.textBytes
    if (!isShort && maxBytes !== limits.textBytes) return this.#decode(maxBytes)
    this.#content ??= this.#decode(limits.textBytes)
    return this.#content
  }

  #decode(maxBytes: number): Buffer {
    return decodeTransfer(this.#raw, this.bodyStart, this.bodyEnd, this.encoding, maxBytes)
  }

  get text(): string {
    this.#text ??= this.#readText()
    return this.#text
  }

  get markup(): Markup {
    this.#markup ??= new Markup(this.text)
    return this.#markup
  }

  get charset(): string | null {
    if (this.#charset === undefined) {
      const named = this.contentType.parameters.get('charset')
      this.#charset = named ?? (this.type === 'text/html' ? metaCharset(this.content(limits.textBytes)) : null)
    }
    return this.#charset
  }

  #readText(): string {
    const bytes = this.content(limits.textBytes)
    return this.charset === null ? guessText(bytes) : decodeCharset(bytes, this.charset)
  }
}

/** RFC 2045 §5.2: a syntactically wrong type is text/plain. */
function typeName(value: string, fallback: string): string {
  if (/^[^\s/]+\/[^\s/]+$/.test(value)) return value
  // "text/html charset=x": mail programs show what was meant.
  const meant = /^(text\/(?:plain|html))\s/.exec(value)?.[1]
  if (meant !== undefined) return meant
  if (value === 'text') return 'text/plain'
  return value === 'html' ? 'text/html' : fallback
}

function metaCharset(bytes: Buffer): string | null {
  const head = latin1(bytes, 0, Math.min(bytes.length, 2048))
  return /<meta[^>]{0,200}charset\s{0,5}=\s{0,5}["']?([\w.:-]{1,40})/i.exec(head)?.[1] ?? null
}

export interface Tree {
  readonly root: Part
  /** Every part, in the order of the bytes, the root first. */
  readonly parts: readonly Part[]
  readonly defects: ReadonlySet<Defect>
}

/** An open multipart: its delimiter lines are looked for until it is closed. */
interface OpenMultipart {
  readonly node: Node
  readonly delimiter: string
}

/** RFC 2046 §5.1.1 allows 70 characters; real software goes beyond. */
const maxDelimiterLine = 300

/** Reads the tree. Whatever the bytes, there is a root. */
export function readTree(bytes: Uint8Array): Tree {
  const reader = new TreeReader(asBuffer(bytes))
  return { root: reader.read(), parts: reader.parts, defects: reader.defects }
}

class TreeReader {
  readonly parts: Node[] = []
  readonly defects = new Set<Defect>()
  readonly #raw: Buffer
  readonly #open: OpenMultipart[] = []
  #shortest = Number.POSITIVE_INFINITY

  constructor(raw: Buffer) {
    this.#raw = raw
  }

  read(): Part {
    const root = this.#begin(0, 0, 'text/plain', null)
    let from = root.bodyStart
    let innermost: Node = this.parts.at(-1) ?? root
    from = innermost.bodyStart
    while (this.#open.length > 0) {
      const found = this.#nextDelimiter(from)
      if (found === null) {
        this.defects.add('unclosed-multipart')
        break
      }
      from = found.next
      this.#closeAt(found.level, found.start)
      if (found.closes) this.#open.length = found.level
      else {
        const parent = this.#open[found.level]?.node
        if (parent === undefined || this.parts.length >= limits.parts) {
          this.defects.add('too-many-parts')
          break
        }
        const fallback = parent.type === 'multipart/digest' ? 'message/rfc822' : 'text/plain'
        this.#begin(found.next, parent.depth + 1, fallback, parent)
        innermost = this.parts.at(-1) ?? parent
        // A delimiter may follow the (empty) header section at once.
        from = Math.max(found.next, innermost.bodyStart - 2)
      }
    }
    return root
  }

  /** Starts a part, and the messages inside it as long as they begin where it does. */
  #begin(start: number, depth: number, fallback: string, parent: Node | null): Node {
    const limit = this.#raw.length
    const node = new Node(this.#raw, readHeaders(this.#raw, start, limit), depth, fallback, limit)
    for (const defect of node.headers.defects) this.defects.add(defect)
    parent?.children.push(node)
    this.parts.push(node)
    if (node.type.startsWith('multipart/')) this.#openMultipart(node)
    else if (node.type === 'message/rfc822' && node.encoding === 'identity') {
      if (depth + 1 > limits.depth) this.defects.add('too-deep')
      else if (this.parts.length < limits.parts) this.#begin(node.bodyStart, depth + 1, 'text/plain', node)
    }
    return node
  }

  #openMultipart(node: Node): void {
    const boundary = node.contentType.parameters.get('boundary')?.trimEnd() ?? ''
    if (boundary === '') this.defects.add('no-boundary')
    else if (node.depth >= limits.depth) this.defects.add('too-deep')
    else {
      this.#open.push({ node, delimiter: `--${boundary}` })
      this.#shortest = Math.min(this.#shortest, boundary.length + 2)
    }
  }

  /** The next line that is a delimiter of any open multipart; the innermost is asked first. */
  #nextDelimiter(from: number): { start: number; next: number; level: number; closes: boolean } | null {
    const raw = this.#raw
    for (let at = from; at < raw.length; ) {
      const dashes = at === 0 || raw[at - 1] === 0x0a ? this.#dashesAt(at) : -1
      const line = dashes >= 0 ? dashes : this.#dashesAfter(at)
      if (line < 0) return null
      const next = nextLine(raw, line, raw.length)
      const hit = this.#match(line, next)
      if (hit !== null) return { start: line, next, ...hit }
      at = next
    }
    return null
  }

  #dashesAt(at: number): number {
    return this.#raw[at] === 0x2d && this.#raw[at + 1] === 0x2d ? at : -1
  }

  #dashesAfter(at: number): number {
    const found = this.#raw.indexOf('\n--', at, 'latin1')
    return found < 0 ? -1 : found + 1
  }

  /** RFC 2046 §5.1.1: delimiter, optional "--", optional white space, line end. One look-up however deep the tree. */
  #match(line: number, next: number): { level: number; closes: boolean } | null {
    if (next - line < this.#shortest || next - line > maxDelimiterLine) return null
    const text = latin1(this.#raw, line, next).trimEnd()
    const open = this.#levelOf(text)
    if (open >= 0) return { level: open, closes: false }
    const close = text.endsWith('--') ? this.#levelOf(text.slice(0, -2).trimEnd()) : -1
    return close < 0 ? null : { level: close, closes: true }
  }

  #levelOf(delimiter: string): number {
    for (let level = this.#open.length - 1; level >= 0; level--) {
      if (this.#open[level]?.delimiter === delimiter) return level
    }
    return -1
  }

  /** Ends every part inside the multipart at `level`: the line end before a delimiter belongs to the delimiter. */
  #closeAt(level: number, start: number): void {
    const raw = this.#raw
    const owner = this.#open[level]?.node
    let end = start
    if (end > 0 && raw[end - 1] === 0x0a) end--
    if (end > 0 && raw[end - 1] === 0x0d) end--
    for (let i = this.parts.length - 1; i >= 0; i--) {
      const part = this.parts[i]
      if (part === undefined || part === owner) break
      if (part.bodyEnd !== raw.length) continue
      part.bodyEnd = Math.max(part.bodyStart, end)
    }
    this.#open.length = level + 1
  }
}

/** Text that travels uuencoded inside a plain part is an attachment in disguise: name and bytes, or null. */
export function uuInside(part: Part, text: string): { name: string; bytes: Buffer } | null {
  const match = /^begin [0-7]{3,4} ([^\r\n]{1,255})\r?$/m.exec(text)
  if (match === null || part.encoding !== 'identity') return null
  const rest = Buffer.from(text.slice(match.index), 'latin1')
  return { name: match[1]?.trim() ?? '', bytes: decodeUu(rest, 0, Math.min(rest.length, limits.textBytes)) }
}
