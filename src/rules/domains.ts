// SPDX-License-Identifier: Apache-2.0
/** Where a registered domain ends, by the lists that rule files bring (util_rb_tld, util_rb_2tld, util_rb_3tld). */
import type { Settings } from './settings.ts'

export type Registry = Settings['registry']

const usStates = new Set(
  'ak al ar az ca co ct dc de fl ga gu hi ia id il in ks ky la ma md me mi mn mo ms mt nc nd ne nh nj nm nv ny oh ok or pa pr ri sc sd tn tx ut va vi vt wa wi wv wy'.split(
    ' ',
  ),
)
const labelAtMost63 = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?'
const hostName = new RegExp(
  String.raw`^(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)*${labelAtMost63}\.${labelAtMost63}$`,
)

/** A host name of at least two labels that the DNS can hold (RFC 1035 §2.3.4); underscores only below the domain. */
export function isHostName(host: string): boolean {
  const name = host.toLowerCase().replace(/\.+$/, '')
  return name.length <= 253 && hostName.test(name)
}

/** Ends in a top-level domain that exists; where no list is loaded, in one that could. */
export function hasTopLevel(registry: Registry, host: string): boolean {
  if (/\s/.test(host)) return false
  const top = /\.([^.]+)$/.exec(host.toLowerCase())?.[1]
  if (top === undefined) return false
  return registry.top.size > 0 ? registry.top.has(top) : /^(?:[a-z]{2,24}|xn--[a-z0-9-]{2,59})$/.test(top)
}

/** The registered part of a host name: "www.example.co.uk" → "example.co.uk". */
export function registeredDomain(registry: Registry, host: string): string {
  const labels = host
    .toLowerCase()
    .split('.')
    .filter((one) => one !== '')
  let start = 0
  while (labels.length - start > 1 && !isBoundary(registry, labels.slice(start))) start++
  return labels.slice(Math.max(0, start - 1)).join('.')
}

/** True for labels below which domains are registered. */
function isBoundary(registry: Registry, labels: readonly string[]): boolean {
  const [first = '', second = '', third = '', fourth = ''] = labels
  switch (labels.length) {
    case 2:
      return registry.second.has(labels.join('.'))
    case 3:
      return third === 'us' ? usStates.has(second) : registry.third.has(labels.join('.'))
    case 4:
      return fourth === 'us' && usStates.has(third) && ((first === 'pvt' && second === 'k12') || /^c[io]$/.test(first))
    default:
      return false
  }
}

const ipv4 = /^(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)){3}$/

export function isIpv4(text: string): boolean {
  return ipv4.test(text)
}

/** The host of an address; null where it leads to none that can exist. */
export function hostOfUri(registry: Registry, uri: string): string | null {
  const text = writtenHost(uri.toLowerCase())
  // A host that hides letters behind escapes is not read further.
  if (text === null || (text.includes('%') && /%(?:2[1-9a-f]|[3-6][0-9a-f]|7[0-9a-e])/.test(text))) return null
  return isIpv4(text) || (isHostName(text) && hasTopLevel(registry, text)) ? text : null
}

/** The registered domain of such a host; an address stands for itself. */
export function domainOfHost(registry: Registry, host: string): string {
  return isIpv4(host) ? host : registeredDomain(registry, host)
}

/** What stands where a host stands, in a lower-case address. */
function writtenHost(uri: string): string | null {
  if (/^(?:javascript|cid|file):/.test(uri)) return null
  if (uri.startsWith('mailto:')) {
    const parts = uri.slice(7).replace(/\?.*$/s, '').split('@')
    return parts.length === 2 ? (parts[1] ?? '') : null
  }
  const scheme = /^[a-z]+:\/{0,2}/.exec(uri)?.[0].length ?? 0
  const end = uri.slice(scheme).search(/[/?#]/)
  const authority = end < 0 ? uri.slice(scheme) : uri.slice(scheme, scheme + end)
  return authority.slice(authority.lastIndexOf('@') + 1).replace(/:\d*$/, '')
}
