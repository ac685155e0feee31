// SPDX-License-Identifier: Apache-2.0
/** What rule files say about DNS lists: which lists are asked about links, which names are not asked, how many. */
import { parseNumericSubtest, type Subtest } from './subtests.ts'

/** What of a link's host is looked up in the list. */
export type UriListKind =
  /** Addresses of the host, or of its domain's name servers (uridnsbl). */
  | 'addresses'
  /** The domain, or the host itself (urirhsbl). */
  | 'domains'
  /** The domains of its name servers (urinsrhsbl), or their whole names (urifullnsrhsbl). */
  | 'server-domains'
  | 'server-names'

export interface UriListDefinition {
  readonly kind: UriListKind
  readonly zone: string
  readonly type: 'a' | 'txt'
  /** null: any record. */
  readonly subtest: Subtest | null
}

export interface DnsSettings {
  /** By rule name. */
  readonly uriLists: Map<string, UriListDefinition>
  /** Domains and hosts of links that no list is asked about. */
  readonly skippedDomains: Set<string>
  /** By domain, "*" for all others: whether names below it must not be asked. */
  readonly denied: Map<string, boolean>
  /** A zone that is left alone for a while when the rule hits. */
  readonly blockRules: { readonly rule: string; readonly zone: string }[]
  /** Single values by the name of their directive. */
  readonly values: Map<string, string>
}

export function emptyDnsSettings(): DnsSettings {
  return { uriLists: new Map(), skippedDomains: new Set(), denied: new Map(), blockRules: [], values: new Map() }
}

const uriLists: ReadonlyMap<string, { readonly kind: UriListKind; readonly isTested: boolean }> = new Map([
  ['uridnsbl', { kind: 'addresses', isTested: false }],
  ['uridnssub', { kind: 'addresses', isTested: true }],
  ['urirhsbl', { kind: 'domains', isTested: false }],
  ['urirhssub', { kind: 'domains', isTested: true }],
  ['urinsrhsbl', { kind: 'server-domains', isTested: false }],
  ['urinsrhssub', { kind: 'server-domains', isTested: true }],
  ['urifullnsrhsbl', { kind: 'server-names', isTested: false }],
  ['urifullnsrhssub', { kind: 'server-names', isTested: true }],
])
const values = new Set(
  'dns_available skip_rbl_checks skip_uribl_checks uridnsbl_max_domains uridnsbl_skip_mailto dns_block_time num_check_received rbl_headers'.split(
    ' ',
  ),
)
const others = [
  'uridnsbl_skip_domain',
  'clear_uridnsbl_skip_domain',
  'dns_query_restriction',
  'clear_dns_query_restriction',
  'dns_block_rule',
]

export const dnsSettingNames: readonly string[] = [...uriLists.keys(), ...values, ...others]

/** Reads a line. False when the directive is none of ours; a text says what is wrong with it. */
export function readDnsSetting(dns: DnsSettings, directive: string, words: readonly string[]): boolean | string {
  const list = uriLists.get(directive)
  if (list !== undefined) return readUriList(dns, list.kind, list.isTested, words)
  if (values.has(directive)) {
    dns.values.set(directive, words.join(' '))
    return true
  }
  switch (directive) {
    case 'uridnsbl_skip_domain':
      for (const word of words) dns.skippedDomains.add(word.toLowerCase())
      return true
    case 'clear_uridnsbl_skip_domain':
      if (words.length === 0) dns.skippedDomains.clear()
      for (const word of words) dns.skippedDomains.delete(word.toLowerCase())
      return true
    case 'dns_query_restriction':
      return readRestriction(dns, words)
    case 'clear_dns_query_restriction':
      dns.denied.clear()
      return true
    case 'dns_block_rule':
      return readBlockRule(dns, words)
    default:
      return false
  }
}

function readUriList(dns: DnsSettings, kind: UriListKind, isTested: boolean, words: readonly string[]): true | string {
  const [rule = '', zone = '', type = '', subtest = ''] = words
  if (rule === '' || zone === '') return 'write the rule, the zone of the list and the type of record'
  if (type !== 'A' && type !== 'TXT') return `"${type}" is no type of record that lists have: use A or TXT`
  const parsed = isTested ? parseNumericSubtest(subtest) : null
  if (typeof parsed === 'string') return parsed
  dns.uriLists.set(rule, { kind, zone: zoneName(zone), type: type === 'A' ? 'a' : 'txt', subtest: parsed })
  return true
}

/** The last dot of a zone may be written; what is asked has none. */
export function zoneName(text: string): string {
  return text.replace(/\.+$/, '').toLowerCase()
}

function readRestriction({ denied }: DnsSettings, [word = '', ...domains]: readonly string[]): true | string {
  if (!/^(?:allow|deny)$/i.test(word) || domains.length === 0) return 'write "allow" or "deny", then domains or "*"'
  for (const domain of domains) denied.set(zoneName(domain), word.toLowerCase() === 'deny')
  return true
}

function readBlockRule({ blockRules }: DnsSettings, [rule = '', ...zones]: readonly string[]): true | string {
  if (zones.length === 0) return 'write the rule, then the zones'
  blockRules.push(...zones.map((zone) => ({ rule, zone: zoneName(zone) })))
  return true
}

/** A number that files set; the standard value where none did, or nonsense. */
export function numberSetting({ values: set }: DnsSettings, name: string, standard: number): number {
  const value = Number(set.get(name) ?? Number.NaN)
  return Number.isFinite(value) && value >= 0 ? value : standard
}
