// SPDX-License-Identifier: Apache-2.0
/** One SMTP connection of the replay: a command, its reply, and when each of them crossed the socket. */
import { createConnection, type Socket } from 'node:net'

export interface Heard {
  readonly code: number
  /** Milliseconds of performance.now() at which the reply was whole. */
  readonly at: number
}

/** What is left of a reply longer than this is a broken server. */
const maxReply = 65_536

export class SmtpClient {
  readonly #socket: Socket
  #text = ''
  #failure: Error | null = null
  #waiting: { readonly resolve: (heard: Heard) => void; readonly reject: (error: Error) => void } | null = null

  constructor(host: string, port: number, timeoutMs: number) {
    this.#socket = createConnection({ host, port, noDelay: true })
    this.#socket.setTimeout(timeoutMs, () => this.#fail(new Error(`no reply within ${timeoutMs} ms`)))
    this.#socket.on('error', (error) => this.#fail(error))
    this.#socket.on('close', () => this.#fail(new Error('the server closed the connection')))
    this.#socket.on('data', (chunk) => this.#hear(chunk))
  }

  /** The next reply. Rejects when the connection ends without one. */
  reply(): Promise<Heard> {
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject }
      this.#settle()
    })
  }

  /** Sends and waits for the reply. */
  async ask(bytes: string | Uint8Array): Promise<Heard> {
    const reply = this.reply()
    this.#socket.write(bytes)
    return await reply
  }

  /** Sends, and measures from the moment at which the kernel has the last byte. */
  async askTimed(bytes: Uint8Array): Promise<{ readonly code: number; readonly ms: number }> {
    const reply = this.reply()
    let sentAt = performance.now()
    this.#socket.write(bytes, () => {
      sentAt = performance.now()
    })
    const { code, at } = await reply
    return { code, ms: Math.max(0, at - sentAt) }
  }

  close(): void {
    this.#socket.destroy()
  }

  #hear(chunk: Buffer): void {
    this.#text += chunk.toString('latin1')
    if (this.#text.length > maxReply) this.#fail(new Error('a reply without an end'))
    this.#settle()
  }

  /** Hands over the first whole reply: lines "250-…" and a last one "250 …" (RFC 5321 §4.2.1). */
  #settle(): void {
    if (this.#waiting === null) return
    const waiting = this.#waiting
    for (let start = 0; ; ) {
      const end = this.#text.indexOf('\r\n', start)
      if (end < 0) break
      const line = this.#text.slice(start, end)
      start = end + 2
      if (line[3] === '-') continue
      this.#waiting = null
      this.#text = this.#text.slice(start)
      const code = /^[2-5]\d\d(?: |$)/.test(line) ? Number(line.slice(0, 3)) : null
      if (code === null) waiting.reject(new Error(`not a reply: ${line.slice(0, 80)}`))
      else waiting.resolve({ code, at: performance.now() })
      return
    }
    if (this.#failure === null) return
    this.#waiting = null
    waiting.reject(this.#failure)
  }

  #fail(error: Error): void {
    this.#failure ??= error
    this.#socket.destroy()
    this.#settle()
  }
}
