// SPDX-License-Identifier: Apache-2.0
/** Opens every socket of the config. All or none: one that cannot be had stops the start. */
import { createSecureContext } from 'node:tls'
import type { Authenticate } from '../accounts/sasl.ts'
import type { LoadedConfig } from '../config/load.ts'
import type { ListenerConfig } from '../config/schema.ts'
import { type Complaint, UserError } from '../core/failure.ts'
import type { Clock, Ids, Logger } from '../core/ports.ts'
import type { Ptr } from '../core/session.ts'
import { listenImap } from '../imap/listener.ts'
import { containedInAny, type Network, parseIp, parseNetwork } from '../kit/cidr.ts'
import type { Shelf } from '../mailbox/shelf.ts'
import { listenHttp } from '../metrics/http.ts'
import type { Metrics } from '../metrics/registry.ts'
import type { Way } from '../pipeline/way.ts'
import type { Certificate } from '../service/certificate.ts'
import type { ByteBudget } from '../smtp/byte-budget.ts'
import type { Door } from '../smtp/conversation.ts'
import { cannotListen, listenSmtp } from '../smtp/listener.ts'
import { Patience } from '../smtp/patience.ts'
import { certificateWish } from './certificate.ts'

export interface OpenListener extends AsyncDisposable {
  readonly role: ListenerConfig['role']
  readonly tls: ListenerConfig['tls']
  readonly host: string
  readonly port: number
}

export interface ListenerPorts {
  readonly ways: Readonly<Record<'mx' | 'submission', Way>>
  readonly authenticate: Authenticate
  readonly certificate: Certificate
  readonly reverse: (ip: string, signal: AbortSignal) => Promise<Ptr>
  readonly budget: ByteBudget
  readonly shelf: Shelf
  readonly clock: Clock
  readonly ids: Ids
  readonly log: Logger
  readonly metrics: Metrics
}

/** What all doors know of clients. */
interface Clients {
  readonly networks: readonly Network[]
  readonly patience: Patience
}

export interface Listeners extends AsyncDisposable {
  readonly all: readonly OpenListener[]
}

/** Throws UserError 69 or 78; what was opened before is closed again. */
export async function openListeners(loaded: LoadedConfig, ports: ListenerPorts): Promise<Listeners> {
  const { sockets, complaints } = readListeners(loaded)
  if (complaints.length > 0) throw new UserError(78, complaints)
  const { greet_wait, greet_ttl } = loaded.config.smtp
  const clients = { networks: readNetworks(loaded).networks, patience: new Patience(greet_wait, greet_ttl) }
  const all: OpenListener[] = []
  const close = async () => void (await Promise.all(all.splice(0).map((listener) => listener[Symbol.asyncDispose]())))
  try {
    for (const socket of sockets) all.push(await openListener(loaded, socket, clients, ports))
  } catch (error) {
    await close()
    throw error
  }
  return { all, [Symbol.asyncDispose]: close }
}

interface Socket {
  readonly role: ListenerConfig['role']
  readonly tls: ListenerConfig['tls']
  readonly auth: boolean
  readonly asksCertificate: boolean
  readonly host: string
  readonly port: number
}

