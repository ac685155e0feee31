// SPDX-License-Identifier: Apache-2.0
/** The way of mail from our own users: proven identity, own addresses only, lists of their own, completed (RFC 6409 §8), signed, on its way. */
import { addressKey, printAddress, type ReversePath } from '../core/address.ts'
import type { Recipient } from '../core/envelope.ts'
import type { HeaderEdit } from '../core/message.ts'
import { replies } from '../core/replies.ts'
import type { Reply } from '../core/reply.ts'
import type { Session } from '../core/session.ts'
import { noThresholds, type Verdict } from '../core/verdict.ts'
import type { Destination } from './custody.ts'
import { afterFailure, type SpineDeps } from './deps.ts'
import { handOver } from './hand-over.ts'
import { type Lists, openLists } from './lists.ts'
import { filtered, prepended, readdressed } from './orders.ts'
import { isLooping, mailDate, receivedField } from './received.ts'
import { envelopeOf, openTransaction, rewritten, type Transaction, type Way } from './way.ts'

export interface SubmissionDeps
  extends Pick<
    SpineDeps,
    | 'hostname'
    | 'chains'
    | 'dns'
    | 'queriesPerTransaction'
    | 'addressClass'
    | 'editHeaders'
    | 'rewrite'
    | 'custody'
    | 'report'
    | 'refused'
    | 'clock'
    | 'ids'
    | 'log'
  > {
  readonly recipientStatus: (
    address: Recipient['address'],
    signal: AbortSignal,
  ) => Promise<'exists' | 'unknown' | 'tempfail' | 'not-ours'>
  /** Which header fields the message has, lower case. */
  readonly fieldNames: (raw: Uint8Array) => ReadonlySet<string>
  /** DKIM-Signature fields for a message that is complete otherwise; none where its domain has no key. */
  readonly sign: (raw: Uint8Array) => Promise<readonly HeaderEdit[]>
}

/** What is said of a recipient who is not there, or of whom nobody can tell. */
export const recipientReplies: Readonly<Record<'unknown' | 'tempfail', Reply>> = {
  unknown: { code: 550, enhanced: '5.1.1', text: 'Recipient address rejected: User unknown' },
  tempfail: { code: 451, enhanced: '4.3.0', text: 'Temporary lookup failure' },
}
const accepted: Verdict = {
  action: { kind: 'accept' },
  score: 0,
  limits: noThresholds,
  priced: [],
  decidedBy: 'policy',
}

export function submissionWay(deps: SubmissionDeps): Way {
  const lists = openLists(deps)
  return {
    connect: lists.connect,
    helo: lists.helo,

    async mail(session, sender, signal) {
      if (session.identity === null) return { reply: replies.authRequired, hangUp: false }
      if (!mayUse(session, sender.reversePath)) return { reply: replies.notYours, hangUp: false }
      const transaction = openTransaction(deps.ids.queueId(), session, sender, deps.clock.now())
      return (await lists.mail(transaction, signal)) ?? transaction
    },

    async rcpt(transaction, request, signal) {
      const refusal = await lists.rcpt(transaction, request.address, signal)
      if (refusal !== null) return refusal
      const status = await deps.recipientStatus(request.address, signal)
      if (status === 'unknown' || status === 'tempfail') return { reply: recipientReplies[status], hangUp: false }
      const recipient: Recipient = { ...request, addressClass: deps.addressClass(request.address) }
      if (deps.custody.destinationOf(recipient) === null) return { reply: replies.noRoute, hangUp: false }
      transaction.recipients.push(recipient)
      return null
    },

    data: lists.data,
    close: lists.forget,

    message: (transaction, raw, signal) => submit(transaction, lists, raw, signal, deps),
  }
}

/** Users write in their own name; programs that report trouble may use the null reverse-path. */
function mayUse(session: Session, reversePath: ReversePath): boolean {
  if (reversePath === null) return true
  const key = addressKey(reversePath)
  return session.identity?.maySendAs.some((address) => addressKey(address) === key) ?? false
}

async function submit(
  transaction: Transaction,
  lists: Lists,
  raw: Uint8Array,
  signal: AbortSignal,
  deps: SubmissionDeps,
): Promise<Reply> {
  const finish = (reply: Reply, verdict: Verdict | null) => {
    const sizeBytes = raw.byteLength
    deps.report({ way: 'submission', transaction, examination: null, verdict, reply, sizeBytes })
    return reply
  }
  const refusal = await lists.endOfData(transaction, raw.byteLength, signal)
  if (refusal !== null) return finish(refusal.reply, null)
  if (isLooping(raw)) return finish(replies.loop, null)
  const verdict = ordered(transaction)
  const complete = deps.editHeaders(raw, [...prepended(transaction), ...missingFields(transaction, raw, deps)])
  const signed = deps.editHeaders(complete, await deps.sign(complete))
  const bytes = deps.editHeaders(signed, [receivedField(transaction, deps.hostname, deps.clock.now())])
  const reply = await carry(transaction, verdict, bytes, signal, deps).catch((error: unknown) =>
    afterFailure(error, transaction, deps),
  )
  return finish(reply, verdict)
}

/** Mail of our own users is not judged: only the lists may throw it away, or have it looked at. */
function ordered({ orders }: Transaction): Verdict {
  const order = orders.find(({ kind }) => kind === 'discard') ?? orders.find(({ kind }) => kind === 'hold')
  if (order?.kind === 'discard')
    return { ...accepted, action: { kind: 'discard', because: order.because }, decidedBy: 'restriction' }
  if (order?.kind === 'hold')
    return { ...accepted, action: { kind: 'quarantine', because: order.because }, decidedBy: 'restriction' }
  return accepted
}

async function carry(
  transaction: Transaction,
  verdict: Verdict,
  bytes: Uint8Array,
  signal: AbortSignal,
  deps: SubmissionDeps,
): Promise<Reply> {
  const { id, trace } = transaction
  const { action } = verdict
  if (action.kind === 'discard') return { ...replies.ok, text: `Ok: ${id}` }
  const carried = filtered(await rewritten(readdressed(transaction, deps), deps), deps)
  if (action.kind === 'quarantine') {
    await deps.custody.hold({ id, bytes, envelope: envelopeOf(carried), because: action.because, verdict, trace })
    return { ...replies.ok, text: `Ok: held as ${id}` }
  }
  const request = { transaction: carried, verdict, bytes, folder: 'INBOX', returnable: true } as const
  return handOver(request, { ...deps.custody, destinationOf: (to) => destinationOf(to, deps) }, signal)
}

/** Who wants to hear of success hears it from the queue (RFC 3461 §5.2): in-line, nobody would be left to tell. */
function destinationOf(recipient: Recipient, { custody }: SubmissionDeps): Destination | null {
  const found = custody.destinationOf(recipient)
  return found !== null && recipient.notify.includes('success') ? { ...found, mode: 'queue' } : found
}

/** RFC 6409 §8: a submission server may add what a complete message has. */
function missingFields(transaction: Transaction, raw: Uint8Array, deps: SubmissionDeps): HeaderEdit[] {
  const present = deps.fieldNames(raw)
  const now = deps.clock.now()
  const fields: [string, string][] = [
    ['Message-ID', `<${transaction.id}@${deps.hostname}>`],
    ['Date', mailDate(now)],
    ['From', `<${printAddress(transaction.sender.reversePath)}>`],
  ]
  return fields.flatMap(([name, value]): HeaderEdit[] =>
    present.has(name.toLowerCase()) ? [] : [{ op: 'prepend', name, value }],
  )
}
