// SPDX-License-Identifier: Apache-2.0
/** Where a route's mail is taken: hosts in the order in which they are tried (RFC 5321 §5.1, RFC 7505). */
import { isIP } from 'node:net'
import type { Route } from '../core/delivery.ts'
import type { MxRecord, Resolver } from '../core/ports.ts'
import type { Reply } from '../core/reply.ts'

export interface Host {
  /** For the log, and for the name in its certificate. */
  readonly name: string
  /** An IP address, or a name that DNS does not know and the system may. */
  readonly address: string
}

export type Hosts =
  | { readonly kind: 'hosts'; readonly hosts: readonly Host[] }
  /** gone: not found, or not found out; a fallback relay may know better. */
  | { readonly kind: 'none'; readonly reply: Reply; readonly gone: boolean }

/** Which addresses of a host are tried, and which of them first. */
export type Family = 'any' | 'ipv6' | 'ipv4' | 'ipv6_only' | 'ipv4_only'

export interface MxOptions {
  readonly dns: Resolver
  /** 0..1, evenly spread: hosts of equal preference share the load. */
  readonly random: () => number
  /** Our own names: mail must not come back to us by its MX. */
  readonly ownNames: ReadonlySet<string>
  /** Loopback and the addresses we listen on: no domain's MX may lead there. */
  readonly isOwnAddress: (ip: string) => boolean
  readonly family: Family
}

/** MX hosts looked at, and addresses tried, for one message. */
const maxExchanges = 10
const maxAddresses = 5

const none = (code: number, enhanced: Reply['enhanced'], text: string, gone = true): Hosts => ({
  kind: 'none',
  reply: { code, enhanced, text },
  gone,
})
const lookupFailed = none(451, '4.4.3', 'Name of the next hop could not be looked up')
const noDomain = none(550, '5.1.2', 'The domain of the recipient does not exist')
const noAddress = none(550, '5.4.4', 'No mail host of the domain has an address')
const loop = none(554, '5.4.6', 'The mail of this domain loops back to this host', false)
/** RFC 7505 §4.1. */
const nullMx = none(556, '5.1.10', 'The domain of the recipient takes no mail', false)

function shuffle<T>(list: readonly T[], random: () => number): T[] {
  const keyed = list.map((value) => ({ value, key: random() }))
  return keyed.sort((a, b) => a.key - b.key).map(({ value }) => value)
}

/** By preference, shuffled among equals. */
function inOrder(records: readonly MxRecord[], random: () => number): MxRecord[] {
  return shuffle(records, random).sort((a, b) => a.preference - b.preference)
}

type Addresses = { readonly kind: 'found' | 'absent' | 'tempfail'; readonly hosts: readonly Host[] }

/** As the family says; with "any" in turn, so that neither uses up all the tries when it leads nowhere. */
function arrange(family: Family, six: readonly string[], four: readonly string[]): string[] {
  if (family === 'ipv6' || family === 'ipv6_only') return [...six, ...four]
  if (family === 'ipv4' || family === 'ipv4_only') return [...four, ...six]
  const longest = Math.max(six.length, four.length)
  return Array.from({ length: longest }, (_, i) => [six, four].flatMap((list) => list[i] ?? [])).flat()
}

async function addressesOf(name: string, { dns, family }: MxOptions, signal: AbortSignal): Promise<Addresses> {
  if (isIP(name) !== 0) return { kind: 'found', hosts: [{ name, address: name }] }
  const unasked = { kind: 'nodata' } as const
  const [six, four] = await Promise.all([
    family === 'ipv4_only' ? unasked : dns.aaaa(name, signal),
    family === 'ipv6_only' ? unasked : dns.a(name, signal),
  ])
  const [sixes, fours] = [six, four].map((answer) => (answer.kind === 'found' ? answer.records : []))
  const mixed = arrange(family, sixes ?? [], fours ?? [])
  if (mixed.length > 0) return { kind: 'found', hosts: mixed.map((address) => ({ name, address })) }
  return { kind: six.kind === 'tempfail' || four.kind === 'tempfail' ? 'tempfail' : 'absent', hosts: [] }
}

/** RFC 5321 §5.1: of the exchanges, only those better than ourselves. */
function withoutUs(records: readonly MxRecord[], ownNames: ReadonlySet<string>): readonly MxRecord[] {
  const ours = records.filter((record) => ownNames.has(record.exchange.toLowerCase()))
  const limit = Math.min(...ours.map((record) => record.preference))
  return records.filter((record) => record.preference < limit)
}

async function exchangesOf(
  domain: string,
  options: MxOptions,
  signal: AbortSignal,
): Promise<Hosts | readonly string[]> {
  const answer = await options.dns.mx(domain, signal)
  if (answer.kind === 'tempfail') return lookupFailed
  if (answer.kind === 'nxdomain') return noDomain
  // The implicit MX.
  if (answer.kind === 'nodata') return [domain]
  const isNull = (record: MxRecord) => record.exchange === '' || record.exchange === '.'
  if (answer.records.every(isNull)) return nullMx
  const better = withoutUs(
    answer.records.filter((record) => !isNull(record)),
    options.ownNames,
  )
  if (better.length === 0) return loop
  return inOrder(better, options.random)
    .slice(0, maxExchanges)
    .map((record) => record.exchange)
}

async function mxHosts(domain: string, options: MxOptions, signal: AbortSignal): Promise<Hosts> {
  const exchanges = await exchangesOf(domain, options, signal)
  if ('kind' in exchanges) return exchanges
  const found: Host[] = []
  let doubt = false
  let ours = false
  for (const name of exchanges) {
    if (found.length >= maxAddresses) break
    const { kind, hosts } = await addressesOf(name, options, signal)
    doubt ||= kind === 'tempfail'
    const foreign = hosts.filter((host) => !options.isOwnAddress(host.address))
    ours ||= foreign.length < hosts.length
    found.push(...foreign)
  }
  if (found.length > 0) return { kind: 'hosts', hosts: found.slice(0, maxAddresses) }
  return doubt ? lookupFailed : ours ? loop : noAddress
}

async function namedHosts(name: string, options: MxOptions, signal: AbortSignal): Promise<Hosts> {
  if (name === 'localhost') {
    return { kind: 'hosts', hosts: ['127.0.0.1', '::1'].map((address) => ({ name, address })) }
  }
  const { kind, hosts } = await addressesOf(name, options, signal)
  if (kind === 'tempfail') return lookupFailed
  if (kind === 'absent') return { kind: 'hosts', hosts: [{ name, address: name }] }
  return { kind: 'hosts', hosts: hosts.slice(0, maxAddresses) }
}

/** Never throws for what DNS can say. */
export async function hostsOf(
  route: Extract<Route, { readonly host: string }>,
  options: MxOptions,
  signal: AbortSignal,
): Promise<Hosts> {
  if (route.port === 0) return { kind: 'hosts', hosts: [{ name: route.host, address: route.host }] }
  return route.kind === 'mx'
    ? await mxHosts(route.host, options, signal)
    : await namedHosts(route.host, options, signal)
}
