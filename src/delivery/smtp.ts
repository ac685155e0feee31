// SPDX-License-Identifier: Apache-2.0
/** Hands a message to other hosts over SMTP, or over LMTP (RFC 2033), which differs in its last answers only. */
import { printAddress } from '../core/address.ts'
import type { Courier, DeliveryJob, DeliveryOutcome, Route } from '../core/delivery.ts'
import type { Recipient } from '../core/envelope.ts'
import type { Logger, Meter } from '../core/ports.ts'
import { maybeTaken, outcomesOf, readReply, refused, verdictOf } from './answers.ts'
import { type OriginMode, preambleOf } from './origin.ts'
import { dsnParameters } from './parameters.ts'
import type { Lent, Pool } from './pool.ts'
import { type Exchange, NoSession, type OutgoingMessage, type Session, type Target } from './session.ts'
import { type RemoteRoute, relayOf, type TargetOptions, targetsOf } from './target.ts'
import { headerNeedsUtf8 } from './utf8.ts'

export interface SmtpOptions extends TargetOptions {
  readonly pool: Pool
  /** Who the client was is told to this route's next hop. */
  readonly originFor: (route: RemoteRoute) => OriginMode
  /** Tried in this order when an MX route leads nowhere. */
  readonly fallback: readonly RemoteRoute[]
  /** For one message to all hosts that are tried, in milliseconds. */
  readonly totalMs: number
  readonly log: Logger
  readonly meter: Meter
}

/** RFC 5321 §4.5.3.1.8: as many every server must take. */
const maxRecipients = 100

type Outcomes = Map<Recipient, DeliveryOutcome>

/** What one host said, and who may still be offered to the next one. */
interface Tried {
  /** False when it said nothing at all: what another host said before is worth more. */
  readonly spoke: boolean
  readonly outcomes: Outcomes
  readonly open: readonly Recipient[]
}

/** A message under way on one route. */
interface Errand {
  readonly job: DeliveryJob
  readonly route: RemoteRoute
  readonly utf8Header: boolean
  readonly signal: AbortSignal
}

function everyone(recipients: readonly Recipient[], outcome: DeliveryOutcome): Outcomes {
  return new Map(recipients.map((recipient) => [recipient, outcome]))
}

function loopOutcome(to: string): DeliveryOutcome {
  return verdictOf(554, '5.4.6', 'The mail of this domain loops back to this host', to)
}

/** Why a session did not come about, as an outcome: always worth another try elsewhere. */
export function unreachable(error: unknown, to: string): DeliveryOutcome {
  if (!(error instanceof NoSession)) return verdictOf(451, '4.4.2', 'Delivery was given up for lack of time', to)
  if (error.reply === null) return verdictOf(451, '4.4.1', 'The next hop could not be reached', to)
  const reply = readReply(error.reply)
  if (error.step === 'auth') return verdictOf(454, '4.7.0', 'The next hop does not accept our credentials', to)
  // A host that greets with 5xx may be the wrong one of several, or repaired tomorrow.
  const enhanced = `4.${reply.enhanced.slice(2)}` as '4.3.0'
  return reply.code < 500 ? refused(error.reply, to) : verdictOf(451, enhanced, reply.text, to)
}

/** What this peer cannot be given, found out before it is tried; null: nothing speaks against it. */
function unfit(session: Session, errand: Errand, recipient: Recipient, to: string): DeliveryOutcome | null {
  const { envelope, blob } = errand.job
  const address = printAddress(recipient.address)
  const sender = printAddress(envelope.reversePath)
  if (/[<>\r\n]/.test(address + sender)) return verdictOf(553, '5.1.3', 'The address cannot be sent in a path', to)
  // RFC 6531 §3.2.
  if (!session.offers.has('SMTPUTF8') && (errand.utf8Header || !isAscii(address + sender))) {
    return verdictOf(553, '5.6.7', 'The next hop does not take internationalized mail', to)
  }
  // RFC 8689 §4.2.1.
  if (envelope.requireTls && !(session.secure && session.offers.has('REQUIRETLS'))) {
    return verdictOf(550, '5.7.30', 'The next hop does not support REQUIRETLS', to)
  }
  const limit = Number(session.offers.get('SIZE') ?? 0)
  // RFC 1870 §6.1.
  return limit > 0 && blob.size > limit
    ? verdictOf(552, '5.3.4', 'The message is too large for the next hop', to)
    : null
}

function isAscii(text: string): boolean {
  return /^[\x00-\x7f]*$/.test(text)
}

function loadsOf(recipients: readonly Recipient[]): Recipient[][] {
  const loads: Recipient[][] = []
  for (let i = 0; i < recipients.length; i += maxRecipients) loads.push(recipients.slice(i, i + maxRecipients))
  return loads
}

function messageOf(errand: Errand, load: readonly Recipient[], session: Session, mode: OriginMode): OutgoingMessage {
  const { envelope, blob } = errand.job
  const reversePath = printAddress(envelope.reversePath)
  const dsn = session.offers.has('DSN')
  const recipients = load.map((recipient) => ({
    address: printAddress(recipient.address),
    parameters: dsn ? dsnParameters(recipient) : '',
  }))
  return {
    reversePath,
    recipients,
    blob,
    eightBit: envelope.body === '8bitmime',
    smtpUtf8: errand.utf8Header || !isAscii(reversePath + recipients.map(({ address }) => address).join()),
    requireTls: envelope.requireTls,
    ret: envelope.dsnReturns === null ? null : envelope.dsnReturns === 'full' ? 'FULL' : 'HDRS',
    envid: envelope.envid,
    preamble: preambleOf(mode, envelope.origin, session.offers),
  }
}

