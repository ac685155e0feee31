// SPDX-License-Identifier: Apache-2.0
/** All couriers behind one: the route says which one goes. */
import type { Address, ReversePath } from '../core/address.ts'
import type { Courier, DeliveryJob, DeliveryOutcome, Route } from '../core/delivery.ts'
import type { Recipient } from '../core/envelope.ts'
import type { Clock } from '../core/ports.ts'
import { Callout, type CalloutOptions, type Verification } from './callout.ts'
import { MaildirCourier, type MaildirOptions } from './maildir.ts'
import { openSession } from './nodemailer.ts'
import { Pool, type PoolOptions } from './pool.ts'
import type { SessionOptions } from './session.ts'
import { SmtpCourier, type SmtpOptions } from './smtp.ts'

export interface CouriersOptions
  extends Omit<SmtpOptions, 'pool'>,
    Omit<PoolOptions, 'open'>,
    Pick<CalloutOptions, 'positiveMs' | 'negativeMs' | 'maxRemembered'>,
    MaildirOptions {
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
} as const

export interface Couriers extends Courier, AsyncDisposable {
  /** Would the recipient be taken there? Never throws for what a peer can do. */
  verifyRecipient(route: Route, reversePath: ReversePath, address: Address, signal: AbortSignal): Promise<Verification>
}

class AllCouriers implements Couriers {
  readonly #pool: Pool
  readonly #smtp: SmtpCourier
  readonly #maildir: MaildirCourier
  readonly #callout: Callout
  readonly #accountFor: MaildirOptions['accountFor']

  constructor(options: CouriersOptions) {
    this.#pool = new Pool({ ...options, open: openSession })
    this.#smtp = new SmtpCourier({ ...options, pool: this.#pool })
    this.#maildir = new MaildirCourier(options)
    this.#callout = new Callout({ ...options, pool: this.#pool, totalMs: options.calloutMs })
    this.#accountFor = options.accountFor
  }

  deliver(job: DeliveryJob, route: Route, signal: AbortSignal): Promise<ReadonlyMap<Recipient, DeliveryOutcome>> {
    return route.kind === 'maildir' ? this.#maildir.deliver(job) : this.#smtp.deliver(job, route, signal)
  }

  async verifyRecipient(
    route: Route,
    reversePath: ReversePath,
    address: Address,
    signal: AbortSignal,
  ): Promise<Verification> {
    if (route.kind !== 'maildir') return await this.#callout.verify(route, reversePath, address, signal)
    const account = await this.#accountFor(address)
    return account === null
      ? { kind: 'unknown', reply: { code: 550, enhanced: '5.1.1', text: 'User unknown' } }
      : { kind: 'exists', reply: { code: 250, enhanced: '2.1.5', text: 'Ok' } }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#pool[Symbol.asyncDispose]()
  }
}

export function openCouriers(options: CouriersOptions): Couriers {
  return new AllCouriers(options)
}
