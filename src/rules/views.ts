// SPDX-License-Identifier: Apache-2.0
/**
 * The texts that rules look at, made from a message when the first rule asks. All are UTF-8 with one code unit per byte:
 * rule files are matched as bytes, V8 runs patterns on one-byte text fastest, and the prefilter reads it as it is.
 */
import { type Address, printAddress, type ReversePath } from '../core/address.ts'
import type { AuthReport } from '../core/auth.ts'
import type { EpochMs } from '../core/brand.ts'
import { isAscii, latin1 } from '../kit/bytes.ts'
import { parseMailboxes } from '../message/addresses.ts'
import type { HeaderList } from '../message/headers.ts'
import type { Message } from '../message/open.ts'
import { percentDecode } from '../message/parameters.ts'
import type { HeaderForm } from './tests.ts'

/** What the session and the earlier examiners know. */
export interface RuleFacts {
  readonly reversePath: ReversePath
  readonly clientIp: string
  /** Confirmed reverse name, or "unknown". */
  readonly clientName: string
  readonly helo: string
  readonly recipients: readonly Address[]
  readonly auth: AuthReport | null
  readonly now: EpochMs
}

/** An eval: test. What was found, for the evidence (may be empty); null when the test does not hit. */
export type EvalTest = (views: Views, args: readonly string[]) => string | null

/** Characters of text that rules are tried on. */
export const ceilings = {
  body: 131_072,
  paragraph: 4096,
  rawbody: 262_144,
  chunk: 8192,
  full: 262_144,
  uris: 1000,
} as const

export class Views {
  readonly message: Message
  readonly facts: RuleFacts
  #body: readonly string[] | null = null
  #rawbody: readonly string[] | null = null
  #uris: readonly string[] | null = null

  constructor(message: Message, facts: RuleFacts) {
    this.message = message
    this.facts = facts
  }

  /** The decoded Subject, then the paragraphs of the visible text, white space made one space. */
  get body(): readonly string[] {
    if (this.#body === null) {
      const paragraphs: string[] = []
      addParagraphs(paragraphs, this.message.headers.text('subject'), ceilings.body)
      let left: number = ceilings.body
      for (const text of this.message.texts) {
        if (left <= 0) break
        addParagraphs(paragraphs, text.visible, left)
        left -= text.visible.length
      }
      this.#body = paragraphs
    }
    return this.#body
  }

  /** Decoded text parts with their markup, in pieces that end with a line where possible. */
  get rawbody(): readonly string[] {
    if (this.#rawbody === null) {
      const chunks: string[] = []
      let left: number = ceilings.rawbody
      for (const text of this.message.texts) {
        if (left <= 0) break
        addChunks(chunks, asBytes(text.source.slice(0, left)))
        left -= text.source.length
      }
      this.#rawbody = chunks
    }
    return this.#rawbody
  }

  /** Links as written and, where that differs, decoded. */
  get uris(): readonly string[] {
    if (this.#uris === null) {
      const uris = new Set<string>()
      for (const link of this.message.links) {
        const href = asBytes(link.href)
        uris.add(href)
        if (link.scheme === '' && link.host !== '') uris.add(`http://${href}`)
        if (href.includes('%')) uris.add(percentDecode(href))
        if (uris.size >= ceilings.uris) break
      }
      this.#uris = [...uris]
    }
    return this.#uris
  }

  /** The message as it is. */
  get full(): readonly string[] {
    return [latin1(this.message.raw, 0, Math.min(this.message.raw.length, ceilings.full))]
  }

  /** The value that a header rule is tried on; null when there is no such field. */
  header(name: string, form: HeaderForm): string | null {
    switch (name.toUpperCase()) {
      case 'ALL':
        return allHeaders(this.message, form)
      case 'TOCC':
        return joined(['to', 'cc'].map((key) => fieldText(this.message.headers, key, form)))
      case 'ENVELOPEFROM':
        return printAddress(this.facts.reversePath)
      case 'MESSAGEID':
        return joined(
          ['x-message-id', 'message-id', 'resent-message-id'].map((key) => fieldText(this.message.headers, key, form)),
        )
      default:
        return fieldText(this.message.headers, name, form)
    }
  }
}

/** One code unit per byte of UTF-8. Nothing is copied where the text is ASCII. */
export function asBytes(text: string): string {
  return isAscii(text) ? text : Buffer.from(text, 'utf8').toString('latin1')
}

function joined(values: readonly (string | null)[]): string | null {
  const present = values.filter((value) => value !== null)
  return present.length === 0 ? null : present.join('\n')
}

/** Fields of one name, joined by line ends. */
export function fieldText(headers: HeaderList, name: string, form: HeaderForm): string | null {
  const fields = headers.all(name)
  const [first] = fields
  if (first === undefined) return null
  switch (form) {
    case 'raw':
      return fields.map((field) => field.raw).join('\n')
    case 'addr':
      return asBytes(parseMailboxes(first.value)[0]?.address ?? '')
    case 'name':
      return asBytes(parseMailboxes(first.value)[0]?.name ?? '')
    case 'decoded':
      return fields.length === 1 ? asBytes(first.decoded) : fields.map((field) => asBytes(field.decoded)).join('\n')
  }
}

function allHeaders(message: Message, form: HeaderForm): string {
  const { headers, raw } = message
  if (form === 'raw') return latin1(raw, headers.start, headers.end)
  return headers.fields.map((field) => `${field.name}: ${asBytes(field.decoded)}`).join('\n')
}

const lineFeed = 0x0a

/** Splits at empty lines and makes every run of white space one space, in one pass. */
function addParagraphs(into: string[], text: string, max: number): void {
  const bytes = Buffer.from(text.slice(0, max), 'utf8')
  const out = Buffer.allocUnsafe(bytes.length + 1)
  let size = 0
  let start = 0
  for (let i = 0; i < bytes.length; ) {
    const code = bytes[i] as number
    if (code > 0x20 && !(code === 0xc2 && bytes[i + 1] === 0xa0)) {
      out[size++] = code
      i++
      continue
    }
    let ends = 0
    while (i < bytes.length) {
      const blank = bytes[i] as number
      if (blank === lineFeed) ends++
      else if (blank === 0xc2 && bytes[i + 1] === 0xa0)
        i++ // no-break space
      else if (blank > 0x20) break
      i++
    }
    if (ends > 1 || size - start > ceilings.paragraph) {
      if (size > start) into.push(latin1(out, start, size))
      start = size
    } else if (size > start) out[size++] = 0x20
  }
  if (size > start) into.push(latin1(out, start, size))
}

function addChunks(into: string[], text: string): void {
  for (let at = 0; at < text.length; ) {
    let end = Math.min(text.length, at + ceilings.chunk)
    if (end < text.length) {
      const line = text.lastIndexOf('\n', end)
      if (line > at + ceilings.chunk / 2) end = line + 1
    }
    into.push(text.slice(at, end))
    at = end
  }
}
