// SPDX-License-Identifier: Apache-2.0
/** The way a message says to have come: which relays are trusted, and the lines that rules look at. */
import type { ReversePath } from '../core/address.ts'
import { isPrivateIp, type Relay, readRelay } from './relay-line.ts'
import { type Settings, within } from './settings.ts'

export interface PlacedRelay extends Relay {
  readonly isInternal: boolean
  readonly isSubmission: boolean
  readonly isPrivate: boolean
}

export interface Relays {
  /** From the newest to the oldest. */
  readonly trusted: readonly PlacedRelay[]
  readonly untrusted: readonly PlacedRelay[]
  readonly internal: readonly PlacedRelay[]
  readonly external: readonly PlacedRelay[]
  readonly unparseable: number
  /** Index of the last Received field that a trusted, or internal, host wrote; -1 for none. */
  readonly lastTrusted: number
  readonly lastInternal: number
}

/** The connection that brought the message, which no Received field tells yet; null when nothing is known of it. */
export interface ClientHop {
  readonly ip: string
  /** Confirmed reverse name, or empty. */
  readonly name: string
  readonly helo: string
  readonly reversePath: ReversePath
  readonly sender: string
}

/** Reads the chain: the client first, then the Received fields as they stand. */
export function readRelays(received: readonly string[], client: ClientHop | null, settings: Settings): Relays {
  const walk = new Walk(settings)
  if (client !== null) walk.place(clientRelay(client))
  for (const field of received) walk.field(field)
  return walk.done()
}

function clientRelay(client: ClientHop): Relay {
  return {
    ip: client.ip,
    rdns: client.name,
    helo: client.helo,
    by: '',
    id: '',
    ident: '',
    envelopeFrom: client.sender,
    auth: '',
    hasNoName: client.name === '',
  }
}

class Walk {
  readonly #settings: Settings
  readonly #isTold: boolean
  readonly #trusted: PlacedRelay[] = []
  readonly #untrusted: PlacedRelay[] = []
  readonly #internal: PlacedRelay[] = []
  readonly #external: PlacedRelay[] = []
  #inTrusted = true
  #inInternal = true
  #foundSubmission = false
  #unparseable = 0
  #lastTrusted = -1
  #lastInternal = -1

  constructor(settings: Settings) {
    this.#settings = settings
    this.#isTold = settings.trusted.length > 0 || settings.internal.length > 0
  }

  field(text: string): void {
    const line = readRelay(text)
    if (line?.kind === 'relay') {
      this.place(line.relay)
      if (this.#inTrusted) this.#lastTrusted++
      if (this.#inInternal) this.#lastInternal++
      return
    }
    if (line === null) this.#unparseable++
    // A fetcher starts the chain anew, where we still trust who says so.
    if (line?.kind === 'fetched' && this.#untrusted.length === 0)
      for (const list of [this.#trusted, this.#internal, this.#external]) list.length = 0
    if (this.#inTrusted) this.#lastTrusted++
    if (this.#inInternal) this.#lastInternal++
  }

  place(relay: Relay): void {
    const isPrivate = isPrivateIp(relay.ip)
    let isSubmission = false
    if (this.#inTrusted && !this.#foundSubmission) {
      if (this.#isTold) isSubmission = this.#byNetworks(relay)
      else if (!isPrivate && relay.auth === '') {
        this.#inTrusted = false
        this.#inInternal = false
      }
    }
    const placed = { ...relay, isInternal: this.#inInternal, isSubmission, isPrivate }
    ;(this.#inTrusted ? this.#trusted : this.#untrusted).push(placed)
    ;(this.#inInternal ? this.#internal : this.#external).push(placed)
  }

  /** True when the relay is one that our own users hand their mail to. */
  #byNetworks({ ip, auth }: Relay): boolean {
    const { trusted, internal, submission } = this.#settings
    const isOurs = isPrivateIp(ip) && ip.startsWith('127.')
    const isTrusted = isOurs || within(trusted.length > 0 ? trusted : internal, ip)
    if (auth === '' && !isTrusted) {
      this.#inTrusted = false
      this.#inInternal = false
      return false
    }
    if (auth === '' && !isOurs && !within(internal.length > 0 ? internal : trusted, ip)) this.#inInternal = false
    if (!within(submission, ip)) return false
    this.#foundSubmission = true
    return true
  }

  done(): Relays {
    return {
      trusted: this.#trusted,
      untrusted: this.#untrusted,
      internal: this.#internal,
      external: this.#external,
      unparseable: this.#unparseable,
      lastTrusted: this.#lastTrusted,
      lastInternal: this.#lastInternal,
    }
  }
}

/** The form in which rules look at relays. */
export function printRelays(relays: readonly PlacedRelay[]): string {
  return relays.map(printRelay).join(' ')
}

function printRelay(relay: PlacedRelay): string {
  const { ip, rdns, helo, by, ident, envelopeFrom, id, auth } = relay
  const [intl, msa] = [relay.isInternal ? 1 : 0, relay.isSubmission ? 1 : 0]
  return `[ ip=${ip} rdns=${rdns} helo=${helo} by=${by} ident=${ident} envfrom=${envelopeFrom ?? ''} intl=${intl} id=${id} auth=${auth} msa=${msa} ]`
}