export function readListeners({ config, file }: LoadedConfig): {
  sockets: readonly Socket[]
  complaints: readonly Complaint[]
} {
  const complaints: Complaint[] = []
  const sockets: Socket[] = []
  for (const { role, tls, auth, client_certificates: certificates, address, place } of config.listeners) {
    const asksCertificate = certificates === 'ask'
    const complain = (text: string, hint: string | null) =>
      complaints.push({ file: place.file, line: place.line, text, hint })
    const match = /^(?:\[([0-9A-Fa-f:.]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(address)
    const host = match?.[1] ?? match?.[2] ?? ''
    const port = Number(match?.[3] ?? -1)
    if (match === null || port > 65_535)
      complain(`the listener's address is "${address}"`, 'write "0.0.0.0:25" or "[::]:25"')
    else if (role === 'submission' && tls === 'none' && !isLoopback(host))
      complain('passwords would cross the network in clear', 'set tls to starttls or implicit')
    else if (auth && tls === 'none') complain('auth = true needs TLS', 'set tls to starttls or implicit')
    else if (asksCertificate && (tls === 'none' || (role !== 'mx' && role !== 'submission')))
      complain('client_certificates = "ask" needs TLS, and role mx or submission', null)
    else sockets.push({ role, tls, auth, asksCertificate, host, port })
  }
  if (config.listeners.length === 0)
    complaints.push({ file, line: 0, text: 'there is no listener', hint: 'add a [[listeners]] table' })
  return { sockets, complaints }
}

export function readNetworks({ config }: LoadedConfig): {
  networks: readonly Network[]
  complaints: readonly Complaint[]
} {
  const networks: Network[] = []
  const complaints: Complaint[] = []
  for (const { text, file, line } of config.mynetworks) {
    const network = parseNetwork(text.replace(/^\[(.*)\]/, '$1'))
    if (typeof network === 'string')
      complaints.push({
        file,
        line,
        text: `mynetworks: "${text}": ${network}`,
        hint: 'write "10.0.0.0/8" or "[2001:db8::]/32"',
      })
    else if (network.masks.every((mask) => mask === 0)) {
      const hint = 'name your own networks'
      complaints.push({ file, line, text: `mynetworks: "${text}" would make an open relay`, hint })
    } else networks.push(network)
  }
  return { networks, complaints }
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('127.')
}

/** Addresses of ours by themselves: a message sent there would come back to us. */
export function ownAddresses(loaded: LoadedConfig): (ip: string) => boolean {
  const hosts = new Set(readListeners(loaded).sockets.map((socket) => socket.host))
  return (ip) => isLoopback(ip) || hosts.has(ip)
}

async function openListener(
  loaded: LoadedConfig,
  socket: Socket,
  clients: Clients,
  ports: ListenerPorts,
): Promise<OpenListener> {
  const { role, tls, host, port } = socket
  const opened = async (): Promise<AsyncDisposable & { readonly port: number }> => {
    switch (role) {
      case 'mx':
      case 'submission':
        return listenSmtp({
          host,
          port,
          tls,
          certificate: () => ports.certificate,
          clientCertificates: socket.asksCertificate ? certificateWish(loaded) : null,
          door: openDoor(loaded, role, socket.auth, clients, ports),
        })
      case 'imap': {
        const imap = await openImap(loaded, socket, ports)
        return { port: imap.port, [Symbol.asyncDispose]: () => imap.close() }
      }
      case 'http':
        return listenHttp({ host, port, metrics: ports.metrics, notReady: async () => [] })
    }
  }
  try {
    const listening = await opened()
    return { ...socket, port: listening.port, [Symbol.asyncDispose]: () => listening[Symbol.asyncDispose]() }
  } catch (error) {
    throw error instanceof UserError ? error : cannotListen(host, port, error)
  }
}

function openImap({ config }: LoadedConfig, { host, port, tls }: Socket, ports: ListenerPorts) {
  const { key, cert } = ports.certificate
  const context = createSecureContext({ key, cert })
  return listenImap({
    address: host,
    port,
    tls,
    shelf: ports.shelf,
    authenticate: ports.authenticate,
    secureContext: () => context,
    allowPlaintextAuth: config.imap.allow_plaintext_auth && isLoopback(host),
    limits: { connections: config.imap.connection_limit, appendBytes: config.smtp.message_size_limit },
    clock: ports.clock,
    log: ports.log,
    meter: ports.metrics,
  })
}

function openDoor(
  { config }: LoadedConfig,
  role: 'mx' | 'submission',
  auth: boolean,
  { networks, patience }: Clients,
  ports: ListenerPorts,
): Door {
  const { smtp } = config
  return {
    role,
    auth: auth || role === 'submission',
    hostname: config.hostname,
    limits: {
      messageSize: smtp.message_size_limit,
      recipients: smtp.recipient_limit,
      connections: smtp.connection_limit,
      clientConnections: smtp.client_connection_limit,
      errors: smtp.error_limit,
      transactions: smtp.transaction_limit,
      timeoutMs: smtp.timeout,
      commandMs: smtp.command_timeout,
    },
    bareNewlines: smtp.bare_newlines,
    way: ports.ways[role],
    authenticate: ports.authenticate,
    reverse: ports.reverse,
    isMyNetwork: (ip) => {
      const parsed = parseIp(ip)
      return parsed !== null && containedInAny(networks, parsed)
    },
    patience,
    budget: ports.budget,
    clock: ports.clock,
    ids: ports.ids,
    log: ports.log,
    meter: ports.metrics,
  }
}
