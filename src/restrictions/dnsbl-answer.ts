// SPDX-License-Identifier: Apache-2.0
/** Which answers of a DNS list count: "zone=127.0.0.[2..11]". */
import { isHostname } from './hostname.ts'

type Octet = readonly (readonly [number, number])[]

export interface DnsList {
  readonly zone: string
  /** null: every answer a list may give (RFC 5782 §2.1). */
  readonly filter: readonly Octet[] | null
}

/** A list and its filter, or what is wrong with it. */
export function parseList(text: string): DnsList | string {
  const equals = text.indexOf('=')
  const zone = (equals < 0 ? text : text.slice(0, equals)).replace(/\.$/, '').toLowerCase()
  if (!isHostname(zone) || !zone.includes('.')) return `"${zone}" is not the name of a DNS list`
  if (equals < 0) return { zone, filter: null }
  const written = text.slice(equals + 1)
  const parts = /^(\[[^\]]*\]|\d+)\.(\[[^\]]*\]|\d+)\.(\[[^\]]*\]|\d+)\.(\[[^\]]*\]|\d+)$/.exec(written)
  const filter = parts?.slice(1).map(parseOctet) ?? []
  const octets = filter.filter((octet) => octet !== null)
  return octets.length === 4 ? { zone, filter: octets } : `"${written}" is not a filter of answers`
}

/** "2", or "[2;4..9]". */
function parseOctet(text: string): Octet | null {
  const inner = text.startsWith('[') ? text.slice(1, -1) : text
  const ranges: [number, number][] = []
  for (const part of inner.split(';')) {
    const match = /^\s*(\d{1,3})(?:\.\.(\d{1,3}))?\s*$/.exec(part)
    if (match === null) return null
    const from = Number(match[1])
    const to = match[2] === undefined ? from : Number(match[2])
    if (from > to || to > 255) return null
    ranges.push([from, to])
  }
  return ranges
}

/**
 * Whether an answer says "listed". Without a filter only 127.0.0.0/8 counts (RFC 5782 §2.1): anything else comes from
 * a resolver that lies about names it does not find. 127.255.255.0/24 says that the question was refused.
 */
export function isListed(list: DnsList, answer: string): boolean {
  const octets = answer.split('.').map(Number)
  if (list.filter === null) return octets[0] === 127 && !(octets[1] === 255 && octets[2] === 255)
  return list.filter.every((ranges, i) =>
    ranges.some(([from, to]) => (octets[i] ?? -1) >= from && (octets[i] ?? 256) <= to),
  )
}
