// SPDX-License-Identifier: Apache-2.0
/** Delivery while the client waits: within its patience, and told to the log like every other delivery. */
import type { DeliveryJob, DeliveryOutcome, Route } from '../core/delivery.ts'
import type { Recipient } from '../core/envelope.ts'
import type { Clock, Logger, Meter } from '../core/ports.ts'
import { destinationOf } from '../core/stores.ts'
import type { Couriers } from '../delivery/open.ts'
import { within } from '../kit/within.ts'
import type { Custody } from '../pipeline/custody.ts'
import { recordDelivery } from '../queue/record.ts'
import type { Routes } from './routes.ts'

export interface InlineOptions {
  readonly couriers: Pick<Couriers, 'deliver'>
  readonly clock: Clock
  readonly log: Logger
  readonly meter: Meter
  /** After this the delivery is given up and the client told to come again. Milliseconds. */
  readonly timeoutMs: number
}

/** RFC 5321 §4.5.3.2.6 lets a client wait for 10 minutes; couriers alone would be as patient as that. */
export function inlineDelivery({ couriers, clock, log, meter, timeoutMs }: InlineOptions): Custody['deliver'] {
  return async (job: DeliveryJob, route: Route, signal: AbortSignal) => {
    const arrivedAt = clock.now()
    const outcomes: ReadonlyMap<Recipient, DeliveryOutcome> = await within(timeoutMs, signal, (inTime) =>
      couriers.deliver(job, route, inTime),
    )
    const now = clock.now()
    for (const [recipient, outcome] of outcomes) {
      recordDelivery(log, meter, { queueId: job.queueId, recipient, outcome, arrivedAt, now })
    }
    return outcomes
  }
}

/** False where two recipients have different next hops in-line, and the settings want them in transactions of their own. */
export function separates(routes: Routes, setting: 'split' | 'separate'): Custody['mayShare'] {
  return (others, recipient) => {
    const [first] = others
    if (setting === 'split' || first === undefined) return true
    const [a, b] = [routes.destinationOf(first), routes.destinationOf(recipient)]
    if (a === null || b === null || (a.mode === 'queue' && b.mode === 'queue')) return true
    return a.mode === b.mode && destinationOf(a.route) === destinationOf(b.route)
  }
}
