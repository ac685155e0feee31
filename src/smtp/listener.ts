// SPDX-License-Identifier: Apache-2.0
import { once } from 'node:events'
import { UserError } from '../core/failure.ts'
import { createWire, type WireOptions } from './wire.ts'

export interface SmtpListenerOptions extends WireOptions {
  readonly host: string
  readonly port: number
}

export interface Listening extends AsyncDisposable {
  readonly port: number
  /** Live connections. */
  readonly connections: number
  renewCertificate(): void
}

/** Binds one SMTP socket. Throws UserError 69 when the address cannot be had. */
export async function listenSmtp(options: SmtpListenerOptions): Promise<Listening> {
  const wire = createWire(options)
  const socket = wire.server
  socket.listen({ host: options.host, port: options.port, backlog: 511 })
  try {
    await once(socket, 'listening')
  } catch (error) {
    throw cannotListen(options.host, options.port, error)
  }
  const bound = socket.address()
  return {
    port: typeof bound === 'object' && bound !== null ? bound.port : options.port,
    get connections() {
      return wire.connections.size
    },
    renewCertificate() {
      if (options.tls !== 'none') wire.updateSecureContext(options.certificate())
    },
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => wire.close(resolve)),
  }
}

export function cannotListen(host: string, port: number, error: unknown): UserError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : String(error)
  const why: Record<string, string> = {
    EADDRINUSE: 'is taken by another program',
    EACCES: 'needs more rights than we have',
    EADDRNOTAVAIL: 'is not an address of this machine',
  }
  return new UserError(69, `cannot listen on ${host}:${port}: the address ${why[code] ?? `gives ${code}`}`)
}
