// SPDX-License-Identifier: Apache-2.0
/** What stands before "=~" in a header rule: fields by name, gathered fields, and what is known of the relays. */
import { printAddress } from '../core/address.ts'
import { trimBytes } from '../message/headers.ts'
import type { Message } from '../message/open.ts'
import { parseAddresses } from './addresses.ts'
import { isHostName, registeredDomain } from './domains.ts'
import type { RuleFacts } from './facts.ts'
import { allFields, asBytes, decodeValue, unfoldedValues, valuesOf } from './field-views.ts'
import { printRelays, type Relays } from './relays.ts'
import type { Settings } from './settings.ts'

/** Which part of a value is meant: ":raw:addr" and the like. */
export interface FieldRequest {
  readonly name: string
  readonly raw: boolean
  readonly part: 'whole' | 'addr' | 'name' | 'host' | 'domain' | 'ip' | 'revip'
  /** Of the address instead of the whole value. */
  readonly ofAddress: boolean
  readonly which: 'all' | 'first' | 'last'
}

/** Reads "From:addr:first"; the name of an unknown modifier when there is one. */
export function parseFieldRequest(text: string): FieldRequest | { readonly unknown: string } {
  const [name = '', ...modifiers] = text.split(':')
  let request: FieldRequest = { name, raw: false, part: 'whole', ofAddress: false, which: 'all' }
  for (const modifier of modifiers) {
    if (modifier === 'raw') request = { ...request, raw: true }
    else if (modifier === 'first' || modifier === 'last') request = { ...request, which: modifier }
    else if (modifier === 'addr' && request.part !== 'whole') request = { ...request, ofAddress: true }
    else if (modifier === 'addr' || modifier === 'name') request = { ...request, part: modifier }
    else if (modifier === 'host' || modifier === 'domain' || modifier === 'ip' || modifier === 'revip')
      request = { ...request, part: modifier, ofAddress: request.part === 'addr' }
    else if (modifier !== '') return { unknown: modifier }
  }
  return request
}

const requests = new Map<string, FieldRequest | { readonly unknown: string }>()
/** Requests come from rule files and from tests of our own, so there are not many. */
const maxRequests = 2000

function requestOf(text: string): FieldRequest | { readonly unknown: string } {
  const known = requests.get(text)
  if (known !== undefined) return known
  const parsed = parseFieldRequest(text)
  if (requests.size < maxRequests) requests.set(text, parsed)
  return parsed
}

/** What fields are read from. */
export interface FieldSource {
  readonly message: Message
  readonly facts: RuleFacts
  readonly settings: Settings
  readonly relays: Relays
}

export class FieldReader {
  readonly #views: FieldSource
  readonly #kept = new Map<string, readonly string[]>()
  #sender: string | null | undefined = undefined

  constructor(views: FieldSource) {
    this.#views = views
  }

  /** Every value of what a request names, such as "From:addr"; empty when there is none. */
  all(request: string): readonly string[] {
    let values = this.#kept.get(request)
    if (values === undefined) {
      const parsed = requestOf(request)
      values = 'unknown' in parsed ? [] : this.#read(parsed)
      this.#kept.set(request, values)
    }
    return values
  }

  /** The values as one text, each whole one with its line end; empty when there is none. */
  text(request: string): string {
    return this.all(request).join('')
  }

  /** The values as header rules see them: one text, or null where there is no such field. */
  joined(request: string): string | null {
    const values = this.all(request)
    const [first] = values
    return first === undefined ? null : values.join(first.endsWith('\n') ? '' : '\n')
  }

  /** The first value without its line end; empty when there is none. */
  first(request: string): string {
    return (this.all(request)[0] ?? '').replace(/\n$/, '')
  }

  #read(request: FieldRequest): readonly string[] {
    const whole = this.#whole(request)
    const chosen = request.which === 'first' ? whole.slice(0, 1) : request.which === 'last' ? whole.slice(-1) : whole
    const { part } = request
    if (part === 'whole') return chosen
    const taken = part === 'addr' || part === 'name' || request.ofAddress ? addressParts(chosen, request) : chosen
    if (part === 'addr' || part === 'name') return taken
    return taken.flatMap((line) => hostPart(line, request, this.#views) ?? [])
  }

  #whole(request: FieldRequest): readonly string[] {
    const { headers } = this.#views.message
    const { name, raw } = request
    switch (name) {
      case 'ALL':
        return allFields(headers, raw)
      case 'ALL-TRUSTED':
      case 'ALL-UNTRUSTED':
      case 'ALL-INTERNAL':
      case 'ALL-EXTERNAL':
        return this.#gathered(name, raw)
      case 'MESSAGEID':
        return ['x-message-id', 'resent-message-id', 'x-original-message-id', 'message-id'].flatMap((key) =>
          unfoldedValues(headers, key, raw),
        )
      default:
        return this.#byName(name.toLowerCase(), request)
    }
  }

