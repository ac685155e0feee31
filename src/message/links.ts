// SPDX-License-Identifier: Apache-2.0
/** Addresses that a reader may click, and what they look like (RFC 3986, leniently: mail programs are lenient). */
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
  const scheme = (/^([a-z][a-z0-9+.-]{0,20}):/i.exec(href)?.[1] ?? '').toLowerCase()
  if (scheme === 'mailto') {
    const at = href.indexOf('@')
    return { scheme, host: at < 0 ? '' : hostOf(href.slice(at + 1)) }
  }
  // Browsers take any number of slashes, and backslashes, after http:
  const rest = scheme === '' ? href : href.slice(scheme.length + 1)
  const web = scheme === 'http' || scheme === 'https' || scheme === 'ftp'
  if (!web && !rest.startsWith('//')) return { scheme, host: scheme === '' && /^www\./i.test(href) ? hostOf(href) : '' }
  return { scheme, host: hostOf(rest.replace(/^[/\\]+/, '')) }
}

function hostOf(text: string): string {
  const authority = /^[^/?#\\]{0,1000}/.exec(text)?.[0] ?? ''
  const host = authority.slice(authority.lastIndexOf('@') + 1)
  const bare = host.startsWith('[') ? host.slice(0, host.indexOf(']') + 1) : (host.split(':', 1)[0] ?? '')
  return decodeDots(bare).toLowerCase().replace(/\.+$/, '')
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

const starts = /(?:https?|ftp):[/\\]{2}|www\.|mailto:/gi
const trailing = /[.,;:!?'"*)\]}>]+$/

/** Addresses written out in plain text, in order, each once. */
export function textLinks(text: string): Link[] {
  const found = new Map<string, Link>()
  starts.lastIndex = 0
  for (let match = starts.exec(text); match !== null; match = starts.exec(text)) {
    const before = match.index > 0 ? text.charCodeAt(match.index - 1) : 0x20
    let end = match.index
    const stop = Math.min(text.length, match.index + limits.linkChars)
    while (end < stop && !endsLink(text.charCodeAt(end))) end++
    starts.lastIndex = Math.max(end, starts.lastIndex)
    if (isWordCode(before) && match[0].toLowerCase() === 'www.') continue
    const href = text.slice(match.index, end).replace(trailing, '')
    if (href.length <= match[0].length || found.has(href)) continue
    found.set(href, makeLink('text', href, href))
    if (found.size >= limits.links) break
  }
  return [...found.values()]
}

function endsLink(code: number): boolean {
  return code <= 0x20 || code === 0x3c || code === 0x3e || code === 0x22 || code === 0xa0 || code === 0x7f
}

function isWordCode(code: number): boolean {
  return (code >= 0x30 && code <= 0x39) || ((code | 32) >= 0x61 && (code | 32) <= 0x7a)
}
