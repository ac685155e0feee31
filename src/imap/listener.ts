// SPDX-License-Identifier: Apache-2.0
/** The IMAP socket: accepts, counts, hands each connection to a conversation, and ends them all on close. */
import { createServer, type Server, type Socket } from 'node:net'
import { converse } from './conversation.ts'
import { defaultLimits, type ImapLimits, type SessionDeps } from './talk.ts'
import { Wire } from './wire.ts'

export interface ListenImapOptions extends Omit<SessionDeps, 'limits' | 'offersTls' | 'enter'> {
  readonly address: string
  /** 0: any free port. */
  readonly port: number
  readonly tls: 'none' | 'starttls' | 'implicit'
  /** Those not given are defaultLimits'. */
  readonly limits: Partial<ImapLimits>
}

export interface ImapListener {
  readonly port: number
  /** Stops accepting and ends every session. */
  close(): Promise<void>
}

/** What goodbye may take before the socket is destroyed. */
const goodbyeMs = 2000

/** What commands under way may take at the end. */
const closeMs = 10_000

/** @throws the error of listen(2) */
export async function listenImap(options: ListenImapOptions): Promise<ImapListener> {
  const limits: ImapLimits = { ...defaultLimits, ...options.limits }
  const perIp = counter(limits.connectionsPerIp)
  const perAccount = counter(limits.connectionsPerAccount)
  const open = new Map<Wire, Promise<void>>()
  const deps: SessionDeps = { ...options, limits, offersTls: options.tls === 'starttls', enter: perAccount }
  const accept = (socket: Socket): void => {
    // An IPv4 client of an IPv6 socket (RFC 4291 §2.5.5.2).
    const ip = (socket.remoteAddress ?? '').replace(/^::ffff:(?=\d+\.)/i, '')
    const leave = open.size < limits.connections ? perIp(ip) : null
    if (leave === null) {
      options.meter.count('postern_imap_connections_total', { tls: options.tls, result: 'refused' })
      socket.on('error', () => undefined)
      socket.end(options.tls === 'implicit' ? '' : '* BYE [LIMIT] too many connections\r\n')
      return
    }
    options.meter.count('postern_imap_connections_total', { tls: options.tls, result: 'accepted' })
    const wire = new Wire(socket, options.clock, limits.writeMs)
    const session = serve(wire, ip, deps, options.tls === 'implicit').finally(() => {
      leave()
      open.delete(wire)
      options.meter.gauge('postern_imap_sessions', open.size)
    })
    open.set(wire, session)
    options.meter.gauge('postern_imap_sessions', open.size)
  }
  const server = createServer({ allowHalfOpen: true, noDelay: true }, accept)
  await listen(server, options.port, options.address)
  const bound = server.address()
  return {
    port: bound !== null && typeof bound === 'object' ? bound.port : options.port,
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      for (const wire of open.keys()) {
        wire.end('* BYE shutting down\r\n')
        wire.hangUpSoon('shutdown')
      }
      const stop = new AbortController()
      const late = options.clock.sleep(closeMs, stop.signal).catch(() => undefined)
      await Promise.race([Promise.all([...open.values(), closed]), late])
      stop.abort()
    },
  }
}

async function serve(wire: Wire, ip: string, deps: SessionDeps, implicitTls: boolean): Promise<void> {
  try {
    if (implicitTls) await wire.startTls(deps.secureContext(), deps.limits.preAuthMs)
    await converse(wire, ip, deps)
  } catch {
    deps.meter.count('postern_imap_tls_failures_total')
  } finally {
    await wire.closed(goodbyeMs)
  }
}

function listen(server: Server, port: number, address: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, address, () => {
      server.off('error', reject)
      resolve()
    })
  })
}

/** Counts up to a ceiling per key; the answer counts down again. */
function counter(ceiling: number): (key: string) => (() => void) | null {
  const counts = new Map<string, number>()
  return (key) => {
    const now = counts.get(key) ?? 0
    if (now >= ceiling) return null
    counts.set(key, now + 1)
    return () => {
      const left = (counts.get(key) ?? 1) - 1
      if (left > 0) counts.set(key, left)
      else counts.delete(key)
    }
  }
}
