// SPDX-License-Identifier: Apache-2.0
/** DMARC policy records (RFC 9989 §4.7), and the walk that finds them (§4.10). */
import type { Resolver } from '../core/ports.ts'
import { parseIp } from '../kit/cidr.ts'
import { canExist } from './dns-bridge.ts'
import type { DmarcPolicy } from './findings.ts'

export interface DmarcRecord {
  readonly text: string
  /** Where it stands, without "_dmarc.". */
  readonly domain: string
  /** By name; of those whose values are words in lower case. */
  readonly tags: ReadonlyMap<string, string>
}

/** What the owner asks for: of the domain itself, of those below it, of those below it that do not exist. */
export interface Policies {
  readonly p: DmarcPolicy
  readonly sp: DmarcPolicy | null
  readonly np: DmarcPolicy | null
}

/** §4.7: the name in any case, the version in this one. */
const version = /^[vV][ \t]*=[ \t]*DMARC1[ \t]*(?:;|$)/
const words: ReadonlySet<string> = new Set(['p', 'sp', 'np', 'adkim', 'aspf', 't', 'psd'])

/** The tags; null where one stands twice (RFC 6376 §3.2). What is no tag is passed over. */
function parseTags(text: string): ReadonlyMap<string, string> | null {
  const tags = new Map([['v', 'DMARC1']])
  for (const spec of text.split(';').slice(1)) {
    const equals = spec.indexOf('=')
    const name = spec.slice(0, Math.max(0, equals)).trim()
    if (name === '') continue
    if (tags.has(name)) return null
    const value = spec.slice(equals + 1).trim()
    tags.set(name, words.has(name) ? value.toLowerCase() : value)
  }
  return tags
}

const toPolicy = (text: string | undefined): DmarcPolicy | null =>
  text === 'none' || text === 'quarantine' || text === 'reject' ? text : null

/** §4.8: a URI, perhaps with the size that RFC 7489 let follow. */
const reportUri = /^[a-z][a-z0-9+.-]*:(?:[a-z0-9\-._~:/?#[\]@$&'()*+;=]|%[0-9a-f]{2})*(?:![0-9]+[kmgt]?)?$/i

/** §4.10.1: a record without a valid policy asks for nothing if it asks for reports, and is none if it does not. */
export function policiesOf({ tags }: DmarcRecord): Policies | null {
  const [p, sp, np] = ['p', 'sp', 'np'].map((name) => toPolicy(tags.get(name)))
  const isKnown = (name: string, policy: DmarcPolicy | null | undefined): boolean => !tags.has(name) || policy !== null
  if (p !== undefined && p !== null && isKnown('sp', sp) && isKnown('np', np)) {
    return { p, sp: sp ?? null, np: np ?? null }
  }
  const asksForReports = (tags.get('rua') ?? '').split(',').some((uri) => reportUri.test(uri.trim()))
  return asksForReports ? { p: 'none', sp: null, np: null } : null
}

/** The record at a name; several are none (§4.10). A string says why it cannot be known now. */
async function recordAt(domain: string, dns: Resolver): Promise<DmarcRecord | null | string> {
  if (!canExist(`_dmarc.${domain}`)) return null
  const answer = await dns.txt(`_dmarc.${domain}`)
  if (answer.kind === 'tempfail') return answer.because
  if (answer.kind !== 'found') return null
  const [text, second] = answer.records.map((record) => record.trim()).filter((record) => version.test(record))
  const tags = text === undefined || second !== undefined ? null : parseTags(text)
  return text === undefined || tags === null ? null : { text, domain, tags }
}

export interface Walk {
  /** Longest name first. */
  readonly found: readonly DmarcRecord[]
  /** Why the walk ended early; null where it did not. */
  readonly because: string | null
}

/** §4.10 step 4: longer names are cut to so many labels after the first question. */
const maxLabels = 7

/** The records at a domain and above it, up to one with psd=y or psd=n; at most eight questions. */
export async function walkUp(domain: string, dns: Resolver): Promise<Walk> {
  const found: DmarcRecord[] = []
  // A literal or an address is no name.
  if (domain.startsWith('[') || parseIp(domain) !== null) return { found, because: null }
  let labels = domain.split('.')
  while (labels.length > 0) {
    const record = await recordAt(labels.join('.'), dns)
    if (typeof record === 'string') return { found, because: record }
    if (record !== null) found.push(record)
    const psd = record?.tags.get('psd')
    if (psd === 'y' || psd === 'n') break
    labels = labels.slice(Math.max(1, labels.length - maxLabels))
  }
  return { found, because: null }
}

/** The organizational domain that a whole walk from a domain leads to (§4.10.2). */
export function organizationOf(domain: string, found: readonly DmarcRecord[]): string {
  const last = found.at(-1)
  const psd = last?.tags.get('psd')
  if (last === undefined) return domain
  if (psd === 'y' && last.domain !== domain) {
    return domain
      .split('.')
      .slice(-(last.domain.split('.').length + 1))
      .join('.')
  }
  return last.domain
}
