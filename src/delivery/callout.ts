// SPDX-License-Identifier: Apache-2.0
/** Asks the next hop whether it would take a recipient, without sending it anything, and remembers the answer. */
import { type Address, addressKey, printAddress, type ReversePath } from '../core/address.ts'
import type { DeliveryOutcome } from '../core/delivery.ts'
import type { Clock, Meter } from '../core/ports.ts'
import type { Reply } from '../core/reply.ts'
import { destinationOf } from '../core/stores.ts'
import { Lru } from '../kit/lru.ts'
import { readReply, refused } from './answers.ts'
import type { Pool } from './pool.ts'
import { unreachable } from './smtp.ts'
import { type RemoteRoute, relayOf, type TargetOptions, targetsOf } from './target.ts'

/** unknown: it would be refused for good. tempfail: nobody could say. */
export interface Verification {
  readonly kind: 'exists' | 'unknown' | 'tempfail'
  readonly reply: Reply
}

export interface CalloutOptions extends TargetOptions {
  readonly pool: Pool
  readonly clock: Clock
  readonly meter: Meter
  /** Milliseconds. */
  readonly totalMs: number
  readonly positiveMs: number
  readonly negativeMs: number
  /** Answers remembered. */
  readonly maxRemembered: number
}

/** Hosts asked about one address. */
const maxHosts = 2

function temporary(outcome: DeliveryOutcome): Verification {
  return { kind: 'tempfail', reply: outcome.reply ?? readReply('') }
}

export class Callout {
  readonly #options: CalloutOptions
  readonly #remembered: Lru<string, Verification>
  readonly #asking = new Map<string, Promise<Verification>>()

  constructor(options: CalloutOptions) {
    this.#options = options
    this.#remembered = new Lru(options.maxRemembered)
  }

  /** Never throws for what a peer can do. Questions about the same address at the same time are asked once. */
  async verify(
    route: RemoteRoute,
    reversePath: ReversePath,
    address: Address,
    signal: AbortSignal,
  ): Promise<Verification> {
    const key = `${destinationOf(route)} ${printAddress(reversePath)} ${addressKey(address)}`
    const known = this.#remembered.get(key, this.#options.clock.now())
    this.#options.meter.count('postern_delivery_callouts_total', {
      result: known === undefined ? 'asked' : 'remembered',
    })
    if (known !== undefined) return known
    const asking = this.#asking.get(key) ?? this.#ask(key, route, reversePath, address, signal)
    this.#asking.set(key, asking)
    return await asking
  }

  async #ask(
    key: string,
    route: RemoteRoute,
    reversePath: ReversePath,
    address: Address,
    signal: AbortSignal,
  ): Promise<Verification> {
    try {
      const answer = await this.#hosts(route, reversePath, address, signal)
      const { clock, negativeMs, positiveMs } = this.#options
      const keepMs = answer.kind === 'exists' ? positiveMs : negativeMs
      if (answer.kind !== 'tempfail') this.#remembered.set(key, answer, clock.now() + keepMs)
      return answer
    } finally {
      this.#asking.delete(key)
    }
  }

  async #hosts(
    route: RemoteRoute,
    reversePath: ReversePath,
    address: Address,
    signal: AbortSignal,
  ): Promise<Verification> {
    const within = AbortSignal.any([signal, AbortSignal.timeout(this.#options.totalMs)])
    const found = await targetsOf(route, this.#options, false, within)
    if (found.kind === 'none') return { kind: found.reply.code < 500 ? 'tempfail' : 'unknown', reply: found.reply }
    let last: Verification = temporary(unreachable(null, route.host))
    for (const target of found.targets.slice(0, maxHosts)) {
      const to = relayOf(target)
      try {
        using lent = await this.#options.pool.lend(target, within)
        const { mail, rcpt } = await lent.session.probe(printAddress(reversePath), [printAddress(address)])
        const [answer] = rcpt
        if (answer?.startsWith('2')) return { kind: 'exists', reply: readReply(answer) }
        if (answer?.startsWith('5')) return { kind: 'unknown', reply: readReply(answer) }
        // A refusal of the reverse-path says nothing about the recipient.
        const said = answer ?? mail
        last = temporary(said === null ? unreachable(null, to) : refused(said, to))
      } catch (error) {
        last = temporary(unreachable(error, to))
      }
    }
    return last
  }
}
