// SPDX-License-Identifier: Apache-2.0
/** What may be called a host name (RFC 1035 §2.3.1, RFC 1123 §2.1), underscores let through as Postfix does. */
import { parseIp } from '../kit/cidr.ts'

/** RFC 1035 §2.3.4. */
const maxName = 255
const label = /^[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?$/

/** Letters, digits, "-" and "_" in labels, and not digits alone: that would be an address. */
export function isHostname(written: string): boolean {
  const name = withoutFinalDot(written)
  if (name.length > maxName || !/[^0-9.]/.test(name)) return false
  return name.split('.').every((part) => label.test(part))
}

export function isFqdn(name: string): boolean {
  return isHostname(name) && withoutFinalDot(name).includes('.')
}

/** "[192.0.2.1]" or "[IPv6:2001:db8::1]" (RFC 5321 §4.1.3). */
export function isAddressLiteral(name: string): boolean {
  const inner = /^\[(.*)\]$/.exec(name)?.[1]
  if (inner === undefined) return false
  const v6 = /^IPv6:/i.test(inner)
  const address = v6 ? inner.slice(5) : inner
  return v6 === address.includes(':') && parseIp(address) !== null
}

export function isAddress(name: string): boolean {
  return parseIp(name) !== null
}

/** One dot at the end is the root; two are a mistake. */
export function withoutFinalDot(name: string): string {
  return name.endsWith('.') && !name.endsWith('..') ? name.slice(0, -1) : name
}