  #byName(name: string, { raw, part, ofAddress }: FieldRequest): readonly string[] {
    // The relays are read when a name asks for them: few rules do.
    const { message } = this.#views
    switch (name) {
      case 'envelopefrom': {
        const sender = this.envelopeFrom
        return sender === null ? [] : [sender]
      }
      case 'tocc':
        return ['to', 'cc'].flatMap((key) => unfoldedValues(message.headers, key, raw))
      case 'x-spam-relays-trusted':
        return [printRelays(this.#views.relays.trusted)]
      case 'x-spam-relays-untrusted':
        return [printRelays(this.#views.relays.untrusted)]
      case 'x-spam-relays-internal':
        return [printRelays(this.#views.relays.internal)]
      case 'x-spam-relays-external':
        return [printRelays(this.#views.relays.external)]
      default: {
        // Addresses are read before encoded words are: a word may hold a comma.
        const fromRaw = raw || part === 'addr' || part === 'name' || ofAddress
        return valuesOf(message.headers, name, fromRaw)
      }
    }
  }

  /** The fields above, or from, the Received field that our own hosts wrote last. */
  #gathered(name: string, raw: boolean): readonly string[] {
    const { relays } = this.#views
    const last = (name === 'ALL-TRUSTED' || name === 'ALL-UNTRUSTED' ? relays.lastTrusted : relays.lastInternal) + 1
    const isAbove = name === 'ALL-TRUSTED' || name === 'ALL-INTERNAL'
    const lines: string[] = []
    let index = -1
    for (const line of this.all(raw ? 'ALL:raw' : 'ALL')) {
      if (/^Received:/i.test(line)) index++
      if (isAbove || index >= last) lines.push(line)
      if (isAbove && index >= last) break
    }
    return lines
  }

  /** Who sent the message, by the session or by what the receiving hosts noted; null when nobody knows. */
  get envelopeFrom(): string | null {
    if (this.#sender === undefined) this.#sender = this.#findSender()
    return this.#sender
  }

  #findSender(): string | null {
    const { facts, settings } = this.#views
    if (facts.clientIp !== '') return asBytes(printAddress(facts.reversePath))
    const named = settings.words.get('envelope_sender_header')
    if (named !== undefined) {
      const found = this.all(`${named}:first:addr`)[0]
      return found?.includes('@') ? found : null
    }
    const { relays } = this.#views
    const noted = (relays.untrusted[0] ?? relays.trusted.at(-1))?.envelopeFrom
    if (noted !== undefined && noted !== null && (noted.indexOf('@') > 0 || noted === '')) return noted
    if (
      this.all('X-Sender:first:addr').some((one) => one.includes('@')) &&
      this.text('Received').includes('(fetchmail')
    )
      return null
    for (const name of ['X-Envelope-From', 'Envelope-Sender', 'Return-Path']) {
      const found = this.all(`${name}:first:addr`)[0]
      if (found === undefined) continue
      if (!this.#isBelowReceived(name)) return found
      if (name === 'X-Envelope-From') return null
    }
    return null
  }

  /** What stands below a Received field was there before the last host saw the message. */
  #isBelowReceived(name: string): boolean {
    const keys = this.#views.message.headers.fields.map((field) => field.key)
    const received = keys.indexOf('received')
    return received >= 0 && keys.lastIndexOf(name.toLowerCase()) > received
  }
}

function addressParts(lines: readonly string[], { part, raw }: FieldRequest): string[] {
  return lines.flatMap((line) =>
    parseAddresses(line.replace(/\n[ \t]+/g, ' ')).flatMap(({ address, phrase }) => {
      if (part !== 'name') return address ?? []
      return phrase === null ? [] : [raw ? phrase : shownName(phrase)]
    }),
  )
}

function shownName(phrase: string): string {
  const name = trimBytes(decodeValue(phrase, false).replace(/[ \t-\r]+/g, ' '))
  return name.replace(/^'(.*?)'$/, '$1')
}

const hostText = /(?<![._-])(\S{1,251}\.[a-z0-9-]{2,60})(?![._-])/gi

function hostPart(line: string, request: FieldRequest, views: FieldSource): string | null {
  if (request.part === 'ip' || request.part === 'revip') {
    const ip = /(?<![.\d])\d{1,3}(?:\.\d{1,3}){3}(?![.\d])/.exec(line)?.[0] ?? null
    return ip !== null && request.part === 'revip' ? ip.split('.').reverse().join('.') : ip
  }
  const behind = /.*@(\S+)/.exec(line)?.[1]
  const host = request.ofAddress ? behind : (behind ?? firstHost(line))
  if (host === undefined) return null
  return request.part === 'domain' ? registeredDomain(views.settings.registry, host) : host
}

function firstHost(line: string): string | undefined {
  for (const match of line.slice(0, 2000).matchAll(hostText)) if (isHostName(match[1] ?? '')) return match[1]
  return undefined
}
