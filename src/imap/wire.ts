// SPDX-License-Identifier: Apache-2.0
/** One connection as lines and bytes, with a deadline on every wait and a ceiling on every line. */
import type { Socket } from 'node:net'
import { type SecureContext, TLSSocket } from 'node:tls'
import type { Clock } from '../core/ports.ts'

/** The peer is gone, or we gave it up; nothing more can be said. */
export class Hangup extends Error {
  override readonly name = 'Hangup'
  readonly because: 'closed' | 'deadline' | 'stalled' | 'tls' | 'shutdown'

  constructor(because: Hangup['because']) {
    super(`connection ended: ${because}`)
    this.because = because
  }
}

/** A line without end. */
export class LineTooLong extends Error {
  override readonly name = 'LineTooLong'
}

/** Unread bytes beyond which we stop reading from the peer. */
const highWater = 64 * 1024

export class Wire {
  readonly #clock: Clock
  readonly #writeMs: number
  #socket: Socket
  #unread: Buffer[] = []
  #unreadBytes = 0
  #ended: Hangup['because'] | null = null
  /** The peer sends no more, but may still read. */
  #inputOver = false
  #wake: (() => void) | null = null

  constructor(socket: Socket, clock: Clock, writeMs: number) {
    this.#socket = socket
    this.#clock = clock
    this.#writeMs = writeMs
    this.#attach(socket)
  }

  get encrypted(): boolean {
    return this.#socket instanceof TLSSocket
  }

  get ended(): boolean {
    return this.#ended !== null
  }

  /** "TLSv1.3 TLS_AES_256_GCM_SHA384"; null without TLS. */
  get tls(): string | null {
    if (!(this.#socket instanceof TLSSocket)) return null
    return `${this.#socket.getProtocol() ?? '?'} ${this.#socket.getCipher().name}`
  }

  /**
   * The next line without its end; a bare LF ends one too. @throws Hangup, LineTooLong
   * @param deadline epoch milliseconds
   */
  async line(maxBytes: number, deadline: number): Promise<Buffer> {
    for (let searched = 0; ; ) {
      const all = this.#joined()
      const feed = all.indexOf(10, searched)
      if (feed < 0 ? all.length > maxBytes : feed > maxBytes) throw new LineTooLong()
      if (feed >= 0) {
        this.#keep(all.subarray(feed + 1))
        return all.subarray(0, all[feed - 1] === 13 ? feed - 1 : feed)
      }
      searched = all.length
      await this.#arrival(deadline)
    }
  }

  /** Exactly so many bytes. @throws Hangup */
  async bytes(count: number, deadline: number): Promise<Buffer> {
    const out = Buffer.allocUnsafe(count)
    for (let have = 0; have < count; ) {
      const chunk = this.#unread.shift()
      if (chunk === undefined) {
        await this.#arrival(deadline)
        continue
      }
      this.#unreadBytes -= chunk.length
      const took = chunk.copy(out, have)
      have += took
      if (took < chunk.length) {
        this.#unread.unshift(chunk.subarray(took))
        this.#unreadBytes += chunk.length - took
      }
    }
    return out
  }

  /** Resolves when the peer can take more. @throws Hangup */
  async write(text: string | Buffer): Promise<void> {
    if (this.#ended !== null) throw new Hangup(this.#ended)
    if (this.#socket.write(typeof text === 'string' ? Buffer.from(text, 'latin1') : text)) return
    const drained = Promise.withResolvers<void>()
    this.#socket.once('drain', drained.resolve).once('close', drained.resolve)
    if (!(await this.#within(drained.promise, this.#writeMs))) this.hangUp('stalled')
    this.#socket.off('drain', drained.resolve).off('close', drained.resolve)
    if (this.#ended !== null) throw new Hangup(this.#ended)
  }

  /**
   * Begins TLS. What the peer sent in clear behind its request is thrown away: it could have been put there by
   * somebody else (RFC 9051 §6.2.1). @throws Hangup
   */
  async startTls(secureContext: SecureContext, timeoutMs: number): Promise<void> {
    this.#socket.removeAllListeners('data')
    this.#unread = []
    this.#unreadBytes = 0
    const secure = new TLSSocket(this.#socket, { isServer: true, secureContext })
    this.#attach(secure)
    const shaken = new Promise<void>((resolve) => {
      secure.once('secure', resolve)
      secure.once('close', resolve)
    })
    if (!(await this.#within(shaken, timeoutMs)) || secure.getProtocol() === null) this.hangUp('tls')
    if (this.#ended !== null) throw new Hangup(this.#ended)
  }

  /** Says the last words, if any, and closes. */
  end(text = ''): void {
    if (this.#ended === null) this.#socket.end(Buffer.from(text, 'latin1'))
  }

  /** Stops all waiting at once; what was written may still leave the socket. */
  hangUpSoon(because: Hangup['because']): void {
    this.#ended ??= because
    this.#wake?.()
  }

  /** Waits for the socket to close; destroys it when that takes too long. */
  async closed(graceMs: number): Promise<void> {
    if (this.#socket.destroyed) return
    this.#socket.resume()
    this.#socket.end()
    const gone = new Promise<void>((resolve) => this.#socket.once('close', () => resolve()))
    await this.#within(gone, graceMs)
    this.#socket.destroy()
  }

  hangUp(because: Hangup['because']): void {
    this.#ended ??= because
    this.#socket.destroy()
    this.#wake?.()
  }

  #attach(socket: Socket): void {
    this.#socket = socket
    socket.on('data', (chunk: Buffer) => {
      this.#unread.push(chunk)
      this.#unreadBytes += chunk.length
      if (this.#unreadBytes > highWater) socket.pause()
      this.#wake?.()
    })
    const over = (): void => {
      this.#ended ??= 'closed'
      this.#wake?.()
    }
    socket.on('error', over)
    socket.on('close', over)
    socket.on('end', () => {
      this.#inputOver = true
      this.#wake?.()
    })
  }

  #joined(): Buffer {
    const [first] = this.#unread
    const all = this.#unread.length === 1 && first !== undefined ? first : Buffer.concat(this.#unread)
    this.#unread = [all]
    return all
  }

  #keep(rest: Buffer): void {
    this.#unread = rest.length === 0 ? [] : [rest]
    this.#unreadBytes = rest.length
  }

  async #arrival(deadline: number): Promise<void> {
    if (this.#ended !== null || this.#inputOver) throw new Hangup(this.#ended ?? 'closed')
    const arrived = new Promise<void>((resolve) => {
      this.#wake = resolve
    })
    this.#socket.resume()
    if (!(await this.#within(arrived, deadline - this.#clock.now()))) throw new Hangup('deadline')
    this.#wake = null
  }

  async #within(event: Promise<void>, ms: number): Promise<boolean> {
    const stop = new AbortController()
    const late = this.#clock.sleep(Math.max(0, ms), stop.signal).then(
      () => false,
      () => true,
    )
    const inTime = await Promise.race([event.then(() => true), late])
    stop.abort()
    return inTime
  }
}
