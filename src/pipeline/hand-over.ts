// SPDX-License-Identifier: Apache-2.0
/** Delivers a message to each recipient's destination and finds the one reply that is true for all of them. */
import type { BlobId } from '../core/brand.ts'
import type { DeliveryOutcome, Folder } from '../core/delivery.ts'
import type { Envelope, Recipient } from '../core/envelope.ts'
import { replies } from '../core/replies.ts'
import type { Reply } from '../core/reply.ts'
import type { Verdict } from '../core/verdict.ts'
import type { Custody, Destination } from './custody.ts'
import { memoryBlob } from './memory-blob.ts'
import { envelopeOf, type Transaction } from './way.ts'

export interface HandOver {
  readonly transaction: Transaction
  readonly verdict: Verdict
  readonly bytes: Uint8Array
  readonly folder: Folder
  /** True for mail of our own users: what fails later is returned to them. */
  readonly returnable: boolean
}

interface Batch {
  readonly destination: Destination
  readonly recipients: Recipient[]
}

interface Outcomes {
  readonly delivered: { recipient: Recipient; reply: Reply | null }[]
  readonly deferred: { recipient: Recipient; reply: Reply; destination: Destination }[]
  readonly bounced: { recipient: Recipient; reply: Reply; destination: Destination }[]
}

export async function handOver(request: HandOver, custody: Custody, signal: AbortSignal): Promise<Reply> {
  const { transaction } = request
  const batches = batchesOf(transaction.recipients, custody)
  if (batches === null) return replies.noRoute
  const now = batches.filter(isNow)
  const later = batches.filter((batch) => !isNow(batch))
  const outcomes = await deliverNow(request, now, custody, signal)
  moveDown(outcomes, later)
  // Nobody has it yet: the client still owns the message, so the answer is the next hop's own.
  if (outcomes.delivered.length === 0 && later.length === 0) {
    const refusal = outcomes.deferred[0] ?? outcomes.bounced[0]
    if (refusal !== undefined) return refusal.reply
  }
  for (const { recipient, destination } of outcomes.deferred) addTo(later, destination, recipient)
  if (later.length > 0) await enqueue(request, later, custody)
  if (outcomes.bounced.length > 0) await settleRefused(request, outcomes.bounced, custody)
  return acceptance(request, outcomes, later.length > 0)
}

/** The client waits for the last of many recipients: so many are tried before the queue has them. */
const maxTriedFirst = 20

function isNow({ destination, recipients }: Batch): boolean {
  return destination.mode === 'inline' || (destination.tryFirst === true && recipients.length <= maxTriedFirst)
}

/** RFC 3463 §3.5: X.4.x is the network's trouble. What may wait for a next hop that is down goes to the queue. */
function moveDown(outcomes: Outcomes, later: Batch[]): void {
  const waits = ({ reply, destination }: Outcomes['deferred'][number]) =>
    destination.mode === 'queue' || (destination.whenDown === 'queue' && reply.enhanced.startsWith('4.4.'))
  for (const { recipient, destination } of outcomes.deferred.filter(waits)) addTo(later, destination, recipient)
  outcomes.deferred.splice(0, Infinity, ...outcomes.deferred.filter((one) => !waits(one)))
}

/** null where one recipient has no destination: then nothing is delivered to the others either. */
function batchesOf(recipients: readonly Recipient[], custody: Custody): Batch[] | null {
  const batches: Batch[] = []
  for (const recipient of recipients) {
    const destination = custody.destinationOf(recipient)
    if (destination === null) return null
    addTo(batches, destination, recipient)
  }
  return batches
}

function addTo(batches: Batch[], destination: Destination, recipient: Recipient): void {
  const key = keyOf(destination)
  const batch = batches.find((b) => keyOf(b.destination) === key)
  if (batch === undefined) batches.push({ destination, recipients: [recipient] })
  else batch.recipients.push(recipient)
}

function keyOf({ route, mode, tryFirst = false }: Destination): string {
  const where = route.kind === 'maildir' ? 'maildir:' : `${route.kind} ${route.url}`
  return `${mode} ${tryFirst} ${where}`
}

async function deliverNow(
  request: HandOver,
  batches: readonly Batch[],
  custody: Custody,
  signal: AbortSignal,
): Promise<Outcomes> {
  const outcomes: Outcomes = { delivered: [], deferred: [], bounced: [] }
  await Promise.all(
    batches.map(async ({ destination, recipients }) => {
      const { transaction, bytes, folder } = request
      const envelope: Envelope = { ...envelopeOf(transaction), recipients }
      const blob = memoryBlob(transaction.id as string as BlobId, bytes)
      const job = { queueId: transaction.id, envelope, blob, folder, attempt: 1 }
      const answers = await custody.deliver(job, destination.route, signal)
      for (const recipient of recipients) record(outcomes, recipient, destination, answers.get(recipient))
    }),
  )
  return outcomes
}

function record(
  outcomes: Outcomes,
  recipient: Recipient,
  destination: Destination,
  outcome: DeliveryOutcome | undefined,
): void {
  const isOurs = destination.route.kind === 'maildir'
  // What our own mailboxes say is not for the client: it would tell a spammer which folder it is in.
  if (outcome?.kind === 'delivered') outcomes.delivered.push({ recipient, reply: isOurs ? null : outcome.reply })
  // The queue meets the same refusal, and tells whom it may.
  else if (outcome?.kind === 'bounced' && destination.mode === 'inline')
    outcomes.bounced.push({ recipient, reply: outcome.reply, destination })
  else outcomes.deferred.push({ recipient, reply: outcome?.reply ?? replies.localError, destination })
}

function enqueue(request: HandOver, batches: readonly Batch[], custody: Custody): Promise<void> {
  const { transaction, bytes, folder, returnable } = request
  return custody.enqueue({
    id: transaction.id,
    bytes,
    envelope: envelopeOf(transaction),
    folder,
    batches: batches.map(({ destination, recipients }) => ({ route: destination.route, recipients })),
    returnable,
  })
}

/**
 * Some recipients have the message and others were refused for good after RCPT had been accepted. Our own user is told
 * by the queue, whose first try meets the same refusal; a stranger's sender may be forged, so a person decides.
 */
function settleRefused(request: HandOver, refused: Outcomes['bounced'], custody: Custody): Promise<void> {
  if (request.returnable) {
    const batches: Batch[] = []
    for (const { recipient, destination } of refused) addTo(batches, destination, recipient)
    return enqueue(request, batches, custody)
  }
  const { transaction, bytes, verdict } = request
  const because = `refused by the next hop after others had accepted: ${refused[0]?.reply.text ?? ''}`
  const envelope = { ...envelopeOf(transaction), recipients: refused.map((r) => r.recipient) }
  return custody.hold({ id: transaction.id, bytes, envelope, because, verdict, trace: transaction.trace })
}

/** In-line to one next hop, its own words; else ours, with the id that the log knows. */
function acceptance(request: HandOver, outcomes: Outcomes, queued: boolean): Reply {
  const id = request.transaction.id
  const [first, ...others] = outcomes.delivered
  if (
    !queued &&
    outcomes.bounced.length === 0 &&
    first?.reply != null &&
    others.every((o) => o.reply?.text === first.reply?.text)
  ) {
    return { ...first.reply, text: `${first.reply.text} [${id}]` }
  }
  return { ...replies.ok, text: `Ok: ${queued ? 'queued' : 'delivered'} as ${id}` }
}
