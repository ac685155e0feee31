// SPDX-License-Identifier: Apache-2.0
/** What the lists order to be done with a message (access(5)), done. */
import { parseAddress } from '../core/address.ts'
import type { Recipient } from '../core/envelope.ts'
import type { HeaderEdit } from '../core/message.ts'
import type { SpineDeps } from './deps.ts'
import type { Transaction } from './way.ts'

export function prepended({ orders }: Transaction): HeaderEdit[] {
  return orders.flatMap((order): HeaderEdit[] =>
    order.kind === 'prepend' ? [{ op: 'prepend', name: order.name, value: order.value }] : [],
  )
}

/** REDIRECT sends the message elsewhere instead (the last one counts), BCC elsewhere as well (access(5)). */
export function readdressed(transaction: Transaction, deps: Pick<SpineDeps, 'addressClass'>): Transaction {
  const redirect = transaction.orders.findLast((order) => order.kind === 'redirect')
  const extra = transaction.orders.filter((order) => order.kind === 'bcc')
  const kept = redirect === undefined ? transaction.recipients : recipientFor(redirect.to, deps)
  return { ...transaction, recipients: [...kept, ...extra.flatMap((order) => recipientFor(order.to, deps))] }
}

/** FILTER sends the whole message elsewhere first, with every recipient; the last one counts (access(5)). */
export function filtered(transaction: Transaction, { custody }: Pick<SpineDeps, 'custody'>): Transaction {
  const filter = transaction.orders.findLast((order) => order.kind === 'filter')
  if (filter === undefined) return transaction
  const recipients = transaction.recipients.map((recipient) => ({ ...recipient, via: filter.transport }))
  // Throws where there is no such transport: a message that is held could not be sent on later.
  for (const recipient of recipients) custody.destinationOf(recipient)
  return { ...transaction, recipients }
}

function recipientFor(to: string, deps: Pick<SpineDeps, 'addressClass'>): Recipient[] {
  const address = parseAddress(to)
  if (address === null) return []
  return [{ address, original: to, addressClass: deps.addressClass(address), notify: ['never'] }]
}
