// SPDX-License-Identifier: Apache-2.0
/** What lists of hashes are asked about besides addresses of people: links, values of tags, attachments. */
import { foldAscii, latin1 } from '../kit/bytes.ts'
import { parseIp, reversedLabels } from '../kit/cidr.ts'
import { hasTopLevel, isHostName, isIpv4, registeredDomain } from './domains.ts'
import { type HashOptions, hashed } from './hashbl-options.ts'
import type { PartView } from './part-views.ts'
import type { Views } from './views.ts'

/** Every form of the links that a reader can follow, but for those to skipped domains. */
export function hashableUris(views: Views): readonly string[] {
  return views.once(listUris)
}

function listUris(views: Views): string[] {
  const { skippedDomains } = views.settings.dns
  return [...views.uriList.details].flatMap(([uri, { types, hosts, forms }]) => {
    if (/^mailto:/i.test(uri) || hosts.size === 0 || !(types.has('a') || types.has('parsed'))) return []
    const isSkipped = [...hosts].some((names) => names.some((name) => skippedDomains.has(name)))
    return isSkipped ? [] : [...forms]
  })
}

/** Those values of a tag that the options let through, as they are asked for. */
export function tagValues(views: Views, values: readonly string[], { words }: HashOptions): string[] {
  const { registry, dns } = views.settings
  const wantsIp = words.has('ip') || words.has('ipv4') || words.has('ipv6')
  const trims = words.has('trim')
  const wantsName = words.has('fqdn') || words.has('tld') || trims
  return values.flatMap((value) => {
    const ip = parseIp(value)
    if (ip !== null) {
      const isWanted = words.has('ip') || words.has(isIpv4(value) ? 'ipv4' : 'ipv6')
      if (!isWanted && (wantsIp || wantsName)) return []
      return [words.has('revip') ? reversedLabels(ip) : value]
    }
    if (wantsIp && !wantsName) return []
    const isName = isHostName(value)
    if (!isName && (words.has('fqdn') || trims)) return []
    if ((words.has('tld') || trims) && !hasTopLevel(registry, value)) return []
    if (!isName) return [value]
    const domain = registeredDomain(registry, value)
    if (dns.skippedDomains.has(foldAscii(value)) || dns.skippedDomains.has(domain)) return []
    return [trims ? domain : value]
  })
}

interface Attachment {
  readonly type: string
  readonly name: string
  readonly size: number
  readonly hash: string
}

/** Parts of a message that are looked at. */
const maxParts = 100

/** Hashes of the parts that hold something, text too, by size, name and type. */
export function attachmentHashes(views: Views, { hash, minSize, maxSize }: HashOptions): string[] {
  const { ignored } = views.settings.hashBl
  const known = views.once(knownAttachments)
  const all = known.get(hash) ?? listAttachments(views, hash)
  known.set(hash, all)
  return all
    .filter(({ size }) => size > 0 && size >= minSize && size <= maxSize)
    .filter(({ type, name }) => !ignored.has(type) && !ignored.has(foldAscii(name)))
    .map((one) => one.hash)
}

/** By the kind of hash. The bytes are not kept: they can be many. */
function knownAttachments(): Map<HashOptions['hash'], readonly Attachment[]> {
  return new Map()
}

function listAttachments({ parts }: Views, hash: HashOptions['hash']): Attachment[] {
  const leaves = parts.filter((part) => part.isLeaf).slice(0, maxParts)
  return leaves.map((part) => {
    const bytes = wholeBytes(part)
    return { type: part.type, name: part.name, size: bytes.length, hash: hashed(bytes, hash) }
  })
}

/** Other rules look at the beginning of a part; its hash is that of all of it. */
function wholeBytes({ part, bytes, type }: PartView): string {
  const size = part.bodyEnd - part.bodyStart
  if (size <= bytes.length || size <= longPart) return bytes
  const whole = part.content(size)
  const text = latin1(whole, 0, whole.length)
  return /^(?:text|message)\b/.test(type) || part.encoding === 'identity' ? text.replaceAll('\r\n', '\n') : text
}

/** A part of this size is in its view as a whole, whatever its encoding. */
const longPart = 900_000
