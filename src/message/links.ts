// SPDX-License-Identifier: Apache-2.0
/** Addresses that a reader may click, and what they look like (RFC 3986, leniently: mail programs are lenient). */
import { isAlphanumeric, isLetter } from '../kit/bytes.ts'
import { limits } from './limits.ts'

export interface Link {
  /** Where it stands: clicked text, image, form target, other HTML source, or bare text. */
  readonly kind: 'a' | 'img' | 'form' | 'other' | 'text'
  /** As written, entities decoded. */
  readonly href: string
  /** What the reader sees in its place; the address itself for bare text. */
  readonly shown: string
  /** Lower-case scheme without colon; "" where none is written. */
  readonly scheme: string
  /** Lower-case host without port and user; "" for mailto and the like. */
  readonly host: string
}

/** Scheme and host of an address. Never throws: what is no address has neither. */
export function splitLink(href: string): { scheme: string; host: string } {
  const colon = schemeEnd(href)
  const scheme = href.slice(0, colon).toLowerCase()
  if (scheme === 'mailto') {
    const at = href.indexOf('@')
    return { scheme, host: at < 0 ? '' : hostOf(href, at + 1) }
  }
  // Browsers take any number of slashes, and backslashes, after http:
  let from = scheme === '' ? 0 : colon + 1
  const web = scheme === 'http' || scheme === 'https' || scheme === 'ftp'
  if (!web && !href.startsWith('//', from)) {
    return { scheme, host: scheme === '' && /^www\./i.test(href) ? hostOf(href, 0) : '' }
  }
  while (isSlash(href.charCodeAt(from))) from++
  return { scheme, host: hostOf(href, from) }
}

/** Where the colon behind a scheme stands (RFC 3986 §3.1, at most 21 characters); 0 without one. */
function schemeEnd(href: string): number {
  if (!isLetter(href.charCodeAt(0))) return 0
  const most = Math.min(href.length, 22)
  for (let at = 1; at < most; at++) {
    const code = href.charCodeAt(at)
    if (code === 0x3a) return at
    if (!isAlphanumeric(code) && code !== 0x2b && code !== 0x2d && code !== 0x2e) return 0
  }
  return 0
}

/** The host of the authority that begins at `from` (RFC 3986 §3.2), without user, port and dots at its end. */
function hostOf(text: string, from: number): string {
  const most = Math.min(text.length, from + 1000)
  let start = from
  let colon = -1
  let end = from
  for (; end < most; end++) {
    const code = text.charCodeAt(end)
    if (isSlash(code) || code === 0x3f || code === 0x23) break
    if (code === 0x40) [start, colon] = [end + 1, -1]
    else if (code === 0x3a && colon < 0) colon = end
  }
  // RFC 3986 §3.2.2: an IPv6 address stands in brackets, with colons inside.
  if (text.charCodeAt(start) === 0x5b) {
    const close = text.indexOf(']', start)
    end = close < end ? close + 1 : start
  } else if (colon >= 0) end = colon
  const host = decodeDots(text.slice(start, Math.max(start, end))).toLowerCase()
  return host.endsWith('.') ? host.replace(/\.+$/, '') : host
}

function isSlash(code: number): boolean {
  return code === 0x2f || code === 0x5c
}

/** "%2e" and the full-width stops that browsers read as dots. */
function decodeDots(host: string): string {
  if (!/[%\u3002\uff0e\uff61]/.test(host)) return host
  return host
    .replace(/[\u3002\uff0e\uff61]/g, '.')
    .replace(/%([0-7][0-9a-f])/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
}

export function makeLink(kind: Link['kind'], href: string, shown: string): Link {
  return { kind, href, shown, ...splitLink(href) }
}

const trailing = /[.,;:!?'"*)\]}>]+$/
const www = /www\./gi

/** Addresses written out in plain text, in order, each once. */
export function textLinks(text: string): Link[] {
  const found = new Map<string, Link>()
  let scheme = nextScheme(text, 0)
  let host = nextHost(text, 0)
  while (scheme !== null || host !== null) {
    const isHost = scheme === null || (host !== null && host.start < scheme.start)
    const { start, end: least } = (isHost ? host : scheme) as Opening
    let end = start
    const stop = Math.min(text.length, start + limits.linkChars)
    while (end < stop && !endsLink(text.charCodeAt(end))) end++
    const next = Math.max(end, least)
    const href = text.slice(start, end).replace(trailing, '')
    const isWhole = !isHost || start === 0 || !isAlphanumeric(text.charCodeAt(start - 1))
    if (isWhole && href.length > least - start && !found.has(href)) {
      found.set(href, makeLink('text', href, href))
      if (found.size >= limits.links) break
    }
    if (scheme !== null && scheme.start < next) scheme = nextScheme(text, next)
    if (host !== null && host.start < next) host = nextHost(text, next)
  }
  return [...found.values()]
}

/** What an address begins with: "https://", "mailto:", "www." */
interface Opening {
  readonly start: number
  readonly end: number
}

function nextHost(text: string, from: number): Opening | null {
  www.lastIndex = from
  return www.test(text) ? { start: www.lastIndex - 4, end: www.lastIndex } : null
}

/** Colons are few, and found far faster than names of schemes. */
function nextScheme(text: string, from: number): Opening | null {
  for (let colon = text.indexOf(':', from); colon >= 0; colon = text.indexOf(':', colon + 1)) {
    const opening = schemeBefore(text, from, colon)
    if (opening !== null) return opening
  }
  return null
}

const schemes = ['https', 'http', 'ftp', 'mailto'] as const
/** The last letters of these. */
const lastLetters = 'spo'

function schemeBefore(text: string, from: number, colon: number): Opening | null {
  if (!lastLetters.includes(text.charAt(colon - 1).toLowerCase())) return null
  const before = text.slice(Math.max(from, colon - 6), colon).toLowerCase()
  const name = schemes.find((one) => before.endsWith(one))
  if (name === undefined) return null
  const isSlashed = isSlash(text.charCodeAt(colon + 1)) && isSlash(text.charCodeAt(colon + 2))
  if (name !== 'mailto' && !isSlashed) return null
  return { start: colon - name.length, end: name === 'mailto' ? colon + 1 : colon + 3 }
}

function endsLink(code: number): boolean {
  return code <= 0x20 || code === 0x3c || code === 0x3e || code === 0x22 || code === 0xa0 || code === 0x7f
}
