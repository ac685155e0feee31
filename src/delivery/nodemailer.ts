// SPDX-License-Identifier: Apache-2.0
/**
 * The one door to the nodemailer package. Its SMTPConnection speaks the protocol; what a courier must know and its
 * callbacks do not tell (each reply, per recipient) is read from its transaction log. Parameters that it cannot be asked
 * for are added to its commands as it sends them (docs/adr/0005-nodemailer-behind-its-door.md).
 */
import { connect, isIP } from 'node:net'
import { TLSSocket } from 'node:tls'
import SMTPConnection from 'nodemailer/lib/smtp-connection'
import {
  type CertificatePin,
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

/** The one method of nodemailer's that we lay hands on: all that is said goes through it. */
interface Sender {
  _sendCommand(line: string, shown?: string): void
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
      // A pin takes the place of a trusted signer (RFC 7671 §5.1).
      rejectUnauthorized: target.tls === 'verify' && target.pin === null,
      ...(options.ca === null ? {} : { ca: options.ca }),
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
  /** What is being sent; null between messages. */
  #message: OutgoingMessage | null = null
  #rcptSaid = 0
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
    const sender = this.#connection as unknown as Sender
    const say = sender._sendCommand.bind(sender)
    sender._sendCommand = (line, shown) => say(this.#withParameters(line), shown)
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

  get peerName(): string {
    return this.#transcript.peerName
  }

  async connect({ credentials: auth, pin }: Target): Promise<void> {
    try {
      await this.#doing((done) => this.#connection.connect(done))
      if (pin !== null) this.#check(pin)
      if (auth !== null) await this.#doing((done) => this.#connection.login({ ...auth }, done))
    } catch (cause) {
      const error = cause as NodemailerError
      this.close()
      throw new NoSession(stepOf(error, this.#transcript.lastCommand), error.response ?? null, error.message)
    }
  }

  async send(message: OutgoingMessage): Promise<Exchange> {
    const body = message.blob.open()
    const envelope = {
      from: message.reversePath,
      to: message.recipients.map(({ address }) => address),
      size: message.blob.size,
      use8BitMime: message.eightBit,
      requireTLSExtensionEnabled: message.requireTls,
      dsn: { ret: message.ret, envid: message.envid },
    }
    let trouble: string | null = null
    try {
      if (message.preamble.length > 0) await this.#introduce(message.preamble)
      this.#transcript.begin()
      this.#message = message
      this.#rcptSaid = 0
      await this.#doing((done) => this.#connection.send(envelope, body, done))
    } catch (cause) {
      const error = cause as NodemailerError
      if (error.response === undefined || this.#closed) trouble = error.message
    } finally {
      this.#message = null
      body.destroy()
    }
    const exchange = this.#transcript.exchange(message.recipients.length, trouble)
    // A message broken off, or an answer before its end, leaves a connection on which nothing means what it says.
    if (!this.#transcript.settled) this.close()
    else if (!this.#closed && exchange.mail?.startsWith('2') && exchange.end.length === 0) await this.#reset()
    // The next message has another client, or none.
    if (message.preamble.some((line) => line.startsWith('XCLIENT'))) this.quit()
    return exchange
  }

  async probe(reversePath: string, recipients: readonly string[]): Promise<Exchange> {
    const replies: string[] = []
    const trouble = await this.#converse(async (run) => {
      replies.push(await run(`MAIL FROM:<${reversePath}>`))
      for (const recipient of replies[0]?.startsWith('2') ? recipients : [])
        replies.push(await run(`RCPT TO:<${recipient}>`))
      await run('RSET')
    })
    const [mail = null, ...rcpt] = replies
    return { mail, rcpt: recipients.map((_, i) => rcpt[i] ?? null), data: null, end: [], trouble }
  }

  /** Who the client was. A peer that does not want to know is still given the message. */
  async #introduce(preamble: readonly string[]): Promise<void> {
    const trouble = await this.#converse(async (run) => {
      for (const line of preamble) {
        const reply = await run(line)
        // XCLIENT begins the session again.
        if (line.startsWith('XCLIENT') && reply.startsWith('220')) await run(`EHLO ${this.#connection.name}`)
      }
    })
    if (trouble !== null) throw new Error(trouble)
  }

  /** Commands of our own; returns what went wrong with the connection, which is closed then. */
  async #converse(commands: (run: (command: string) => Promise<string>) => Promise<void>): Promise<string | null> {
    this.#commands = commands
    try {
      await this.#doing((done) => this.#connection.login({ method: probing }, done))
      return null
    } catch (cause) {
      this.close()
      return (cause as Error).message
    } finally {
      this.#commands = null
    }
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

  #check(pin: CertificatePin): void {
    const socket = this.#connection._socket
    const certificate = socket instanceof TLSSocket ? socket.getPeerX509Certificate() : undefined
    const problem = certificate === undefined ? 'there is no certificate' : pin.problem(certificate.raw)
    if (problem !== null) throw Object.assign(new Error(problem), { code: 'ETLS' })
  }

  /** nodemailer has one set of DSN parameters for all recipients, and says SMTPUTF8 for addresses only. */
  #withParameters(line: string): string {
    const message = this.#message
    if (message === null) return line
    if (line.startsWith('MAIL FROM:') && message.smtpUtf8 && !/ SMTPUTF8(?: |$)/.test(line)) return `${line} SMTPUTF8`
    if (!line.startsWith('RCPT TO:')) return line
    const parameters = message.recipients[this.#rcptSaid++]?.parameters ?? ''
    return parameters === '' ? line : `${line} ${parameters}`
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
    await session.connect(target)
    return session
  } finally {
    signal.removeEventListener('abort', abort)
  }
}
