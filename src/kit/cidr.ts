// SPDX-License-Identifier: Apache-2.0
/** IPv4 and IPv6 addresses and networks, as numbers (RFC 4291, RFC 4632, RFC 5952). */

import { isDigit } from './bytes.ts'

/** One 32-bit word for IPv4, four for IPv6, most significant first. */
export type Ip = readonly number[]

export interface Network {
  readonly words: Ip
  readonly masks: readonly number[]
}

const [dot, colon, zero] = [0x2e, 0x3a, 0x30]

/** Longest text of an address that is looked at: a full IPv6 address with an embedded IPv4 one has 45 characters. */
const maxText = 45

/**
 * An address, or null. An IPv4 address that came in IPv6 clothes ("::ffff:192.0.2.1", RFC 4291 §2.5.5.2) is the IPv4
 * address: a socket that listens on both shows IPv4 clients so. Zone indexes ("%eth0") are dropped.
 */
export function parseIp(text: string): Ip | null {
  if (text.length > maxText) return null
  if (!text.includes(':')) {
    const word = ipv4Word(text, 0)
    return word === null ? null : [word]
  }
  const zone = text.indexOf('%')
  const words = ipv6Words(zone < 0 ? text : text.slice(0, zone))
  if (words === null) return null
  const last = words[3]
  return words[0] === 0 && words[1] === 0 && words[2] === 0xffff && last !== undefined ? [last] : words
}

/** Four decimal octets without leading zeros: some readers take "010" for eight. */
function ipv4Word(text: string, from: number): number | null {
  let [word, octet, digits, dots] = [0, 0, 0, 0]
  for (let at = from; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === dot) {
      if (digits === 0 || ++dots > 3) return null
      word = word * 256 + octet
      octet = 0
      digits = 0
      continue
    }
    if (!isDigit(code) || (digits > 0 && octet === 0)) return null
    octet = octet * 10 + code - zero
    digits++
    if (octet > 255) return null
  }
  return dots === 3 && digits > 0 ? word * 256 + octet : null
}

/** Eight groups of up to four hexadecimal digits; "::" stands for those that are left out, once. */
function ipv6Words(text: string): number[] | null {
  const groups: number[] = []
  let gap = -1
  let at = text.startsWith('::') ? 2 : 0
  if (at === 2) gap = 0
  while (at < text.length) {
    if (groups.length === 8) return null
    const end = groupEnd(text, at)
    if (text.charCodeAt(end) === dot) {
      // An IPv4 address at the end counts for two (RFC 4291 §2.2).
      const word = ipv4Word(text, at)
      if (word === null) return null
      groups.push(word >>> 16, word & 0xffff)
      break
    }
    if (end === at || end - at > 4) return null
    groups.push(Number.parseInt(text.slice(at, end), 16))
    at = end
    if (at === text.length) break
    if (text.charCodeAt(at) !== colon || ++at === text.length) return null
    if (text.charCodeAt(at) !== colon) continue
    if (gap >= 0) return null
    gap = groups.length
    at++
  }
  return wordsOf(groups, gap)
}

function groupEnd(text: string, from: number): number {
  let at = from
  while (at < text.length && isHex(text.charCodeAt(at))) at++
  return at
}

function isHex(code: number): boolean {
  return isDigit(code) || ((code | 32) >= 0x61 && (code | 32) <= 0x66)
}

function wordsOf(groups: readonly number[], gap: number): number[] | null {
  const missing = 8 - groups.length
  // "::" stands for at least one group (RFC 5952 §4.2.2 asks writers for two, readers take one).
  if (gap < 0 ? missing !== 0 : missing < 1) return null
  const at = (i: number): number => (gap < 0 || i < gap ? groups[i] : i < gap + missing ? 0 : groups[i - missing]) ?? 0
  const words: number[] = []
  for (let i = 0; i < 8; i += 2) words.push(((at(i) << 16) | at(i + 1)) >>> 0)
  return words
}

/** The address in its shortest form (RFC 5952 §4). */
export function printIp(ip: Ip): string {
  const [first = 0] = ip
  if (ip.length === 1) return `${first >>> 24}.${(first >>> 16) & 255}.${(first >>> 8) & 255}.${first & 255}`
  const groups = ip.flatMap((word) => [word >>> 16, word & 0xffff])
  const gap = longestZeros(groups)
  const hex = (part: readonly number[]): string => part.map((group) => group.toString(16)).join(':')
  if (gap === null) return hex(groups)
  return `${hex(groups.slice(0, gap.start))}::${hex(groups.slice(gap.start + gap.length))}`
}

/** The first of the longest runs of zero groups; one zero alone is not shortened (RFC 5952 §4.2.2). */
function longestZeros(groups: readonly number[]): { readonly start: number; readonly length: number } | null {
  let best: { start: number; length: number } | null = null
  let start = -1
  for (let i = 0; i <= groups.length; i++) {
    if (groups[i] === 0) {
      if (start < 0) start = i
      continue
    }
    if (start >= 0 && i - start > 1 && i - start > (best?.length ?? 0)) best = { start, length: i - start }
    start = -1
  }
  return best
}

/** "192.0.2.0/24", "2001:db8::/32", one address, or either in brackets ("[::1]/128"); else why it is none of these. */
export function parseNetwork(text: string): Network | string {
  const match = /^(?:\[([0-9a-fA-F:.]{2,45})\]|([0-9a-fA-F:.]{2,45}))(?:\/(\d{1,3}))?$/.exec(text)
  const address = match?.[1] ?? match?.[2]
  if (match === null || address === undefined) return `"${text}" is not an address or a network in CIDR form`
  if (address.includes(':') && parseIp(address)?.length === 1) return `write "${text}" as an IPv4 network`
  const words = parseIp(address)
  if (words === null) return `"${address}" is not an IP address`
  const bits = words.length * 32
  const prefix = match[3] === undefined ? bits : Number(match[3])
  if (prefix > bits) return `/${prefix} is longer than the ${bits} bits of the address`
  const masks = words.map((_, i) => maskOf(prefix - i * 32))
  const base = words.map((word, i) => (word & (masks[i] ?? 0)) >>> 0)
  if (base.some((word, i) => word !== words[i]))
    return `"${text}" has bits set beyond its prefix: write ${printIp(base)}/${prefix}`
  return { words, masks }
}

function maskOf(bits: number): number {
  if (bits <= 0) return 0
  return bits >= 32 ? 0xffffffff : ~(0xffffffff >>> bits) >>> 0
}

export function contains(network: Network, ip: Ip): boolean {
  if (ip.length !== network.words.length) return false
  for (let i = 0; i < ip.length; i++) {
    if (((ip[i] ?? 0) & (network.masks[i] ?? 0)) >>> 0 !== network.words[i]) return false
  }
  return true
}

export function containedInAny(networks: readonly Network[], ip: Ip): boolean {
  for (const network of networks) if (contains(network, ip)) return true
  return false
}

/** "4.3.2.1" or 32 nibbles, last first: what DNS lists and in-addr.arpa are asked (RFC 5782 §2.1, §2.4). */
export function reversedLabels(ip: Ip): string {
  if (ip.length === 1) return printIp(ip).split('.').reverse().join('.')
  return [...ip.map((word) => word.toString(16).padStart(8, '0')).join('')].reverse().join('.')
}
