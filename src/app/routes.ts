// SPDX-License-Identifier: Apache-2.0
/** Which domains are ours, where their mail goes, and who exists there: from the config to what the rooms ask. */
import type { Directory, RecipientStatus } from '../accounts/directory.ts'
import type { LoadedConfig } from '../config/load.ts'
import type { DomainConfig } from '../config/schema.ts'
import { type Address, parseAddress, parseDomain } from '../core/address.ts'
import type { Domain, QueueId } from '../core/brand.ts'
import type { Route } from '../core/delivery.ts'
import type { AddressClass, Recipient } from '../core/envelope.ts'
import type { Complaint } from '../core/failure.ts'
import type { Couriers } from '../delivery/open.ts'
import type { OriginMode } from '../delivery/origin.ts'
import type { Destination } from '../pipeline/custody.ts'
import type { Queue } from '../queue/queue.ts'
import { parseRoute, pipeRoute, type RouteTable, routeOf } from '../queue/route.ts'
import { filterRoute, transportOf } from '../queue/transport.ts'
import type { Verification } from '../restrictions/build.ts'
import type { TableAnswer } from '../tables/table.ts'
import { openTables, stillPorts } from './open-tables.ts'
import type { RecipientTables, TablePorts } from './recipient-tables.ts'

export interface OurDomain {
  /** As a table of routes has it: ".example.org" is every name below it. */
  readonly domain: string
  readonly route: Route
  readonly mode: 'inline' | 'queue'
  readonly whenDown: 'defer' | 'queue'
  readonly recipients: 'accounts' | 'verify' | 'any' | `table:${string}`
  readonly catchAll: Address | null
  /** Whether the next hop is told who the client was. */
  readonly tellClient: OriginMode
}

export interface Routes {
  readonly domains: ReadonlyMap<string, OurDomain>
  readonly table: RouteTable
  /** The entry for the domain itself, else for its nearest parent. */
  find(domain: Domain): OurDomain | undefined
  isOurs(domain: Domain): boolean
  hasAccounts(domain: Domain): boolean
  addressClass(address: Address): AddressClass
  /** null: we have no way there. Throws a temporary Failure where a table sends it somewhere that is no route. */
  destinationOf(recipient: Recipient): Destination | null
}

/** The routes of a config, and what is wrong with them. */
export async function readRoutes(
  loaded: LoadedConfig,
  ports: TablePorts = stillPorts,
): Promise<{ routes: Routes; complaints: readonly Complaint[] }> {
  const { config } = loaded
  const complaints: Complaint[] = []
  const complain = (path: string, text: string, hint: string | null) => {
    const place = loaded.places.get(path)
    complaints.push({ file: place?.file ?? loaded.file, line: place?.line ?? 0, text, hint })
  }
  const byDomain = new Map<string, Route>()
  for (const [name, written] of config.routes) {
    const route = parseRoute(written)
    if (route === null) complain(`routes.${name}`, `routes.${name} "${written}" is no route`, routeForms)
    else byDomain.set(name.toLowerCase(), route)
  }
  const domains = new Map<string, OurDomain>()
  for (const [name, settings] of config.domains) {
    const ours = readDomain(name, settings, complain)
    if (ours === null) continue
    domains.set(ours.domain, ours)
    byDomain.set(ours.domain, ours.route)
  }
  const written = config.submission.relayhost
  const relayhost = written === '' ? null : parseRoute(written)
  if (written !== '' && relayhost === null)
    complain('submission.relayhost', `submission.relayhost "${written}" is no route`, routeForms)
  const tables = await openTables(config.delivery.transport_maps, loaded, ports)
  complaints.push(...tables.complaints)
  const transport = transportOf(tables.tables, config.recipient_delimiter)
  const programs = [...byDomain.values()].some((route) => route.kind === 'pipe')
  if (programs && !config.delivery.pipe)
    complain('delivery.pipe', 'a route names a program', 'set delivery.pipe = true')
  const table: RouteTable = { transport, domains: byDomain, relayhost, fallback: 'mx' }
  const srsDomain = parseDomain(config.rewriting.srs_domain)
  return { routes: createRoutes(domains, table, srsDomain, config.queue.mailbox_first), complaints }
}

const routeForms = 'write "maildir:", "smtp://host[:port]", "lmtp://host:port", "mx://domain" or "pipe:program"'

type Complain = (path: string, text: string, hint: string | null) => void

