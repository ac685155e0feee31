// SPDX-License-Identifier: Apache-2.0
/** Where a registered domain ends, by the lists that rule files bring (util_rb_tld, util_rb_2tld, util_rb_3tld). */
import type { Settings } from './settings.ts'

export type Registry = Settings['registry']

const usStates = new Set(
  'ak al ar az ca co ct dc de fl ga gu hi ia id il in ks ky la ma md me mi mn mo ms mt nc nd ne nh nj nm nv ny oh ok or pa pr ri sc sd tn tx ut va vi vt wa wi wv wy'.split(
    ' ',
  ),
)
const label = /^[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?$/

/** A host name of at least two labels that the DNS can hold (RFC 1035 §2.3.4); underscores only below the domain. */
export function isHostName(host: string): boolean {
  const name = host.toLowerCase().replace(/\.+$/, '')
  if (name.length > 253) return false
  const labels = name.split('.')
  return (
    labels.length > 1 &&
    labels.every((one, i) => one.length <= 63 && label.test(one) && (i < labels.length - 2 || !one.includes('_')))
  )
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

/** The host of an address and its registered domain; null where it leads to no host that can exist. */
export function hostOfUri(registry: Registry, uri: string): { host: string; domain: string } | null {
  let text = uri.toLowerCase()
  if (/^(?:javascript|cid|file):/.test(text)) return null
  if (text.startsWith('mailto:')) {
    const parts = text.slice(7).replace(/\?.*$/s, '').split('@')
    if (parts.length !== 2) return null
    text = parts[1] ?? ''
  } else {
    text = text.replace(/^[a-z]+:\/{0,2}/, '').replace(/[/?#].*$/s, '')
    text = text.slice(text.lastIndexOf('@') + 1).replace(/:\d*$/, '')
  }
  // A host that hides letters behind escapes is not read further.
  if (/%(?:2[1-9a-f]|[3-6][0-9a-f]|7[0-9a-e])/.test(text)) return null
  if (isIpv4(text)) return { host: text, domain: text }
  if (!isHostName(text) || !hasTopLevel(registry, text)) return null
  return { host: text, domain: registeredDomain(registry, text) }
}
