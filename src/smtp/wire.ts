// SPDX-License-Identifier: Apache-2.0
/**
 * The one door to smtp-server: its callbacks ↔ our handlers. Where the package has no hook (HELO, DATA before 354,
 * the text of a reply, the wait before the banner) the connection is dressed in our own methods; the package is pinned
 * and test/dialogues holds it to them. See docs/adr/0002-dressing-smtp-server.md.
 */
import { SMTPServer, type SMTPServerOptions, type SMTPServerSession } from 'smtp-server'
import type { SessionId } from '../core/brand.ts'
import { replies } from '../core/replies.ts'
import { printReply, type Reply } from '../core/reply.ts'
import type { Refusal } from '../pipeline/way.ts'
import { type Conversation, closeConversation, type Door, openConversation } from './conversation.ts'
import { DressingRoom } from './dressing-room.ts'
import { onAuth } from './on-auth.ts'
import { onConnect } from './on-connect.ts'
import { onData, onMessage } from './on-data.ts'
import { onEtrn } from './on-etrn.ts'
import { onHelo } from './on-helo.ts'
import { onMail } from './on-mail.ts'
import { onRcpt } from './on-rcpt.ts'
import { Reader } from './reader.ts'
import { Receipt } from './receipt.ts'
import { roleOptions } from './roles.ts'
import { type CertificateWish, tlsFacts } from './tls-facts.ts'

export interface WireOptions {
  readonly door: Door
  readonly tls: 'none' | 'starttls' | 'implicit'
  readonly certificate: () => { readonly key: string; readonly cert: string }
  /** null: clients are not asked for certificates. */
  readonly clientCertificates: CertificateWish | null
}

/** The part of the package's connection that we dress. */
interface Connection {
  readonly id: string
  readonly session: SMTPServerSession
  readonly remoteAddress: string
  init(): void
  send(code: number, text: string | string[], context?: string | false): void
  close(): void
  connectionReady(): void
  _setListeners(ready: () => void): void
  /** It has been greeted. */
  readonly _ready: boolean
  readonly _closing: boolean
  readonly _closed: boolean
  _onCommand(command: Buffer, next: () => void): void
  _resetSession(): void
  _parser: Reader
  _createParser(): Reader
  /** A command or a message is being worked on: the client owes us nothing, and its idle time does not run. */
  _handlerPending: boolean
  _transactionCounter: number
  _unrecognizedCommands: number
  handler_ETRN?: (command: Buffer, done: () => void) => void
  handler_HELO(command: Buffer, done: () => void): void
  handler_EHLO(command: Buffer, done: () => void): void
  handler_DATA(command: Buffer, done: () => void): void
}

/** "5.7.1 …": a text that brings its own enhanced code. */
const hasEnhancedCode = /^[245]\.\d{1,3}\.\d{1,3} /

export function createWire(options: WireOptions): SMTPServer {
  const { door } = options
  const conversations = new WeakMap<SMTPServerSession, Conversation>()
  const clients = new Map<string, number>()
  const server = new SMTPServer({
    ...baseOptions(options),
    onConnect: (session, done) => {
      const conversation = conversationOf(session)
      const count = (clients.get(session.remoteAddress) ?? 0) + 1
      clients.set(session.remoteAddress, count)
      conversation.closed.signal.addEventListener('abort', () => forget(clients, session.remoteAddress))
      answer(onConnect(conversation, count), conversation, done)
    },
    onSecure: (socket, session, done) => {
      const conversation = conversationOf(session)
      conversation.session = { ...conversation.session, tls: tlsFacts(socket, options.clientCertificates), helo: null }
      done()
    },
    onAuth: (auth, session, done) => {
      const conversation = conversationOf(session)
      onAuth(conversation, auth.method, auth.username ?? '', auth.password ?? '').then(
        (refusal) => done(refusal === null ? null : asError(refusal), { user: conversation.session.identity }),
        (error) => done(asError(failed(conversation, error))),
      )
    },
    onMailFrom: (path, session, done) => {
      const conversation = conversationOf(session)
      answer(onMail(conversation, path.address, path.args || {}), conversation, done)
    },
    onRcptTo: (path, session, done) => {
      const conversation = conversationOf(session)
      answer(onRcpt(conversation, path.address, path.args || {}), conversation, done)
    },
    onClose: (session) => {
      const conversation = conversations.get(session)
      if (conversation === undefined) return
      closeConversation(conversation)
      door.way.close(conversation.session)
    },
  })
  const conversationOf = (session: SMTPServerSession): Conversation => {
    const known = conversations.get(session)
    if (known !== undefined) return known
    const client = { ip: session.remoteAddress, port: session.remotePort }
    const local = { ip: session.localAddress, port: session.localPort }
    const opened = openConversation(door, door.ids.sessionId() as SessionId, client, local)
    conversations.set(session, opened)
    return opened
  }
  const dressing = new DressingRoom<Connection>((connection) => dress(connection, door, conversationOf))
  Object.assign(server, { connections: dressing })
  server.on('error', (error: Error) => door.log.debug('smtp.connection-error', { because: error.message }))
  return server
}

