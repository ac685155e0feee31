// SPDX-License-Identifier: Apache-2.0
/**
 * The one door to the nodemailer package. Its SMTPConnection speaks the protocol; what a courier must know and its
 * callbacks do not tell (each reply, per recipient) is read from its transaction log.
 */
import { connect, isIP } from 'node:net'
import SMTPConnection from 'nodemailer/lib/smtp-connection'
import {
  type Exchange,
  NoSession,
  type OpenSession,
  type OutgoingMessage,
  type Session,
  type SessionOptions,
  type Target,
} from './session.ts'
import { Transcript } from './transcript.ts'

/** No real reply comes near this. */
const maxReplyBytes = 64 * 1024

/** Name under which arbitrary commands are run: nodemailer lets an authentication method of ours talk to the peer. */
const probing = 'X-POSTERN-PROBE'

interface LogEntry {
  readonly tnx?: string
}

interface NodemailerError extends Error {
  readonly code?: string
  readonly response?: string
}

function stepOf(error: NodemailerError, lastCommand: string): NoSession['step'] {
  if (error.code === 'ETLS' || lastCommand === 'STARTTLS') return 'tls'
  if (error.code === 'EAUTH') return 'auth'
  return error.response === undefined ? 'connect' : 'greeting'
}

function connectionOptions(target: Target, options: SessionOptions): SMTPConnection.Options {
  const { connectMs, finalMs, transferMs } = options.limits
  const where =
    target.port === 0 ? { connection: connect({ path: target.address }) } : { host: target.address, port: target.port }
  return {
    ...where,
    secure: target.port === 465 && target.tls !== 'none',
    ignoreTLS: target.tls === 'none' || target.port === 0,
    opportunisticTLS: target.tls === 'may',
    requireTLS: target.tls === 'encrypt' || target.tls === 'verify',
    tls: {
      rejectUnauthorized: target.tls === 'verify',
      // RFC 6066 §3: never an address.
      ...(isIP(target.host) === 0 ? { servername: target.host } : {}),
    },
    name: options.ehloName,
    lmtp: target.lmtp,
    connectionTimeout: connectMs,
    greetingTimeout: connectMs,
    // The transcript's timers are stricter; this one only notices a peer that reads nothing of a message.
    socketTimeout: Math.max(finalMs, transferMs) + 1_000,
    maxResponseSize: maxReplyBytes,
    transactionLog: true,
  }
}

class NodemailerSession implements Session {
  readonly #connection: SMTPConnection
  readonly #transcript: Transcript
  #closed = false
  /** Ends whatever is under way when the connection does. */
  #fail: (error: Error) => void = () => undefined
  #commands: ((run: (command: string) => Promise<string>) => Promise<void>) | null = null

