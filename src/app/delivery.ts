// SPDX-License-Identifier: Apache-2.0
/** How mail leaves us, by the config: TLS, credentials, fallback, programs. */
import { readFileSync } from 'node:fs'
import type { LoadedConfig } from '../config/load.ts'
import { parseDomain } from '../core/address.ts'
import { type Complaint, Failure, UserError } from '../core/failure.ts'
import type { Resolver } from '../core/ports.ts'
import { MtaSts, policyFetcher } from '../delivery/mta-sts.ts'
import { type CouriersOptions, deliveryDefaults } from '../delivery/open.ts'
import type { Credentials, TlsMode } from '../delivery/session.ts'
import type { RemoteRoute } from '../delivery/target.ts'
import { type DomainPolicySource, TlsPolicies } from '../delivery/tls-policy.ts'
import { parseRoute } from '../queue/route.ts'
import type { Table } from '../tables/table.ts'
import { readListeners } from './listeners.ts'
import { openTables, stillPorts } from './open-tables.ts'
import { fromBase } from './paths.ts'
import type { TablePorts } from './recipient-tables.ts'
import type { Routes } from './routes.ts'

export interface DeliveryPorts extends TablePorts {
  readonly routes: Routes
  readonly dns: Resolver
  readonly random: () => number
  readonly isOwnAddress: (ip: string) => boolean
}

type DeliveryOptions = Omit<CouriersOptions, 'shelf' | 'accountFor' | 'clock' | 'log' | 'meter'>

/** Throws UserError 78 with every complaint. */
export async function openDelivery(loaded: LoadedConfig, ports: DeliveryPorts): Promise<DeliveryOptions> {
  const { read, complaints } = await readDelivery(loaded, ports)
  if (complaints.length > 0) throw new UserError(78, complaints)
  const { config } = loaded
  const { dns, random, routes, isOwnAddress } = ports
  const { limits: _limits, pipeMs, ...numbers } = deliveryDefaults
  const { connect_timeout, command_timeout, data_timeout } = config.delivery
  const limits = {
    connectMs: connect_timeout,
    commandMs: command_timeout,
    transferMs: data_timeout,
    finalMs: data_timeout,
  }
  const telling = new Map([...routes.domains.values()].map(({ route, tellClient }) => [urlOf(route), tellClient]))
  return {
    ...numbers,
    session: { ehloName: config.hostname, limits, ca: read.ca },
    mx: { dns, random, ownNames: read.ownNames, isOwnAddress, family: config.delivery.address_family },
    tls: new TlsPolicies({
      table: read.policies,
      fallback: config.delivery.tls,
      domains: domainPolicies(loaded, ports),
      hosts: [],
    }),
    credentialsFor: (host, port) => credentialsFrom(read.credentials, host, port),
    originFor: (route) => telling.get(route.url) ?? 'none',
    fallback: read.fallback,
    pipe: {
      enabled: config.delivery.pipe,
      user: read.user,
      recipientDelimiter: config.recipient_delimiter,
      timeoutMs: pipeMs,
    },
  }
}

function domainPolicies({ config }: LoadedConfig, ports: DeliveryPorts): readonly DomainPolicySource[] {
  const { clock, log, meter } = ports
  const { mta_sts, tls } = config.delivery
  return mta_sts ? [new MtaSts({ fetch: policyFetcher(ports), otherwise: tls, clock, log, meter })] : []
}

/** What is wrong with the settings of delivery. */
export async function checkDelivery(loaded: LoadedConfig): Promise<readonly Complaint[]> {
  return (await readDelivery(loaded, stillPorts)).complaints
}

function urlOf(route: RemoteRoute | { readonly kind: 'maildir' } | { readonly kind: 'pipe'; readonly url: string }) {
  return 'url' in route ? route.url : route.kind
}

interface Read {
  readonly ownNames: ReadonlySet<string>
  readonly policies: ReadonlyMap<string, TlsMode>
  readonly credentials: readonly Table[]
  readonly fallback: readonly RemoteRoute[]
  readonly ca: string | null
  readonly user: { readonly uid: number; readonly gid: number } | null
}