function readDomain(name: string, settings: DomainConfig, complain: Complain): OurDomain | null {
  const path = `domains.${name}`
  const below = name.startsWith('.') ? '.' : ''
  const domain = parseDomain(name.slice(below.length))
  const route = parseRoute(settings.deliver)
  const catchAll = settings.catch_all === '' ? null : parseAddress(settings.catch_all)
  if (settings.catch_all !== '' && (catchAll === null || catchAll.domain === ''))
    complain(`${path}.catch_all`, `${path}.catch_all "${settings.catch_all}" is no address`, null)
  if (domain === null) complain(path, `"${name}" is not a domain name`, null)
  if (route === null) complain(`${path}.deliver`, `${path}.deliver "${settings.deliver}" is no route`, routeForms)
  if (domain === null || route === null) return null
  if (settings.recipients === 'accounts' && route.kind !== 'maildir') {
    complain(
      `${path}.recipients`,
      `${path}.recipients = "accounts" needs deliver = "maildir:"`,
      'or "verify" to ask the next hop',
    )
  }
  const recipients =
    settings.recipients === '' ? (route.kind === 'maildir' ? 'accounts' : 'verify') : settings.recipients
  return {
    domain: below + domain,
    route,
    mode: settings.mode,
    whenDown: settings.when_down,
    recipients,
    catchAll,
    tellClient: settings.tell_client,
  }
}

function createRoutes(
  domains: ReadonlyMap<string, OurDomain>,
  table: RouteTable,
  srsDomain: Domain | null,
  mailboxFirst: boolean,
): Routes {
  const find = (domain: Domain): OurDomain | undefined => {
    const exact = domains.get(domain)
    if (exact !== undefined) return exact
    for (let dot = domain.indexOf('.'); dot >= 0; dot = domain.indexOf('.', dot + 1)) {
      const parent = domains.get(domain.slice(dot))
      if (parent !== undefined) return parent
    }
    return undefined
  }
  return {
    domains,
    table,
    find,
    isOurs: (domain) => find(domain) !== undefined || domain === srsDomain,
    hasAccounts: (domain) => find(domain)?.route.kind === 'maildir',
    addressClass: ({ domain }) => {
      const ours = find(domain)
      if (ours === undefined) return domain === srsDomain ? 'virtual' : 'remote'
      return ours.route.kind === 'maildir' ? 'local' : 'relay'
    },
    destinationOf: ({ address, command, via, notify }) => {
      const ours = find(address.domain)
      const manner = { mode: ours?.mode ?? 'queue', whenDown: ours?.whenDown ?? 'defer' } as const
      if (via !== undefined) return { route: filterRoute(via, address.domain), ...manner }
      const program = command === undefined ? null : pipeRoute(command)
      if (program !== null) return { route: program, mode: 'queue' }
      // RFC 5321 §4.5.1: postmaster without a domain is ours; the directory knows whose account that is.
      if (address.domain === '') return { route: { kind: 'maildir' }, mode: 'inline' }
      const answer = routeOf(table, address)
      if (answer.kind !== 'route') return null
      const { route } = answer
      // Success is told by the queue (RFC 3461 §5.2).
      const tryFirst = mailboxFirst && route.kind === 'maildir' && !notify.includes('success')
      return { route, ...manner, tryFirst }
    },
  }
}

function statusBy({ kind }: TableAnswer): RecipientStatus {
  return kind === 'found' ? 'exists' : kind === 'missing' ? 'unknown' : 'tempfail'
}

/** Who exists: our accounts, whom a table knows, what the next hop says, or anybody. */
export function recipientStatusOf(routes: Routes, directory: Directory, couriers: Couriers, tables: RecipientTables) {
  return async (address: Address, signal: AbortSignal): Promise<RecipientStatus> => {
    const ours = routes.find(address.domain)
    if (ours === undefined) return 'not-ours'
    if (ours.recipients === 'any') return 'exists'
    if (ours.recipients === 'accounts') return directory.recipientStatus(address)
    if (ours.recipients !== 'verify')
      return statusBy(await tables(ours.recipients, address, ours.route.kind === 'maildir'))
    const { kind } = await couriers.verifyRecipient(ours.route, null, address, signal)
    return kind
  }
}

/** Would mail for an address be taken where it goes, whether it is ours or not (reject_unverified_sender)? */
export function verifyOf(routes: Routes, couriers: Couriers) {
  return async (address: Address, signal: AbortSignal): Promise<Verification> => {
    const answer = routeOf(routes.table, address)
    if (answer.kind === 'refuse') return { kind: 'unknown', reply: answer.reply }
    return couriers.verifyRecipient(answer.route, null, address, signal)
  }
}

/** Entries read at once. */
const flushBatch = 500

/** ETRN is for the hosts that our relayed domains live on: what waits for such a domain is due now. */
export function flushOf(routes: Routes, queue: Queue) {
  return async (domain: Domain): Promise<boolean> => {
    if (routes.find(domain)?.route.kind === 'maildir' || !routes.isOurs(domain)) return false
    let after: QueueId | undefined
    for (;;) {
      const entries = await queue.list(flushBatch, after)
      const waiting = entries.filter(({ envelope }) => envelope.recipients.some((r) => r.address.domain === domain))
      for (const { id } of waiting) await queue.retry(id)
      after = entries.at(-1)?.id
      if (entries.length < flushBatch || after === undefined) return true
    }
  }
}
