// SPDX-License-Identifier: Apache-2.0
/** Hands a message to other hosts over SMTP, or over LMTP (RFC 2033), which differs in its last answers only. */
import { printAddress } from '../core/address.ts'
import type { Courier, DeliveryJob, DeliveryOutcome, Route } from '../core/delivery.ts'
import type { Recipient } from '../core/envelope.ts'
import type { Logger, Meter } from '../core/ports.ts'
import { maybeTaken, outcomesOf, readReply, refused, verdictOf } from './answers.ts'
import { type Host, hostsOf, type MxOptions } from './mx.ts'
import type { Lent, Pool } from './pool.ts'
import { type Exchange, NoSession, type OutgoingMessage, type Session, type Target, type TlsMode } from './session.ts'

export interface SmtpOptions {
  readonly pool: Pool
  readonly mx: MxOptions
  readonly tlsFor: (route: Route) => TlsMode
  /** For one message to all hosts that are tried, in milliseconds. */
  readonly totalMs: number
  readonly log: Logger
  readonly meter: Meter
}

/** RFC 5321 §4.5.3.1.8: as many every server must take. */
const maxRecipients = 100

type RemoteRoute = Exclude<Route, { readonly kind: 'maildir' }>
type Outcomes = Map<Recipient, DeliveryOutcome>

/** What one host said, and who may still be offered to the next one. */
interface Tried {
  /** False when it said nothing at all: what another host said before is worth more. */
  readonly spoke: boolean
  readonly outcomes: Outcomes
  readonly open: readonly Recipient[]
}

export function targetOf(route: RemoteRoute, host: Host, tls: TlsMode): Target {
  const { name, address } = host
  return { lmtp: route.kind === 'lmtp', host: name, address, port: route.port, tls }
}

/** "mx.example.org[192.0.2.1]:25", as it stands in the log. */
export function relayOf(target: Target): string {
  if (target.port === 0) return target.address
  return `${target.host}[${target.address}]:${target.port}`
}

function everyone(recipients: readonly Recipient[], outcome: DeliveryOutcome): Outcomes {
  return new Map(recipients.map((recipient) => [recipient, outcome]))
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
function unfit(session: Session, job: DeliveryJob, recipient: Recipient, to: string): DeliveryOutcome | null {
  const { envelope, blob } = job
  const address = printAddress(recipient.address)
  const sender = printAddress(envelope.reversePath)
  if (/[<>\r\n]/.test(address + sender)) return verdictOf(553, '5.1.3', 'The address cannot be sent in a path', to)
  // RFC 6531 §3.2.
  if (!session.offers.has('SMTPUTF8') && /[^\x00-\x7f]/.test(address + sender)) {
    return verdictOf(553, '5.6.7', 'The next hop does not take non-ASCII addresses', to)
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

function notifyOf(recipient: Recipient): string | null {
  return recipient.notify.length === 0 ? null : recipient.notify.join(',').toUpperCase()
}

/** ORCPT only where it says something new. */
function orcptOf(recipient: Recipient): string | null {
  const { original } = recipient
  if (original === '' || original === printAddress(recipient.address)) return null
  return original.includes(';') ? original : `rfc822;${original}`
}

/** nodemailer has one set of DSN parameters for a transaction: recipients that differ travel apart. */
function loadsOf(session: Session, recipients: readonly Recipient[]): Recipient[][] {
  const key = (to: Recipient) => (session.offers.has('DSN') ? `${notifyOf(to)} ${orcptOf(to)}` : '')
  return [...Map.groupBy(recipients, key).values()].flatMap((group) => {
    const loads: Recipient[][] = []
    for (let i = 0; i < group.length; i += maxRecipients) loads.push(group.slice(i, i + maxRecipients))
    return loads
  })
}

function messageOf(job: DeliveryJob, load: readonly Recipient[]): OutgoingMessage {
  const { envelope, blob } = job
  const [first] = load
  return {
    reversePath: printAddress(envelope.reversePath),
    recipients: load.map((recipient) => printAddress(recipient.address)),
    blob,
    eightBit: envelope.body === '8bitmime',
    requireTls: envelope.requireTls,
    dsn: {
      ret: envelope.dsnReturns === null ? null : envelope.dsnReturns === 'full' ? 'FULL' : 'HDRS',
      envid: envelope.envid,
      notify: first === undefined ? null : notifyOf(first),
      orcpt: first === undefined ? null : orcptOf(first),
    },
  }
}

export class SmtpCourier implements Courier {
  readonly #options: SmtpOptions

  constructor(options: SmtpOptions) {
    this.#options = options
  }

  async deliver(job: DeliveryJob, route: Route, signal: AbortSignal): Promise<Outcomes> {
    const { recipients } = job.envelope
    if (route.kind === 'maildir') throw new Error('a mailbox is not reached over SMTP')
    const within = AbortSignal.any([signal, AbortSignal.timeout(this.#options.totalMs)])
    const found = await hostsOf(route, this.#options.mx, within)
    if (found.kind === 'none') {
      const { code, enhanced, text } = found.reply
      return everyone(recipients, verdictOf(code, enhanced as '4.0.0', text, route.host))
    }
    const outcomes: Outcomes = new Map()
    let open: readonly Recipient[] = recipients
    for (const host of found.hosts) {
      if (open.length === 0 || (within.aborted && outcomes.size > 0)) break
      const target = targetOf(route, host, job.envelope.requireTls ? 'verify' : this.#options.tlsFor(route))
      const tried = await this.#tryHost(job, open, target, within)
      for (const [recipient, outcome] of tried.outcomes) {
        if (tried.spoke || !outcomes.has(recipient)) outcomes.set(recipient, outcome)
      }
      open = tried.open
    }
    return outcomes
  }

  async #tryHost(
    job: DeliveryJob,
    recipients: readonly Recipient[],
    target: Target,
    signal: AbortSignal,
  ): Promise<Tried> {
    const to = relayOf(target)
    try {
      for (const fresh of [false, true]) {
        using lent = await this.#lend(target, signal, fresh)
        const tried = await this.#hand(job, recipients, lent, target)
        if (tried !== 'stale') return tried
      }
      throw new Error('a fresh connection cannot be stale')
    } catch (error) {
      return this.#notReached(job, recipients, error, to)
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
  async #hand(
    job: DeliveryJob,
    recipients: readonly Recipient[],
    lent: Lent,
    target: Target,
  ): Promise<Tried | 'stale'> {
    const to = relayOf(target)
    const { session } = lent
    const outcomes: Outcomes = new Map()
    const open: Recipient[] = []
    const fit: Recipient[] = []
    for (const recipient of recipients) {
      const outcome = unfit(session, job, recipient, to)
      if (outcome === null) fit.push(recipient)
      else outcomes.set(recipient, outcome)
    }
    for (const load of loadsOf(session, fit)) {
      const exchange = await session.send(messageOf(job, load))
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
