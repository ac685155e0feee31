// SPDX-License-Identifier: Apache-2.0
/** Connections to one policy service. One question at a time on each; those that are idle are used again. */
import { connect, type Socket } from 'node:net'
import type { Clock } from '../core/ports.ts'

export type PolicyEndpoint = { readonly path: string } | { readonly host: string; readonly port: number }

export interface PolicyClientOptions {
  readonly endpoint: PolicyEndpoint
  readonly clock: Clock
  /** Milliseconds for one try, connecting included. */
  readonly timeoutMs: number
  readonly tries: number
  readonly retryDelayMs: number
  readonly maxIdleMs: number
  readonly maxTtlMs: number
}

interface Connection {
  readonly socket: Socket
  readonly openedAt: number
  idleSince: number
}

/** Code units of a reply; an action is one line. */
const maxReply = 16_384

export class PolicyClient {
  readonly #options: PolicyClientOptions
  readonly #idle: Connection[] = []

  constructor(options: PolicyClientOptions) {
    this.#options = options
  }

  /** The reply up to its empty line. Rejects when the service cannot be asked, however often it was tried. */
  async ask(request: string, signal: AbortSignal): Promise<string> {
    const { tries, retryDelayMs, clock } = this.#options
    for (let tried = 1; ; tried++) {
      try {
        return await this.#once(request, signal)
      } catch (error) {
        if (tried >= tries || signal.aborted) throw error
        await clock.sleep(retryDelayMs, signal)
      }
    }
  }

  /** An idle connection may have been closed by the service meanwhile; that is no failure of the service. */
  async #once(request: string, signal: AbortSignal): Promise<string> {
    const used = this.#take()
    if (used !== null) {
      const answer = await this.#on(used, request, signal).catch((error: unknown) => error)
      if (typeof answer === 'string') return answer
    }
    return this.#on(await this.#open(signal), request, signal)
  }

  async #on(connection: Connection, request: string, signal: AbortSignal): Promise<string> {
    const { socket } = connection
    const within = AbortSignal.any([signal, AbortSignal.timeout(this.#options.timeoutMs)])
    try {
      const reply = await exchange(socket, request, within)
      this.#giveBack(connection)
      return reply
    } catch (error) {
      socket.destroy()
      throw error
    }
  }

  /** An idle connection that is young enough and still open. */
  #take(): Connection | null {
    const now = this.#options.clock.now()
    for (let found = this.#idle.pop(); found !== undefined; found = this.#idle.pop()) {
      const { socket, openedAt, idleSince } = found
      const old = now - openedAt > this.#options.maxTtlMs || now - idleSince > this.#options.maxIdleMs
      if (!old && !socket.destroyed && socket.readable) {
        socket.ref()
        return found
      }
      socket.destroy()
    }
    return null
  }

  async #open(signal: AbortSignal): Promise<Connection> {
    const socket = connect(this.#options.endpoint)
    const within = AbortSignal.any([signal, AbortSignal.timeout(this.#options.timeoutMs)])
    // Whatever happens to it later is heard by who uses it, or by nobody.
    socket.on('error', () => undefined)
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const giveUp = (): void => reject(new Error('no connection in time'))
    socket.once('connect', resolve).once('error', reject)
    within.addEventListener('abort', giveUp, { once: true })
    try {
      await promise
    } catch (error) {
      socket.destroy()
      throw error
    } finally {
      within.removeEventListener('abort', giveUp)
    }
    const now = this.#options.clock.now()
    return { socket, openedAt: now, idleSince: now }
  }

  #giveBack(connection: Connection): void {
    connection.idleSince = this.#options.clock.now()
    // An idle connection keeps no process alive, and is closed after its time.
    connection.socket.unref()
    connection.socket.setTimeout(this.#options.maxIdleMs, () => connection.socket.destroy())
    this.#idle.push(connection)
  }
}

/** One question and its answer. */
async function exchange(socket: Socket, request: string, signal: AbortSignal): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  let text = ''
  const read = (chunk: Buffer): void => {
    text += chunk.toString('utf8')
    const end = text.indexOf('\n\n')
    if (end >= 0) resolve(text.slice(0, end))
    else if (text.length > maxReply) reject(new Error('the reply does not end'))
  }
  const ended = (): void => reject(new Error('the connection was closed'))
  const late = (): void => reject(new Error('no reply in time'))
  socket.setTimeout(0)
  socket.on('data', read).once('end', ended).once('close', ended).once('error', reject)
  signal.addEventListener('abort', late, { once: true })
  if (signal.aborted) late()
  socket.write(request)
  try {
    return await promise
  } finally {
    signal.removeEventListener('abort', late)
    socket.off('data', read).off('end', ended).off('close', ended).off('error', reject)
  }
}