export class SmtpCourier implements Courier {
  readonly #options: SmtpOptions

  constructor(options: SmtpOptions) {
    this.#options = options
  }

  async deliver(job: DeliveryJob, route: Route, signal: AbortSignal): Promise<Outcomes> {
    if (route.kind === 'maildir' || route.kind === 'pipe') throw new Error('not a route to another host')
    const within = AbortSignal.any([signal, AbortSignal.timeout(this.#options.totalMs)])
    const errand = { job, route, utf8Header: await headerNeedsUtf8(job), signal: within }
    const outcomes: Outcomes = new Map()
    let open: readonly Recipient[] = job.envelope.recipients
    const ways = [route, ...(route.kind === 'mx' ? this.#options.fallback : [])]
    for (const [i, way] of ways.entries()) {
      if (open.length === 0 || (within.aborted && outcomes.size > 0)) break
      open = await this.#tryRoute({ ...errand, route: way }, open, outcomes, i + 1 === ways.length)
    }
    return outcomes
  }

  /** Adds to the outcomes; returns who may be tried on the next route: those whom nobody may have the message for. */
  async #tryRoute(
    errand: Errand,
    recipients: readonly Recipient[],
    outcomes: Outcomes,
    isLast: boolean,
  ): Promise<readonly Recipient[]> {
    const { job, route, signal } = errand
    const found = await targetsOf(route, this.#options, job.envelope.requireTls, signal)
    if (found.kind === 'none') {
      // What the next route says counts, were it only that it is not there now.
      if (found.gone && !isLast) return recipients
      const { code, enhanced, text } = found.reply
      const outcome = verdictOf(code, enhanced as '4.0.0', text, route.host)
      for (const recipient of recipients) if (!outcomes.has(recipient)) outcomes.set(recipient, outcome)
      return []
    }
    let open = recipients
    for (const target of found.targets) {
      if (open.length === 0 || (signal.aborted && outcomes.size > 0)) break
      const tried = await this.#tryHost(errand, open, target)
      for (const [recipient, outcome] of tried.outcomes) {
        if (tried.spoke || !outcomes.has(recipient)) outcomes.set(recipient, outcome)
      }
      open = tried.open
    }
    return open
  }

  async #tryHost(errand: Errand, recipients: readonly Recipient[], target: Target): Promise<Tried> {
    const to = relayOf(target)
    try {
      for (const fresh of [false, true]) {
        using lent = await this.#lend(target, errand.signal, fresh)
        const tried = await this.#hand(errand, recipients, lent, target)
        if (tried !== 'stale') return tried
      }
      throw new Error('a fresh connection cannot be stale')
    } catch (error) {
      return this.#notReached(errand.job, recipients, error, to)
    }
  }

  async #lend(target: Target, signal: AbortSignal, fresh: boolean): Promise<Lent> {
    const lent = await this.#options.pool.lend(target, signal, fresh)
    this.#options.meter.count('postern_delivery_connections_total', { result: lent.reused ? 'reused' : 'opened' })
    return lent
  }

  #notReached(job: DeliveryJob, recipients: readonly Recipient[], error: unknown, to: string): Tried {
    const because = error instanceof Error ? error.message : String(error)
    this.#options.log.info('delivery.unreachable', { queueId: job.queueId, relay: to, because })
    this.#options.meter.count('postern_delivery_connections_total', { result: 'failed' })
    return { spoke: false, outcomes: everyone(recipients, unreachable(error, to)), open: recipients }
  }

  /** "stale": the connection had been closed behind our back before anything was said; nothing has happened. */
  async #hand(errand: Errand, recipients: readonly Recipient[], lent: Lent, target: Target): Promise<Tried | 'stale'> {
    const to = relayOf(target)
    const { session } = lent
    const { job, route } = errand
    // RFC 5321 §6.3: by its MX, a domain's mail has come back to ourselves.
    if (route.kind === 'mx' && this.#options.mx.ownNames.has(session.peerName)) {
      return { spoke: true, outcomes: everyone(recipients, loopOutcome(to)), open: [] }
    }
    const outcomes: Outcomes = new Map()
    const open: Recipient[] = []
    const fit: Recipient[] = []
    for (const recipient of recipients) {
      const outcome = unfit(session, errand, recipient, to)
      if (outcome === null) fit.push(recipient)
      else outcomes.set(recipient, outcome)
    }
    const mode = this.#options.originFor(route)
    for (const load of loadsOf(fit)) {
      const exchange = await session.send(messageOf(errand, load, session, mode))
      if (lent.reused && isStale(exchange) && outcomes.size === 0) return 'stale'
      if (exchange.trouble !== null) this.#troubled(job, exchange.trouble, to)
      const how = { lmtp: target.lmtp, to, dsnPassedOn: session.offers.has('DSN') }
      const answers = outcomesOf(exchange, how)
      load.forEach((recipient, i) => {
        const outcome = answers[i] ?? verdictOf(451, '4.3.0', 'No answer', to)
        outcomes.set(recipient, outcome)
        if (outcome.kind === 'deferred' && !maybeTaken(exchange, i)) open.push(recipient)
      })
    }
    return { spoke: true, outcomes, open }
  }

  #troubled(job: DeliveryJob, because: string, relay: string): void {
    this.#options.log.info('delivery.trouble', { queueId: job.queueId, relay, because })
  }
}

/** A peer that had enough of an idle connection says so, or nothing, before it answers MAIL. */
function isStale(exchange: Exchange): boolean {
  return exchange.trouble !== null && (exchange.mail === null || exchange.mail.startsWith('421'))
}
