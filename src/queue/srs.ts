// SPDX-License-Identifier: Apache-2.0
/**
 * The sender rewriting scheme: reverse-paths of mail that we send on to other hosts, so that SPF finds our own domain,
 * and the way back for its bounces. An address of ours that was not made here, or too long ago, leads nowhere.
 *
 *   SRS0=HASH=DAY=example.net=user@OURS            user@example.net was the sender
 *   SRS1=HASH=first.example==…=example.net=user@OURS   first.example had rewritten it before us
 */
import { createHmac, timingSafeEqual } from 'node:crypto'
import { type Address, parseDomain } from '../core/address.ts'
import type { Domain, EpochMs } from '../core/brand.ts'

export interface SrsOptions {
  readonly domain: Domain
  /** The first one signs, all of them verify: that is how a key is replaced. */
  readonly secrets: readonly Uint8Array[]
  readonly lifetimeMs: number
  readonly now: () => EpochMs
}

const dayMs = 86_400_000
/** Two characters of base 32. */
const dayCycle = 1024
const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
/** 30 bits: a guess costs an SMTP transaction, and wins a bounce to one address. */
const hashLength = 6
/** RFC 5321 §4.5.3.1.1. */
const maxLocalPart = 64

function dayText(now: number): string {
  const day = Math.floor(now / dayMs) % dayCycle
  return `${alphabet[day >> 5]}${alphabet[day & 31]}`
}

function dayNumber(text: string): number {
  const [high, low] = [...text.toUpperCase()].map((c) => alphabet.indexOf(c))
  return high === undefined || low === undefined || high < 0 || low < 0 || text.length !== 2 ? -1 : high * 32 + low
}

/** Local parts come back in other letter case: what is signed has none, and neither has the signature. */
function hashOf(secret: Uint8Array, text: string): string {
  const digest = createHmac('sha256', secret).update(text.toLowerCase()).digest()
  return Array.from(digest.subarray(0, hashLength), (byte) => alphabet[byte & 31]).join('')
}

export class Srs {
  readonly #options: SrsOptions

  constructor(options: SrsOptions) {
    this.#options = options
  }

  /** True for what only decode() may explain. */
  owns(address: Address): boolean {
    return address.domain === this.#options.domain && /^SRS[01][=+-]/i.test(address.localPart)
  }

  /** The reverse-path to use in place of a sender's; null where it would be too long. */
  encode({ localPart, domain }: Address): Address | null {
    const rewritten = /^SRS([01])([=+-].*)$/i.exec(localPart)
    if (rewritten === null) return this.#sign('SRS0', `${dayText(this.#options.now())}=${domain}=${localPart}`)
    const rest = rewritten[2] ?? ''
    if (rewritten[1] === '0') return this.#sign('SRS1', `${domain}=${rest}`)
    // Only the first and the last of a chain of forwarders stand in the address.
    const between = /^[=+-][^=]+=(.+)$/.exec(rest)?.[1]
    return between === undefined ? null : this.#sign('SRS1', between)
  }

  /** Whom a bounce to an address of ours is for; null: forged, or too old. */
  decode(address: Address): Address | null {
    const match = /^SRS([01])[=+-]([^=]{1,40})=(.+)$/i.exec(address.localPart)
    const [, version, hash = '', text = ''] = match ?? []
    if (match === null || !this.#isSigned(hash, text)) return null
    return version === '0' ? this.#original(text) : first(text)
  }

  #original(text: string): Address | null {
    const [, day = '', domain = '', localPart = ''] = /^([^=]+)=([^=]+)=(.+)$/.exec(text) ?? []
    const { lifetimeMs, now } = this.#options
    const age = (Math.floor(now() / dayMs) - dayNumber(day) + dayCycle) % dayCycle
    if (dayNumber(day) < 0 || age * dayMs > lifetimeMs) return null
    return addressOf(localPart, domain)
  }

  #sign(version: string, text: string): Address | null {
    const [secret] = this.#options.secrets
    if (secret === undefined) return null
    const localPart = `${version}=${hashOf(secret, text)}=${text}`
    return Buffer.byteLength(localPart) > maxLocalPart ? null : { localPart, domain: this.#options.domain }
  }

  #isSigned(hash: string, text: string): boolean {
    const given = Buffer.from(hash.toUpperCase())
    return this.#options.secrets.some((secret) => {
      const right = Buffer.from(hashOf(secret, text))
      return right.length === given.length && timingSafeEqual(right, given)
    })
  }
}

/** The forwarder before us can undo its own. */
function first(text: string): Address | null {
  const [, domain = '', rest = ''] = /^([^=]+)=([=+-].+)$/.exec(text) ?? []
  return addressOf(`SRS0${rest}`, domain)
}

function addressOf(localPart: string, text: string): Address | null {
  const domain = parseDomain(text)
  return domain === null || localPart === '' ? null : { localPart, domain }
}
