// SPDX-License-Identifier: Apache-2.0
/** The Received chain (RFC 5321 §4.4): who says to have handed the message to whom, and where our trust ends. */
import type { EpochMs } from '../core/brand.ts'
import { parseDate } from './dates.ts'
import type { HeaderList } from './headers.ts'
import { limits } from './limits.ts'
import { stripComments } from './parameters.ts'

/** One Received field. Every text is what its writer claims; empty where it says nothing. */
export interface Hop {
  readonly helo: string
  /** Reverse name that the receiving host noted, lower case. */
  readonly rdns: string
  readonly ip: string
  readonly by: string
  /** "ESMTPSA" and the like, upper case. */
  readonly protocol: string
  readonly id: string
  readonly envelopeFor: string
  readonly at: EpochMs | null
  /** The client had logged in (RFC 3848). */
  readonly authenticated: boolean
}

/** The hops from the newest to the oldest. */
export function receivedChain(headers: HeaderList): Hop[] {
  return headers
    .all('received')
    .slice(0, limits.receivedHops)
    .map((field) => parseReceived(field.value))
}

/**
 * The newest hop whose client is not ours: what lies above it was written by our own networks, what lies below may be
 * forged. -1 when every hop is ours, or there is none.
 */
export function trustBorder(chain: readonly Hop[], isOurs: (ip: string) => boolean): number {
  return chain.findIndex((hop) => hop.ip !== '' && !isOurs(hop.ip))
}

const maxReceived = 2000

export function parseReceived(value: string): Hop {
  const text = value.slice(0, maxReceived)
  const semicolon = text.lastIndexOf(';')
  const body = semicolon < 0 ? text : text.slice(0, semicolon)
  const from = /^from\s+(\S{1,255})/i.exec(body)?.[1] ?? ''
  const client = clientComment(body)
  const clauses = stripComments(body)
  const protocol = (/\bwith\s+(\S{1,40})/i.exec(clauses)?.[1] ?? '').toUpperCase()
  return {
    helo: heloOf(from, client),
    rdns: rdnsOf(from, client),
    ip: addressIn(client) || addressIn(from),
    by: (/\bby\s+(\S{1,255})/i.exec(clauses)?.[1] ?? '').toLowerCase(),
    protocol,
    id: /\bid\s+(\S{1,255})/i.exec(clauses)?.[1] ?? '',
    envelopeFor: /\bfor\s+<?([^\s<>;]{1,320})/i.exec(clauses)?.[1] ?? '',
    at: semicolon < 0 ? null : parseDate(stripComments(text.slice(semicolon + 1))),
    authenticated: /^E?SMTPS?A$/.test(protocol) || /\bauthenticated\b/i.test(client),
  }
}

/** The comment behind "from name", where the receiving host notes what it saw. */
function clientComment(body: string): string {
  const by = /\sby\s/i.exec(body)
  const end = by === null ? body.length : by.index
  const open = body.indexOf('(')
  return open < 0 || open > end ? '' : body.slice(open, end)
}

/** "(HELO name)" or "(helo=name)" where the name before it is the reverse name. */
function heloOf(from: string, client: string): string {
  const said = /\b(?:helo|ehlo)[\s=]+\[?([^\s\])]{1,255})/i.exec(client)?.[1]
  return said ?? from
}

function rdnsOf(from: string, client: string): string {
  if (/\bhelo[\s=]/i.test(client)) return /^[a-z0-9_.-]+$/i.test(from) && from !== 'unknown' ? from.toLowerCase() : ''
  const name = /^\(([a-z0-9_-]+(?:\.[a-z0-9_-]+)+)\.?[\s[]/i.exec(client)?.[1]
  return name === undefined || addressIn(name) !== '' ? '' : name.toLowerCase()
}

const ipv4 = /(?:^|[^\d.])((?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?:25[0-5]|2[0-4]\d|1?\d?\d)){3})(?![\d.])/
const ipv6 = /\[?(?:IPv6:)?((?:[0-9a-f]{1,4}:|:){2,7}(?:[0-9a-f]{1,4}|:|(?:\d{1,3}\.){3}\d{1,3})?)\]?/i

/** The first IP address in a text; one in brackets goes before others. */
export function addressIn(text: string): string {
  const bracket = /\[(?:IPv6:)?([0-9a-f:.]{2,45})\]/i.exec(text)?.[1]
  if (bracket !== undefined && (ipv4.test(bracket) || bracket.includes(':'))) return bracket.toLowerCase()
  return ipv4.exec(text)?.[1] ?? ipv6.exec(text)?.[1]?.toLowerCase() ?? ''
}
