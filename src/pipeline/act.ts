// SPDX-License-Identifier: Apache-2.0
/** Verdict → reply, quarantine, delivery or silence. */
import { parseAddress } from '../core/address.ts'
import type { Recipient } from '../core/envelope.ts'
import type { Examination } from '../core/examiner.ts'
import type { HeaderEdit } from '../core/message.ts'
import { replies } from '../core/replies.ts'
import type { Reply } from '../core/reply.ts'
import type { Verdict } from '../core/verdict.ts'
import type { SpineDeps } from './deps.ts'
import { handOver } from './hand-over.ts'
import { receivedField } from './received.ts'
import { envelopeOf, rewritten, type Transaction } from './way.ts'

/** A message and all that is known of it. */
export interface Judged {
  readonly transaction: Transaction
  readonly raw: Uint8Array
  readonly examination: Examination
  readonly verdict: Verdict
}

/** Rejects when custody fails: then nobody has the message but its client. */
export async function act(judged: Judged, signal: AbortSignal, deps: SpineDeps): Promise<Reply> {
  const { transaction, raw, verdict } = judged
  const { action } = verdict
  const { id, trace } = transaction
  if (action.kind === 'reject' || action.kind === 'defer') return action.reply
  if (action.kind === 'discard') return { ...replies.ok, text: `Ok: ${id}` }
  const bytes = deps.editHeaders(raw, edits(judged, deps))
  if (action.kind === 'quarantine') {
    const envelope = envelopeOf(filtered(await rewritten(transaction, deps), deps))
    await deps.custody.hold({ id, bytes, envelope, because: action.because, verdict, trace })
    return { ...replies.ok, text: `Ok: held as ${id}` }
  }
  const ordered = { ...transaction, recipients: withOrders(transaction, deps) }
  const carried = filtered(await rewritten(ordered, deps), deps)
  const folder = action.kind === 'junk' ? 'Junk' : 'INBOX'
  const whole = leavesUs(carried, deps) ? deps.editHeaders(bytes, await deps.seal(bytes, judged.examination)) : bytes
  return handOver({ transaction: carried, verdict, bytes: whole, folder, returnable: false }, deps.custody, signal)
}

/** Whether somebody beyond our own mailboxes gets it: then it is forwarded, and may be sealed. */
function leavesUs({ recipients }: Transaction, { custody }: SpineDeps): boolean {
  return recipients.some((recipient) => (custody.destinationOf(recipient)?.route.kind ?? 'maildir') !== 'maildir')
}

/** Ours on top: Received, then what the chains prepend, then what the judge says. */
function edits({ transaction, examination, verdict }: Judged, deps: SpineDeps): HeaderEdit[] {
  const prepended = transaction.orders.flatMap((order): HeaderEdit[] =>
    order.kind === 'prepend' ? [{ op: 'prepend', name: order.name, value: order.value }] : [],
  )
  return [
    receivedField(transaction, deps.hostname, deps.clock.now()),
    ...prepended,
    ...deps.headerEdits(verdict, examination),
  ]
}

/** REDIRECT sends the message elsewhere instead (the last one counts), BCC elsewhere as well (access(5)). */
function withOrders(transaction: Transaction, deps: SpineDeps): Recipient[] {
  const redirect = transaction.orders.findLast((order) => order.kind === 'redirect')
  const extra = transaction.orders.filter((order) => order.kind === 'bcc')
  const kept = redirect === undefined ? transaction.recipients : recipientFor(redirect.to, deps)
  return [...kept, ...extra.flatMap((order) => recipientFor(order.to, deps))]
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

function recipientFor(to: string, deps: SpineDeps): Recipient[] {
  const address = parseAddress(to)
  if (address === null) return []
  return [{ address, original: to, addressClass: deps.addressClass(address), notify: ['never'] }]
}
