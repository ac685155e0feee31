// SPDX-License-Identifier: Apache-2.0
/** One line for each delivery, in the words that operators grep for. */
import { printAddress } from '../core/address.ts'
import type { EpochMs, QueueId } from '../core/brand.ts'
import type { DeliveryOutcome } from '../core/delivery.ts'
import type { Recipient } from '../core/envelope.ts'
import type { Logger, Meter } from '../core/ports.ts'
import { printReply } from '../core/reply.ts'

const statuses = { delivered: 'sent', deferred: 'deferred', bounced: 'bounced' } as const

export interface Delivery {
  readonly queueId: QueueId
  readonly recipient: Recipient
  readonly outcome: DeliveryOutcome
  readonly arrivedAt: EpochMs
  readonly now: EpochMs
}

/** Also for deliveries that never were in the queue (in-line): the log reads the same. */
export function recordDelivery(log: Logger, meter: Meter, delivery: Delivery): void {
  const { recipient, outcome } = delivery
  const to = printAddress(recipient.address)
  const delaySeconds = Math.max(delivery.now - delivery.arrivedAt, 0) / 1000
  const status = statuses[outcome.kind]
  log.info('queue.delivered', {
    queueId: delivery.queueId,
    to: `<${to}>`,
    ...(recipient.original === '' || recipient.original === to ? {} : { orig_to: `<${recipient.original}>` }),
    relay: outcome.to,
    delay: Math.round(delaySeconds * 100) / 100,
    dsn: outcome.reply?.enhanced ?? '2.0.0',
    status,
    reply: outcome.reply === null ? '' : printReply(outcome.reply),
  })
  meter.count('postern_queue_deliveries_total', { status })
  if (outcome.kind === 'delivered') meter.observe('postern_queue_delay_seconds', delaySeconds)
}
