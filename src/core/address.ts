// SPDX-License-Identifier: Apache-2.0
/** Addresses of the envelope (RFC 5321 §4.1.2, RFC 6531 §3.3). */
import { domainToASCII } from 'node:url'
import type { Domain } from './brand.ts'

export interface Address {
  /** Unquoted, letter case kept: only the last hop may fold it (RFC 5321 §2.4). */
  readonly localPart: string
  /** A domain, or an address literal in brackets; empty only for a bare local part such as postmaster. */
  readonly domain: Domain
}

/** null is the null reverse-path "<>": bounces, which must never be bounced. */
export type ReversePath = Address | null

/** RFC 5321 §4.5.3.1.1–3. */
const maxLocalPart = 64
const maxDomain = 255
const maxPath = 254

const atom =
  /^[A-Za-z0-9!#$%&'*+\-/=?^_`{|}~\u0080-\u{10ffff}]+(?:\.[A-Za-z0-9!#$%&'*+\-/=?^_`{|}~\u0080-\u{10ffff}]+)*$/u
const quoted = /^"(?:[\x20\x21\x23-\x5b\x5d-\x7e\u0080-\u{10ffff}]|\\[\x20-\x7e])*"$/u
const label = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/i

/**
 * The domain in its canonical form (lower case, A-labels, no trailing dot), or null where it is not one.
 * Underscores are let through: they are found in real names.
 */
export function parseDomain(text: string): Domain | null {
  const bare = text.endsWith('.') ? text.slice(0, -1) : text
  if (bare === '' || bare.length > maxDomain) return null
  const ascii = /^[\x00-\x7f]*$/.test(bare) ? bare.toLowerCase() : domainToASCII(bare)
  if (ascii === '' || ascii.length > maxDomain) return null
  return ascii.split('.').every((part) => label.test(part)) ? (ascii as Domain) : null
}

/** "[192.0.2.1]" or "[IPv6:2001:db8::1]" by its looks; whether it is a valid literal is for reject_invalid_helo_hostname. */
export function isAddressLiteral(text: string): boolean {
  return /^\[[0-9A-Za-z:.-]{1,60}\]$/.test(text)
}

/** Parses a mailbox without angle brackets; null where RFC 5321 would answer 501. */
export function parseAddress(text: string): Address | null {
  if (text.length > maxPath * 2) return null
  const at = text.lastIndexOf('@')
  const written = at < 0 ? text : text.slice(0, at)
  const localPart = unquote(written)
  if (localPart === null || Buffer.byteLength(localPart) > maxLocalPart) return null
  if (at < 0) return { localPart, domain: '' as Domain }
  const rest = text.slice(at + 1)
  if (isAddressLiteral(rest)) return { localPart, domain: rest.toLowerCase() as Domain }
  const domain = parseDomain(rest)
  return domain === null ? null : { localPart, domain }
}

function unquote(written: string): string | null {
  if (atom.test(written)) return written
  if (!quoted.test(written)) return null
  return written.slice(1, -1).replace(/\\(.)/g, '$1')
}

/** The address as it stands in a path, quoted where it must be; "" for the null reverse-path. */
export function printAddress(address: ReversePath): string {
  if (address === null) return ''
  const local = atom.test(address.localPart) ? address.localPart : `"${address.localPart.replace(/["\\]/g, '\\$&')}"`
  return address.domain === '' ? local : `${local}@${address.domain}`
}

/** The key under which tables and accounts know an address: lower case throughout. */
export function addressKey(address: Address): string {
  return printAddress(address).toLowerCase()
}

/** The keys under which settings know a domain, the nearest first: "a.example.org", ".example.org", ".org". */
export function domainKeys(domain: string): string[] {
  const labels = domain.split('.')
  return [domain, ...labels.slice(1).map((_, i) => `.${labels.slice(i + 1).join('.')}`)]
}

/** Without its extension ("user+tag" → "user"); null when there is none. */
export function withoutExtension(address: Address, delimiter: string): Address | null {
  const cut =
    delimiter === ''
      ? -1
      : [...delimiter].reduce((found, c) => {
          const i = address.localPart.indexOf(c)
          return i > 0 && (found < 0 || i < found) ? i : found
        }, -1)
  return cut < 0 ? null : { localPart: address.localPart.slice(0, cut), domain: address.domain }
}
