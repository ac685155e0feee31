// SPDX-License-Identifier: Apache-2.0
/** The grammar of an SPF record (RFC 7208 §4.5, §5, §6, §12): all of it is read before any of it is used. */
import { contains, type Ip, type Network, parseIp } from '../kit/cidr.ts'
import { type MacroString, parseDomainSpec, parseMacroString } from './spf-macro.ts'

export type Qualifier = '+' | '-' | '~' | '?'

export type Mechanism =
  | { readonly kind: 'all' }
  | { readonly kind: 'include' | 'exists'; readonly domain: MacroString }
  | { readonly kind: 'ptr'; readonly domain: MacroString | null }
  | { readonly kind: 'a' | 'mx'; readonly domain: MacroString | null; readonly bits4: number; readonly bits6: number }
  | { readonly kind: 'ip4' | 'ip6'; readonly network: Network }

export interface Directive {
  readonly qualifier: Qualifier
  readonly mechanism: Mechanism
  /** As written, for reports. */
  readonly text: string
}

export interface SpfRecord {
  readonly directives: readonly Directive[]
  readonly redirect: MacroString | null
  readonly explanation: MacroString | null
}

/** §4.5: the version is followed by a space or nothing. */
export function isSpfRecord(text: string): boolean {
  return /^v=spf1(?: |$)/i.test(text)
}

/** §5.6: no leading zeros. */
const prefix = /^(?:0|[1-9][0-9]{0,2})$/

function bitsOf(text: string | undefined, max: number): number | null {
  if (text === undefined) return max
  return prefix.test(text) && Number(text) <= max ? Number(text) : null
}

/** The words of an address as a record means it: "::ffff:192.0.2.1" is IPv6 there. */
function wordsOf(text: string, isV4: boolean): Ip | null {
  if (isV4 === text.includes(':') || text.includes('%')) return null
  const words = parseIp(text)
  if (words === null || isV4) return words
  return words.length === 1 ? [0, 0, 0xffff, ...words] : words
}

function maskOf(bits: number): number {
  if (bits <= 0) return 0
  return bits >= 32 ? 0xffffffff : ~(0xffffffff >>> bits) >>> 0
}

/** The network of so many leading bits around an address. */
export function networkOf(words: Ip, bits: number): Network {
  const masks = words.map((_, i) => maskOf(bits - i * 32))
  return { words: words.map((word, i) => (word & (masks[i] ?? 0)) >>> 0), masks }
}

/** Whether two addresses of one kind share their leading bits. */
export function sharesPrefix(a: Ip, b: Ip, bits: number): boolean {
  return contains(networkOf(a, bits), b)
}

function parseNetwork(rest: string, isV4: boolean): Mechanism | null {
  if (!rest.startsWith(':')) return null
  const [address = '', length, ...more] = rest.slice(1).split('/')
  const words = wordsOf(address, isV4)
  const bits = bitsOf(length, isV4 ? 32 : 128)
  if (words === null || bits === null || more.length > 0) return null
  return { kind: isV4 ? 'ip4' : 'ip6', network: networkOf(words, bits) }
}

/** §12 dual-cidr-length at the end; the domain-spec before it may hold slashes of its own. */
const dualCidr = /(?:\/([0-9]+))?(?:\/\/([0-9]+))?$/

function parseHosts(kind: 'a' | 'mx', rest: string): Mechanism | null {
  const match = dualCidr.exec(rest)
  const bits4 = bitsOf(match?.[1], 32)
  const bits6 = bitsOf(match?.[2], 128)
  const target = rest.slice(0, match?.index ?? rest.length)
  if (bits4 === null || bits6 === null) return null
  if (target === '') return { kind, domain: null, bits4, bits6 }
  const domain = target.startsWith(':') ? parseDomainSpec(target.slice(1)) : null
  return domain === null ? null : { kind, domain, bits4, bits6 }
}

function parseTarget(rest: string): MacroString | null {
  return rest.startsWith(':') ? parseDomainSpec(rest.slice(1)) : null
}

/** @param rest what follows the name, with its separator */
function parseMechanism(name: string, rest: string): Mechanism | null {
  switch (name) {
    case 'all':
      return rest === '' ? { kind: 'all' } : null
    case 'include':
    case 'exists': {
      const domain = parseTarget(rest)
      return domain === null ? null : { kind: name, domain }
    }
    case 'ptr': {
      const domain = parseTarget(rest)
      return domain === null && rest !== '' ? null : { kind: 'ptr', domain }
    }
    case 'a':
    case 'mx':
      return parseHosts(name, rest)
    case 'ip4':
    case 'ip6':
      return parseNetwork(rest, name === 'ip4')
    default:
      return null
  }
}

const modifier = /^([a-z][a-z0-9_.-]*)=(.*)$/is
const directive = /^([+\-~?]?)([a-z][a-z0-9_.-]*)([:/].*)?$/is

/** What is wrong with a term is told by the term itself; it is cut, for it goes into replies and logs. */
const wrong = (term: string): string => `invalid term "${term.slice(0, 60)}"`

/** Longest record that is read: 64 kB of DNS answer hold it, no honest record comes near. */
const maxRecord = 16 * 1024

/** The record, or what is wrong with it: one bad term makes the whole record a permerror (§4.6). */
export function parseSpfRecord(text: string): SpfRecord | string {
  if (text.length > maxRecord) return 'record too long'
  const directives: Directive[] = []
  const modifiers = new Map<string, MacroString>()
  for (const term of text.split(' ').slice(1)) {
    if (term === '') continue
    const [, name, value = ''] = modifier.exec(term) ?? []
    if (name !== undefined) {
      const key = name.toLowerCase()
      const isOurs = key === 'redirect' || key === 'exp'
      const parsed = isOurs ? parseDomainSpec(value) : parseMacroString(value, false)
      if (parsed === null) return wrong(term)
      // §6: redirect and exp stand at most once; what is unknown is ignored (§6, last paragraph).
      if (isOurs && modifiers.has(key)) return `${key}= stands twice`
      modifiers.set(key, parsed)
      continue
    }
    const [, qualifier = '', mechanismName = '', rest = ''] = directive.exec(term) ?? []
    const mechanism = parseMechanism(mechanismName.toLowerCase(), rest)
    if (mechanism === null) return wrong(term)
    directives.push({ qualifier: (qualifier === '' ? '+' : qualifier) as Qualifier, mechanism, text: term })
  }
  return { directives, redirect: modifiers.get('redirect') ?? null, explanation: modifiers.get('exp') ?? null }
}
