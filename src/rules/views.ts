// SPDX-License-Identifier: Apache-2.0
/**
 * The texts that rules look at, made from a message when the first rule asks. All are UTF-8 with one code unit per byte:
 * rule files are matched as bytes, V8 runs patterns on one-byte text fastest, and the prefilter reads it as it is.
 */
import { printAddress } from '../core/address.ts'
import { latin1 } from '../kit/bytes.ts'
import type { Message } from '../message/open.ts'
import { isIpv4 } from './domains.ts'
import type { RuleFacts } from './facts.ts'
import { FieldReader } from './field-reader.ts'
import { asBytes, decodedValue } from './field-views.ts'
import { type HtmlView, viewHtml } from './html-view.ts'
import type { Lookups } from './lookups.ts'
import { cutChunks, toParagraphs, truncateAt } from './paragraphs.ts'
import { type PartView, viewParts } from './part-views.ts'
import { type ClientHop, type Relays, readRelays } from './relays.ts'
import type { Settings } from './settings.ts'
import { listUris, signersOf, type UriList } from './uri-list.ts'

/** An eval: test. What was found, for the evidence (may be empty); null when the test does not hit. */
export type EvalTest = (views: Views, args: readonly string[], rule: string) => string | null

/** Characters of one part that rules are tried on; SpamAssassin's body_part_scan_size and rawbody_part_scan_size. */
const ceilings = { body: 50_000, rawbody: 500_000, full: 1_000_000, bodyTotal: 500_000 } as const

/** A text part as it is rendered for body rules. */
export interface RenderedPart {
  readonly view: PartView
  readonly isHtml: boolean
  readonly text: string
  readonly html: HtmlView | null
}

export class Views {
  readonly message: Message
  readonly facts: RuleFacts
  readonly settings: Settings
  readonly fields: FieldReader
  /** What DNS lists answered; null where none is asked. */
  lookups: Lookups | null = null
  #parts: readonly PartView[] | null = null
  #rendered: readonly RenderedPart[] | null = null
  #html: readonly HtmlView[] | null = null
  #body: readonly string[] | null = null
  #rawbody: readonly string[] | null = null
  #uriList: UriList | null = null
  #relays: Relays | null = null
  readonly #kept = new Map<object, unknown>()

  constructor(message: Message, facts: RuleFacts, settings: Settings) {
    this.message = message
    this.facts = facts
    this.settings = settings
    this.fields = new FieldReader(this)
  }

  get parts(): readonly PartView[] {
    this.#parts ??= viewParts(this.message)
    return this.#parts
  }

  /** Text parts that are leaves, rendered. */
  get rendered(): readonly RenderedPart[] {
    this.#rendered ??= this.parts.flatMap((view) => renderPart(view))
    return this.#rendered
  }

  /** HTML parts, in order. */
  get html(): readonly HtmlView[] {
    this.#html ??= this.rendered.flatMap((part) => part.html ?? [])
    return this.#html
  }

  /** The decoded Subject, then the paragraphs of the rendered text, white space made one space. */
  get body(): readonly string[] {
    if (this.#body === null) {
      const subject = this.message.headers.all('subject').at(-1)
      const texts = new Map(this.rendered.map((part) => [part.view, part.text]))
      let text = ''
      for (const part of this.parts) {
        if (!part.isLeaf) continue
        // Parts are set apart by a line end, parts without text too.
        if (text !== '') text += '\n'
        text += truncateAt(texts.get(part) ?? '', ceilings.body, ['\n', ' '])
        if (text.length > ceilings.bodyTotal) break
      }
      const first = subject === undefined ? '\n' : `${decodedValue(subject)}\n`
      this.#body = [first, ...toParagraphs(text)]
    }
    return this.#body
  }

  /** Decoded text parts with their markup, in pieces of 2 to 4 kB. */
  get rawbody(): readonly string[] {
    this.#rawbody ??= this.parts.flatMap((part) => {
      if (!part.isLeaf || !/^(?:text|message)\b/.test(part.effectiveType) || part.type === 'text/calendar') return []
      return cutChunks(truncateAt(part.bytes, ceilings.rawbody, ['\n', '>', ' ']))
    })
    return this.#rawbody
  }

  get uriList(): UriList {
    const { registry, redirectors } = this.settings
    this.#uriList ??= listUris(this.body, this.html, signersOf(this.fields, this.settings), { registry, redirectors })
    return this.#uriList
  }

  /** Links in every form. */
  get uris(): readonly string[] {
    return this.uriList.all
  }

  /** The message as it is. */
  get full(): readonly string[] {
    const { raw, headers } = this.message
    const start = headers.fields[0]?.start ?? 0
    return [latin1(raw, start, Math.min(raw.length, start + ceilings.full))]
  }

  get relays(): Relays {
    this.#relays ??= readRelays(this.#receivedFields(), this.#client(), this.settings)
    return this.#relays
  }

  #receivedFields(): string[] {
    const { headers } = this.message
    const received = this.fields.all('Received').slice(0, maxReceived)
    for (const name of this.settings.originatingFields) {
      const field = headers.all(name).at(-1)
      const ip = field === undefined ? undefined : ipText.exec(decodedValue(field))?.[0]
      if (ip !== undefined && (isIpv4(ip) || ip.includes(':'))) received.push(`from X-Originating-IP: ${ip}`)
    }
    return received
  }

  #client(): ClientHop | null {
    const { clientIp, clientName, helo, reversePath } = this.facts
    if (clientIp === '') return null
    const name = clientName === 'unknown' ? '' : asBytes(clientName)
    return { ip: clientIp, name, helo: asBytes(helo), reversePath, sender: asBytes(printAddress(reversePath)) }
  }

  /** Worked out once a message: what several tests share. */
  once<T>(make: (views: Views) => T): T {
    if (!this.#kept.has(make)) this.#kept.set(make, make(this))
    return this.#kept.get(make) as T
  }
}

const maxReceived = 100
const ipText = /(?<![\w.:])(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9a-f]{0,4}(?::[0-9a-f]{0,4}){2,7})(?![\w.:])/i

function renderPart(view: PartView): RenderedPart[] {
  if (!view.isLeaf || !(view.effectiveType === 'text/plain' || view.effectiveType === 'text/html')) return []
  if (view.effectiveType === 'text/plain') return [{ view, isHtml: false, text: view.text, html: null }]
  const { markup, hasCrlf } = view.html
  if (markup.html === '') return [{ view, isHtml: false, text: '', html: null }]
  const html = viewHtml(markup, hasCrlf)
  return [{ view, isHtml: true, text: html.rendered, html }]
}