function baseOptions({ door, tls, certificate, clientCertificates }: WireOptions): SMTPServerOptions {
  return {
    ...roleOptions(door.role, door.auth),
    name: door.hostname,
    banner: 'Postern',
    heloResponse: '%s',
    size: door.limits.messageSize,
    // The largest we take is refused by our own handler, which reads on to the end.
    maxClients: door.limits.connections,
    socketTimeout: door.limits.timeoutMs,
    closeTimeout: 5000,
    disableReverseLookup: true,
    hideENHANCEDSTATUSCODES: false,
    lenientAddressParsing: true,
    logger: false,
    secure: tls === 'implicit',
    hideSTARTTLS: tls !== 'starttls',
    disabledCommands: [
      ...roleOptions(door.role, door.auth).disabledCommands,
      ...(tls === 'starttls' ? [] : ['STARTTLS']),
    ],
    // Without a certificate of ours the package would fall back on one whose key is public.
    ...(tls === 'none' ? {} : certificate()),
    ...(clientCertificates === null ? {} : requestOf(clientCertificates)),
  }
}

/** Without authorities of the operator's own nobody is trusted: the public ones that Node.js brings know no client of ours. */
function requestOf({ authorities }: CertificateWish): SMTPServerOptions {
  return { requestCert: true, rejectUnauthorized: false, ca: authorities === '' ? [] : authorities }
}

function dress(connection: Connection, door: Door, conversationOf: (s: SMTPServerSession) => Conversation): void {
  const send = connection.send.bind(connection)
  let errors = 0
  connection.send = (code, text, context) => {
    door.meter.count('postern_smtp_replies_total', { role: door.role, code: String(code) })
    const ours = typeof text === 'string' && hasEnhancedCode.test(text)
    // The only reply of several lines is that to EHLO (RFC 1985 §4: the keyword is the command).
    const offers = Array.isArray(text) && door.way.etrn !== undefined
    send(code, offers ? [...text, 'ETRN'] : text, ours ? false : context)
    // The package itself closes after 421 (RFC 5321 §4.2.3); 521 says goodbye as well (RFC 7504).
    if (code === 521) connection.close()
    if (code >= 400 && code !== 421 && ++errors >= door.limits.errors) {
      connection.send(421, `${replies.tooManyErrors.enhanced} ${replies.tooManyErrors.text}`, false)
    }
  }
  connection.init = () => connection._setListeners(() => greet(connection, door))
  const refused = (refusal: Refusal | null, go: () => void, done: () => void) => {
    if (refusal === null) return go()
    connection.send(refusal.reply.code, `${refusal.reply.enhanced} ${refusal.reply.text}`, false)
    if (refusal.hangUp) connection.close()
    done()
  }
  const before = (
    handler: 'handler_HELO' | 'handler_EHLO' | 'handler_DATA',
    judge: (conversation: Conversation, command: Buffer) => Promise<Refusal | null>,
  ) => {
    const original = connection[handler].bind(connection)
    connection[handler] = (command, done) => {
      const conversation = conversationOf(connection.session)
      if (connection._parser.isAhead) markAhead(conversation)
      judge(conversation, command)
        .catch((error: unknown): Refusal => ({ reply: failed(conversation, error), hangUp: false }))
        .then((refusal) => refused(refusal, () => original(command, done), done))
    }
  }
  // After STARTTLS the package reads with a new one.
  connection._createParser = () => readerOf(connection, door)
  connection._parser = connection._createParser()
  const argument = (command: Buffer) => command.toString('latin1').trim().split(/\s+/)[1] ?? ''
  if (door.way.etrn !== undefined)
    connection.handler_ETRN = (command, done) => {
      const conversation = conversationOf(connection.session)
      onEtrn(conversation, argument(command))
        .catch((error: unknown): Refusal => ({ reply: failed(conversation, error), hangUp: false }))
        .then((answer) => refused(answer, done, done))
    }
  before('handler_HELO', (conversation, command) => onHelo(conversation, 'HELO', argument(command)))
  before('handler_EHLO', (conversation, command) => onHelo(conversation, 'EHLO', argument(command)))
  const refuseData = connection.handler_DATA.bind(connection)
  connection.handler_DATA = (command, done) => {
    // Without a recipient the package has its answer, and reads nothing.
    if (connection.session.envelope.rcptTo.length === 0) refuseData(command, done)
    else receive(connection, conversationOf(connection.session), done)
  }
  before('handler_DATA', (conversation) => onData(conversation))
}