async function readDelivery(
  loaded: LoadedConfig,
  ports: TablePorts,
): Promise<{ read: Read; complaints: readonly Complaint[] }> {
  const { delivery, hostname } = loaded.config
  const tables = await openTables(delivery.credentials, loaded, ports)
  const complaints: Complaint[] = [...tables.complaints, ...circles(loaded)]
  const fallback = delivery.fallback_relay.flatMap(({ text, file, line }): RemoteRoute[] => {
    const route = parseRoute(text)
    if (route !== null && 'host' in route) return [route]
    complaints.push({ file, line, text: `"${text}" is no route to another host`, hint: 'write "smtp://host[:port]"' })
    return []
  })
  const complain = (setting: string, text: string, hint: string | null = null) => {
    const place = loaded.places.get(setting) ?? { file: loaded.file, line: 0 }
    complaints.push({ ...place, text: `${setting}: ${text}`, hint })
  }
  const read: Read = {
    ownNames: new Set([hostname, ...delivery.own_names.map(({ text }) => parseDomain(text) ?? text.toLowerCase())]),
    policies: new Map([...delivery.tls_policies].map(([name, mode]) => [name.toLowerCase(), mode])),
    credentials: tables.tables,
    fallback,
    ca: delivery.tls_ca === '' ? null : readPem(fromBase(loaded.base, delivery.tls_ca), complain),
    user: delivery.pipe && process.getuid?.() === 0 ? userNamed(delivery.pipe_user, complain) : null,
  }
  return { read, complaints }
}

/** Routes that lead back into one of our own listeners: each message would go round until its hops are counted out. */
function circles(loaded: LoadedConfig): Complaint[] {
  const { sockets } = readListeners(loaded)
  const written = [
    ...[...loaded.config.domains].map(([name, { deliver }]) => [`domains.${name}.deliver`, deliver] as const),
    ...[...loaded.config.routes].map(([name, route]) => [`routes.${name}`, route] as const),
    ['submission.relayhost', loaded.config.submission.relayhost] as const,
  ]
  return written.flatMap(([setting, text]) => {
    const route = parseRoute(text)
    if (route === null || !('host' in route) || route.kind === 'mx') return []
    const local = isLoopback(route.host)
    const own = sockets.some(({ host, port, role }) => {
      const listens = host === route.host || (local && (isLoopback(host) || host === '0.0.0.0' || host === '::'))
      return port !== 0 && port === route.port && listens && (role === 'mx' || role === 'submission')
    })
    const place = loaded.places.get(setting) ?? { file: loaded.file, line: 0 }
    return own ? [{ ...place, text: `${setting} "${text}" is a listener of our own`, hint: 'name the next hop' }] : []
  })
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('127.')
}

type Complain = (setting: string, text: string, hint?: string | null) => void

function readPem(path: string, complain: Complain): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    complain('delivery.tls_ca', error instanceof Error ? error.message : String(error))
    return null
  }
}

/** By the system's list of users. root is none: programs are given what strangers wrote. */
function userNamed(name: string, complain: Complain): Read['user'] {
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((entry) => entry.startsWith(`${name}:`))
  const [, , uid, gid] = line?.split(':').map(Number) ?? []
  if (uid !== undefined && gid !== undefined && uid > 0 && gid > 0) return { uid, gid }
  complain(
    'delivery.pipe_user',
    `"${name}" is no user of this machine, or is root`,
    'programs run as a user of their own',
  )
  return null
}

/** Throws a temporary Failure where a table cannot be asked, or says no "user:password". */
async function credentialsFrom(tables: readonly Table[], host: string, port: number): Promise<Credentials | null> {
  for (const table of tables) {
    // Postfix's tables write a host that is not looked up by MX in brackets.
    for (const key of [`${host}:${port}`, `[${host}]:${port}`, host, `[${host}]`]) {
      const answer = await table.find(key)
      if (answer.kind === 'failed') throw new Failure(trouble, `${table.spec}: ${answer.because}`)
      if (answer.kind === 'missing') continue
      const [, user, pass] = /^([^:]+):(.+)$/.exec(answer.value) ?? []
      if (user === undefined || pass === undefined) throw new Failure(trouble, `${answer.place}: write user:password`)
      return { user, pass }
    }
  }
  return null
}

const trouble = { code: 451, enhanced: '4.3.5', text: 'Server configuration error' } as const
