// SPDX-License-Identifier: Apache-2.0
/** Links → host, registered domain, words of the path, and what looks odd about them. */
import { type FeatureSink, field } from './features.ts'

const maxLinks = 100
const maxLink = 400

/** Second-level labels under which countries register names ("co.uk"). */
const secondLevels = new Set(['ac', 'co', 'com', 'edu', 'gob', 'gov', 'gv', 'mil', 'ne', 'net', 'nic', 'or', 'org'])

/** The name that was registered, by the usual shape of names; exact public suffixes cost more than they tell here. */
export function registeredName(host: string): string {
  const top = host.lastIndexOf('.')
  const second = top <= 0 ? -1 : host.lastIndexOf('.', top - 1)
  if (second < 0) return host
  const byCountry = host.length - top === 3 && secondLevels.has(host.slice(second + 1, top))
  if (!byCountry) return host.slice(second + 1)
  return host.slice((second === 0 ? -1 : host.lastIndexOf('.', second - 1)) + 1)
}

/** Adds the links' features; the same host is added once. */
export function addLinks(sink: FeatureSink, links: readonly string[]): void {
  const hosts = new Set<string>()
  for (const link of links.slice(0, maxLinks)) addLink(sink, link.slice(0, maxLink), hosts)
  sink.addText(field.link, 'links:', bucket(links.length))
  sink.addText(field.link, 'hosts:', bucket(hosts.size))
}

function addLink(sink: FeatureSink, link: string, hosts: Set<string>): void {
  const colon = link.indexOf(':')
  const scheme = colon > 0 && colon < 12 ? link.slice(0, colon).toLowerCase() : 'none'
  if (scheme === 'cid' || scheme === 'data' || scheme === 'javascript') {
    sink.addText(field.link, 'scheme:', scheme)
    return
  }
  if (scheme === 'mailto') {
    sink.addText(
      field.link,
      'mailto:',
      registeredName(
        link
          .slice(link.indexOf('@') + 1)
          .split('?')[0]
          ?.toLowerCase() ?? '',
      ),
    )
    return
  }
  sink.addText(field.link, 'scheme:', scheme)
  const from = link.startsWith('//', colon + 1) ? colon + 3 : scheme === 'none' ? 0 : colon + 1
  const stop = firstOf(link, from, '/?#')
  addHost(sink, link.slice(from, stop).toLowerCase(), hosts)
  addPath(sink, link.slice(stop))
}

function addHost(sink: FeatureSink, authority: string, hosts: Set<string>): void {
  const at = authority.lastIndexOf('@')
  if (at >= 0) sink.addText(field.link, 'odd:', 'userinfo')
  const bare = authority.slice(at + 1)
  const port = bare.lastIndexOf(':')
  const host = port > 0 ? bare.slice(0, port) : bare
  if (port > 0) sink.addText(field.link, 'port:', bare.slice(port + 1, port + 7))
  if (host === '' || hosts.has(host)) return
  hosts.add(host)
  if (isNumeric(host)) {
    sink.addText(field.link, 'odd:', 'numeric-host')
    return
  }
  const name = registeredName(host)
  sink.addText(field.link, 'host:', host)
  sink.addText(field.link, 'name:', name)
  sink.addText(field.link, 'top:', name.slice(name.lastIndexOf('.') + 1))
  sink.addText(field.link, 'labels:', String(Math.min(6, host.split('.').length)))
  if (host.includes('xn--')) sink.addText(field.link, 'odd:', 'punycode')
  for (const word of host.slice(0, host.length - name.length).split(/[.\-_]/)) {
    if (word.length > 2) sink.addText(field.link, 'label:', word)
  }
}

function addPath(sink: FeatureSink, path: string): void {
  if (path.length > 1) sink.addText(field.link, 'length:', bucket(path.length))
  if (path.includes('%')) sink.addText(field.link, 'odd:', 'escaped')
  let words = 0
  for (const word of path.split(/[^A-Za-z0-9]/)) {
    if (word.length < 2 || word.length > 24) continue
    if (++words > 12) return
    sink.addText(field.link, 'path:', word.toLowerCase())
  }
}

function isNumeric(host: string): boolean {
  for (let i = 0; i < host.length; i++) {
    const c = host.charCodeAt(i)
    if (c !== 46 && c !== 91 && c !== 93 && c !== 58 && (c < 48 || c > 57)) return host.startsWith('0x')
  }
  return true
}

function firstOf(text: string, from: number, stops: string): number {
  for (let i = from; i < text.length; i++) if (stops.includes(text.charAt(i))) return i
  return text.length
}

/** Powers of two: 0, 1, 2, 4, 8 … */
export function bucket(count: number): string {
  return count <= 0 ? '0' : String(2 ** Math.floor(Math.log2(count)))
}