/** Who talks before the greeting is turned away by the package. */
function greet(connection: Connection, door: Door): void {
  const { remoteAddress: ip } = connection
  const wait = door.isMyNetwork(ip) ? 0 : door.patience.waitOf(ip, door.clock.now())
  const afterWait = () => {
    if (!connection._closing && !connection._closed) door.patience.waited(ip, door.clock.now())
    connection.connectionReady()
  }
  if (wait === 0) connection.connectionReady()
  else setTimeout(afterWait, wait).unref()
}

/** Reads the client instead of the package's own stream; see docs/adr/0007-our-own-reader.md. */
function readerOf(connection: Connection, door: Door): Reader {
  const reader = new Reader()
  reader.oncommand = (command, next) => {
    if (!connection._ready) door.patience.talkedTooSoon(connection.remoteAddress)
    connection._onCommand(command, next)
  }
  reader.on('error', (error) => connection.send(421, `Error: ${error.message}`))
  return reader
}

/** 354, the message, its reply: one to each recipient where the client speaks LMTP (RFC 2033 §4.2). */
function receive(connection: Connection, conversation: Conversation, done: () => void): void {
  const { door } = conversation
  const receipt = new Receipt(door.budget, door.limits.messageSize)
  conversation.receiving = receipt
  const reader = connection._parser
  const finish = (reply: Reply) => {
    const [code, text] = [reply.code < 400 ? 250 : reply.code, printReply(reply).slice(4)]
    const times = door.role === 'lmtp' ? connection.session.envelope.rcptTo.length : 1
    for (let i = 0; i < times; i++) connection.send(code, text)
    connection._transactionCounter++
    connection._unrecognizedCommands = 0
    connection._resetSession()
    connection._handlerPending = false
    reader.goOn()
  }
  const end = (hasBare: boolean) => {
    conversation.receiving = null
    connection._handlerPending = true
    onMessage(conversation, receipt, hasBare)
      .catch((error: unknown) => failed(conversation, error))
      .then(finish)
  }
  reader.startData({ take: (piece) => receipt.take(piece), end })
  connection.send(354, 'End data with <CR><LF>.<CR><LF>')
  done()
}

/** Remembered for the connection; reject_unauth_pipelining looks at it. */
function markAhead(conversation: Conversation): void {
  const session = { ...conversation.session, illegalPipelining: true }
  conversation.session = session
  if (conversation.transaction !== null) conversation.transaction = { ...conversation.transaction, session }
}

function answer(pending: Promise<Refusal | null>, conversation: Conversation, done: (error?: Error) => void): void {
  pending.then(
    (refusal) => (refusal === null ? done() : done(asError(refusal.reply))),
    (error) => done(asError(failed(conversation, error))),
  )
}

function asError(reply: Reply): Error {
  const text = printReply(reply).slice(4)
  return Object.assign(new Error(text), { responseCode: reply.code })
}

/** A handler threw: the client may try again, the operator reads why. */
function failed(conversation: Conversation, error: unknown): Reply {
  if (!conversation.closed.signal.aborted) conversation.log.error('smtp.handler-failed', error)
  return replies.localError
}

function forget(clients: Map<string, number>, ip: string): void {
  const count = (clients.get(ip) ?? 1) - 1
  if (count <= 0) clients.delete(ip)
  else clients.set(ip, count)
}
