// SPDX-License-Identifier: Apache-2.0
/** The door of this room: bytes → Message. What it means is worked out when asked for, once. */
import { asBuffer } from '../kit/bytes.ts'
import { type Attachment, findAttachments } from './attachments.ts'
import type { HeaderList } from './headers.ts'
import { type HtmlReading, readHtml } from './html.ts'
import { type Defect, limits } from './limits.ts'
import { type Link, makeLink, textLinks } from './links.ts'
import { type Hop, receivedChain } from './received.ts'
import { type Part, readTree, type Tree } from './structure.ts'

/** A text part as a person meets it. */
export interface TextPart {
  readonly part: Part
  /** Decoded text as written: markup and all. */
  readonly source: string
  /** Null for plain text. */
  readonly html: HtmlReading | null
  /** What is seen: the source of plain text, the visible text of HTML. */
  readonly visible: string
}

export interface Message {
  readonly raw: Buffer
  readonly headers: HeaderList
  /** Where the body of the whole message begins. */
  readonly bodyStart: number
  readonly root: Part
  /** Every part in the order of the bytes, the root first. */
  readonly parts: readonly Part[]
  /** Text parts, alternatives and text attachments included. */
  readonly texts: readonly TextPart[]
  /** Visible text of all text parts, in order, joined by empty lines. */
  readonly visibleText: string
  /** Text that styles hide. */
  readonly hiddenText: string
  /** Links of HTML and of plain text, in order, each once. */
  readonly links: readonly Link[]
  readonly attachments: readonly Attachment[]
  /** From the newest to the oldest. */
  readonly received: readonly Hop[]
  /** Ceilings that were met, and breaches of form. */
  readonly defects: ReadonlySet<Defect>
}

/** Opens a message. Costs nothing before something is asked; never throws, whatever the bytes. The bytes must not change. */
export function openMessage(raw: Uint8Array): Message {
  return new LazyMessage(asBuffer(raw))
}

class LazyMessage implements Message {
  readonly raw: Buffer
  #tree: Tree | null = null
  #texts: readonly TextPart[] | null = null
  #visibleText: string | null = null
  #links: readonly Link[] | null = null
  #attachments: readonly Attachment[] | null = null
  #received: readonly Hop[] | null = null

  constructor(raw: Buffer) {
    this.raw = raw
  }

  #read(): Tree {
    this.#tree ??= readTree(this.raw)
    return this.#tree
  }

  get headers(): HeaderList {
    return this.#read().root.headers
  }

  get bodyStart(): number {
    return this.headers.bodyStart
  }

  get root(): Part {
    return this.#read().root
  }

  get parts(): readonly Part[] {
    return this.#read().parts
  }

  get defects(): ReadonlySet<Defect> {
    return this.#read().defects
  }

  get texts(): readonly TextPart[] {
    this.#texts ??= readTexts(this.parts)
    return this.#texts
  }

  get visibleText(): string {
    this.#visibleText ??= this.texts
      .map((text) => text.visible)
      .join('\n\n')
      .slice(0, limits.visibleChars)
    return this.#visibleText
  }

  get hiddenText(): string {
    return this.texts.map((text) => text.html?.hidden ?? '').join('')
  }

  get links(): readonly Link[] {
    this.#links ??= collectLinks(this.texts)
    return this.#links
  }

  get attachments(): readonly Attachment[] {
    this.#attachments ??= findAttachments(this.parts)
    return this.#attachments
  }

  get received(): readonly Hop[] {
    this.#received ??= receivedChain(this.headers)
    return this.#received
  }
}

/** Text beyond the ceiling for the whole message is not read. */
function readTexts(parts: readonly Part[]): TextPart[] {
  const texts: TextPart[] = []
  let chars = 0
  for (const part of parts) {
    if (!part.type.startsWith('text/')) continue
    if (chars >= limits.visibleChars) break
    const source = part.text
    const html = part.type === 'text/html' || looksLikeHtml(part.type, source) ? readHtml(part.markup) : null
    const visible = html === null ? source : html.text
    chars += source.length
    texts.push({ part, source, html, visible })
  }
  return texts
}

/** Mail programs show HTML as such only where it is declared; what begins as a page was meant as one. */
function looksLikeHtml(type: string, source: string): boolean {
  return type === 'text/plain' && /^\s{0,200}(?:<!doctype html|<html[\s>])/i.test(source.slice(0, 300))
}

function collectLinks(texts: readonly TextPart[]): Link[] {
  const links = new Map<string, Link>()
  for (const text of texts) {
    for (const link of text.html?.links ?? []) add(links, makeLink(link.kind, link.href, link.shown))
    for (const link of textLinks(text.visible)) if (!links.has(`a ${link.href}`)) add(links, link)
    if (links.size >= limits.links) break
  }
  return [...links.values()]
}

function add(links: Map<string, Link>, link: Link): void {
  const key = `${link.kind} ${link.href}`
  if (links.size < limits.links && !links.has(key)) links.set(key, link)
}