  constructor(target: Target, options: SessionOptions) {
    this.#transcript = new Transcript(target.lmtp, options.limits, (what) => {
      this.#ended(new Error(`timed out waiting for ${what}`))
      this.#connection.close()
    })
    const log = (entry: LogEntry, text: unknown) => this.#listen(entry, String(text))
    const ignore = () => undefined
    this.#connection = new SMTPConnection({
      ...connectionOptions(target, options),
      logger: { trace: ignore, debug: log, info: log, warn: ignore, error: ignore, fatal: ignore },
      customAuth: {
        [probing]: async (context) => {
          await this.#commands?.(async (command) => (await context.sendCommand(command)).response)
        },
      },
    })
    this.#connection.on('error', (error: Error) => this.#ended(error))
    this.#connection.on('end', () => this.#ended(new Error('the connection was closed')))
  }

  get secure(): boolean {
    return this.#connection.secure
  }

  get usable(): boolean {
    return !this.#closed && this.#transcript.settled
  }

  get offers(): ReadonlyMap<string, string> {
    return this.#transcript.offers
  }

  async connect(options: SessionOptions): Promise<void> {
    try {
      await this.#doing((done) => this.#connection.connect(done))
      const auth = options.credentials
      if (auth !== null) await this.#doing((done) => this.#connection.login({ ...auth }, done))
    } catch (cause) {
      const error = cause as NodemailerError
      this.close()
      throw new NoSession(stepOf(error, this.#transcript.lastCommand), error.response ?? null, error.message)
    }
  }

  async send(message: OutgoingMessage): Promise<Exchange> {
    this.#transcript.begin()
    const body = message.blob.open()
    const envelope = {
      from: message.reversePath,
      to: [...message.recipients],
      size: message.blob.size,
      use8BitMime: message.eightBit,
      requireTLSExtensionEnabled: message.requireTls,
      dsn: message.dsn,
    }
    let trouble: string | null = null
    try {
      await this.#doing((done) => this.#connection.send(envelope, body, done))
    } catch (cause) {
      const error = cause as NodemailerError
      if (error.response === undefined || this.#closed) trouble = error.message
    } finally {
      body.destroy()
    }
    const exchange = this.#transcript.exchange(message.recipients.length, trouble)
    // A message broken off, or an answer before its end, leaves a connection on which nothing means what it says.
    if (!this.#transcript.settled) this.close()
    else if (!this.#closed && exchange.mail?.startsWith('2') && exchange.end.length === 0) await this.#reset()
    return exchange
  }

  async probe(reversePath: string, recipients: readonly string[]): Promise<Exchange> {
    const replies: string[] = []
    let trouble: string | null = null
    this.#commands = async (run) => {
      replies.push(await run(`MAIL FROM:<${reversePath}>`))
      for (const recipient of replies[0]?.startsWith('2') ? recipients : [])
        replies.push(await run(`RCPT TO:<${recipient}>`))
      await run('RSET')
    }
    try {
      await this.#doing((done) => this.#connection.login({ method: probing }, done))
    } catch (cause) {
      trouble = (cause as Error).message
      this.close()
    }
    this.#commands = null
    const [mail = null, ...rcpt] = replies
    return { mail, rcpt: recipients.map((_, i) => rcpt[i] ?? null), data: null, end: [], trouble }
  }

  quit(): void {
    if (this.#closed) return
    this.#closed = true
    this.#transcript.stop()
    this.#connection.quit()
  }

  close(): void {
    this.#ended(new Error('the connection was closed'))
    this.#connection.close()
  }

  /** Ends the transaction of a refused envelope, so that the next one starts afresh. */
  async #reset(): Promise<void> {
    try {
      await this.#doing((done) => this.#connection.reset(done))
    } catch {
      this.close()
    }
  }

  /** One step with a callback, which also ends when the connection does. */
  async #doing(start: (done: (error?: Error | null) => void) => void): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    this.#fail = reject
    if (this.#closed) reject(new Error('the connection is closed'))
    else start((error) => (error === undefined || error === null ? resolve() : reject(error)))
    try {
      await promise
    } finally {
      this.#fail = () => undefined
    }
  }

  #ended(error: Error): void {
    this.#closed = true
    this.#transcript.stop()
    this.#fail(error)
  }

  #listen(entry: LogEntry, text: string): void {
    if (entry.tnx === 'client') this.#transcript.command(text)
    else if (entry.tnx === 'server') this.#transcript.reply(text)
    else if (entry.tnx === 'message') this.#transcript.messageSent()
  }
}

/** Connects, greets, upgrades to TLS as the target demands and logs in. Rejects with NoSession, and with nothing else. */
export const openSession: OpenSession = async (target, options, signal) => {
  if (signal.aborted) throw new NoSession('connect', null, 'given up')
  const session = new NodemailerSession(target, options)
  const abort = () => session.close()
  signal.addEventListener('abort', abort, { once: true })
  try {
    await session.connect(options)
    return session
  } finally {
    signal.removeEventListener('abort', abort)
  }
}
