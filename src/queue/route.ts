// SPDX-License-Identifier: Apache-2.0
/** Recipient → route. Pure: who answers there is the couriers' business. */
import { type Address, isAddressLiteral, parseDomain } from '../core/address.ts'
import type { Domain } from '../core/brand.ts'
import type { Route } from '../core/delivery.ts'
import type { Recipient } from '../core/envelope.ts'
import type { Reply } from '../core/reply.ts'
import { destinationOf } from '../core/stores.ts'

export interface RouteTable {
  /** Asked first; null: it does not know. */
  readonly transport?: (address: Address) => Route | null
  /** By domain; ".example.org" stands for every name below example.org, "*" for everything. */
  readonly domains: ReadonlyMap<string, Route>
  /** Where all other domains go; null: by their MX, or nowhere. */
  readonly relayhost: Route | null
  readonly fallback: 'mx' | 'refuse'
}

export type RouteAnswer =
  | { readonly kind: 'route'; readonly route: Route }
  | { readonly kind: 'refuse'; readonly reply: Reply }

const noRoute: Reply = { code: 550, enhanced: '5.4.4', text: 'No route to the domain of this recipient' }

/** Characters of a command line. */
const maxCommand = 1000

const ports = { smtp: 25, lmtp: 24 } as const

/** The MX route of a mail domain. */
export function mxRoute(domain: Domain): Route {
  return { kind: 'mx', host: domain, port: ports.smtp, url: `mx://${domain}` }
}

/**
 * A route as it is written in a table: "maildir:", "smtp://host[:port]", "lmtp://host[:port]", "lmtp:///path/to/socket",
 * "mx://domain", "pipe:program words". IPv6 addresses stand in brackets. Null when it is none.
 */
export function parseRoute(text: string): Route | null {
  if (text === 'maildir:') return { kind: 'maildir' }
  if (text.startsWith('pipe:')) return pipeRoute(text.slice('pipe:'.length).trim())
  const socket = /^lmtp:\/\/(\/.{1,200})$/.exec(text)?.[1]
  if (socket !== undefined) return { kind: 'lmtp', host: socket, port: 0, url: text }
  const match = /^(smtp|lmtp|mx):\/\/(\[[0-9A-Fa-f:.]{2,45}\]|[^/:[\]]{1,255})(?::(\d{1,5}))?\/?$/.exec(text)
  if (match === null) return null
  const kind = match[1] as 'smtp' | 'lmtp' | 'mx'
  const written = match[2] ?? ''
  const host = written.startsWith('[') ? written.slice(1, -1) : parseDomain(written)
  const port = match[3] === undefined ? (kind === 'lmtp' ? ports.lmtp : ports.smtp) : Number(match[3])
  if (host === null || port < 1 || port > 65_535) return null
  return { kind, host, port, url: `${kind}://${host.includes(':') ? `[${host}]` : host}:${port}` }
}

/** The route to a program; null where none is named. */
export function pipeRoute(command: string): Route | null {
  return command === '' || command.length > maxCommand ? null : { kind: 'pipe', command, url: `pipe:${command}` }
}

/** "[192.0.2.1]" or "[ipv6:2001:db8::1]" as a route to that address (RFC 5321 §4.1.3). */
function literalRoute(literal: string): Route | null {
  const inner = literal.slice(1, -1).toLowerCase()
  return parseRoute(inner.startsWith('ipv6:') ? `smtp://[${inner.slice(5)}]` : `smtp://${inner}`)
}

function inTable(table: RouteTable, domain: string): Route | undefined {
  const exact = table.domains.get(domain)
  if (exact !== undefined) return exact
  for (let dot = domain.indexOf('.'); dot >= 0; dot = domain.indexOf('.', dot + 1)) {
    const parent = table.domains.get(domain.slice(dot))
    if (parent !== undefined) return parent
  }
  return table.domains.get('*')
}

/** What the transport says, else the most exact entry of the table, else the relayhost, else the domain's MX if the table lets it. */
export function routeOf(table: RouteTable, address: Address): RouteAnswer {
  const route =
    table.transport?.(address) ?? inTable(table, address.domain) ?? table.relayhost ?? fallback(table, address.domain)
  return route === null ? { kind: 'refuse', reply: noRoute } : { kind: 'route', route }
}

function fallback(table: RouteTable, domain: Domain): Route | null {
  if (table.fallback === 'refuse' || domain === '') return null
  return isAddressLiteral(domain) ? literalRoute(domain) : mxRoute(domain)
}

export interface RouteBatch {
  readonly route: Route
  readonly recipients: readonly Recipient[]
}

/** Recipients that share a destination travel together. */
export function batchByRoute(
  routed: readonly { readonly route: Route; readonly recipient: Recipient }[],
): RouteBatch[] {
  const groups = Map.groupBy(routed, ({ route }) => destinationOf(route))
  return [...groups.values()].flatMap(([first, ...others]) =>
    first === undefined ? [] : [{ route: first.route, recipients: [first, ...others].map((r) => r.recipient) }],
  )
}
