// SPDX-License-Identifier: Apache-2.0
/** All couriers behind one: the route says which one goes. */
import { type Address, printAddress, type ReversePath } from '../core/address.ts'
import type { Courier, DeliveryJob, DeliveryOutcome, Route } from '../core/delivery.ts'
import type { Recipient } from '../core/envelope.ts'
import type { Clock } from '../core/ports.ts'
import { Callout, type CalloutOptions, type Verification } from './callout.ts'
import { MaildirCourier, type MaildirOptions } from './maildir.ts'
import { openSession } from './nodemailer.ts'
import { PipeCourier, type PipeOptions } from './pipe.ts'
import { Pool, type PoolOptions } from './pool.ts'
import type { SessionOptions } from './session.ts'
import { SmtpCourier, type SmtpOptions } from './smtp.ts'

export interface CouriersOptions
  extends Omit<SmtpOptions, 'pool'>,
    Omit<PoolOptions, 'open'>,
    Pick<CalloutOptions, 'positiveMs' | 'negativeMs' | 'maxRemembered'>,
    MaildirOptions {
  readonly pipe: Omit<PipeOptions, 'log'>
  readonly clock: Clock
  readonly session: SessionOptions
  /** For a callout, whose client waits at RCPT. Milliseconds. */
  readonly calloutMs: number
}

const minute = 60_000
const day = 24 * 60 * minute

/** Patience and numbers that no setting needs to touch. Steps by RFC 5321 §4.5.3.2, callouts by Postfix's verify(8). */
export const deliveryDefaults = {
  limits: { connectMs: 30_000, commandMs: 5 * minute, transferMs: 10 * minute, finalMs: 10 * minute },
  totalMs: 30 * minute,
  calloutMs: 10_000,
  idleMs: 15_000,
  maxUses: 100,
  maxPerTarget: 50,
  positiveMs: 7 * day,
  negativeMs: 3 * 60 * minute,
  maxRemembered: 100_000,
  pipeMs: 1000 * 1000,
} as const

export interface Couriers extends Courier, AsyncDisposable {
  /** Would the recipient be taken there? Never throws for what a peer can do. */
  verifyRecipient(route: Route, reversePath: ReversePath, address: Address, signal: AbortSignal): Promise<Verification>
}

type Outcomes = ReadonlyMap<Recipient, DeliveryOutcome>

const exists: Verification = { kind: 'exists', reply: { code: 250, enhanced: '2.1.5', text: 'Ok' } }

/** A transaction has one reverse-path: recipients to whom mail is sent on under another one go apart. */
function byReversePath(job: DeliveryJob): DeliveryJob[] {
  const { envelope } = job
  const groups = Map.groupBy(envelope.recipients, (to) =>
    to.reversePath === undefined ? null : printAddress(to.reversePath),
  )
  return [...groups.values()].map((recipients) => {
    const reversePath = recipients[0]?.reversePath ?? envelope.reversePath
    return { ...job, envelope: { ...envelope, reversePath, recipients } }
  })
}

class AllCouriers implements Couriers {
  readonly #pool: Pool
  readonly #smtp: SmtpCourier
  readonly #maildir: MaildirCourier
  readonly #pipe: PipeCourier
  readonly #callout: Callout
  readonly #accountFor: MaildirOptions['accountFor']

  constructor(options: CouriersOptions) {
    this.#pool = new Pool({ ...options, open: openSession })
    this.#smtp = new SmtpCourier({ ...options, pool: this.#pool })
    this.#maildir = new MaildirCourier(options)
    this.#pipe = new PipeCourier({ ...options.pipe, log: options.log })
    this.#callout = new Callout({ ...options, pool: this.#pool, totalMs: options.calloutMs })
    this.#accountFor = options.accountFor
  }

  async deliver(job: DeliveryJob, route: Route, signal: AbortSignal): Promise<Outcomes> {
    const outcomes = new Map<Recipient, DeliveryOutcome>()
    for (const part of byReversePath(job)) {
      const answers = await this.#courierOf(route).deliver(part, route, signal)
      for (const [recipient, outcome] of answers) outcomes.set(recipient, outcome)
    }
    return outcomes
  }

  async verifyRecipient(
    route: Route,
    reversePath: ReversePath,
    address: Address,
    signal: AbortSignal,
  ): Promise<Verification> {
    if (route.kind === 'pipe') return exists
    if (route.kind !== 'maildir') return await this.#callout.verify(route, reversePath, address, signal)
    const account = await this.#accountFor(address)
    return account === null
      ? { kind: 'unknown', reply: { code: 550, enhanced: '5.1.1', text: 'User unknown' } }
      : exists
  }

  #courierOf(route: Route): Courier {
    return route.kind === 'maildir' ? this.#maildir : route.kind === 'pipe' ? this.#pipe : this.#smtp
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#pool[Symbol.asyncDispose]()
  }
}

export function openCouriers(options: CouriersOptions): Couriers {
  return new AllCouriers(options)
}
