// SPDX-License-Identifier: Apache-2.0
/** The way of mail from our own users: proven identity, own addresses only, completed (RFC 6409 §8), signed, on its way. */
import { addressKey, printAddress, type ReversePath } from '../core/address.ts'
import type { Recipient } from '../core/envelope.ts'
import type { HeaderEdit } from '../core/message.ts'
import { replies } from '../core/replies.ts'
import type { Reply } from '../core/reply.ts'
import type { Session } from '../core/session.ts'
import type { Verdict } from '../core/verdict.ts'
import type { Destination } from './custody.ts'
import { afterFailure, type SpineDeps } from './deps.ts'
import { handOver } from './hand-over.ts'
import { isLooping, mailDate, receivedField } from './received.ts'
import { openTransaction, rewritten, type Transaction, type Way } from './way.ts'

export interface SubmissionDeps
  extends Pick<
    SpineDeps,
    'hostname' | 'addressClass' | 'editHeaders' | 'rewrite' | 'custody' | 'report' | 'clock' | 'ids' | 'log'
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

const unknownUser: Reply = { code: 550, enhanced: '5.1.1', text: 'Recipient address rejected: User unknown' }
const lookupTrouble: Reply = { code: 451, enhanced: '4.3.0', text: 'Temporary lookup failure' }
const accepted: Verdict = { action: { kind: 'accept' }, score: 0, priced: [], decidedBy: 'policy' }

export function submissionWay(deps: SubmissionDeps): Way {
  return {
    connect: async () => null,
    helo: async () => null,

    async mail(session, sender) {
      if (session.identity === null) return { reply: replies.authRequired, hangUp: false }
      if (!mayUse(session, sender.reversePath)) return { reply: replies.notYours, hangUp: false }
      return openTransaction(deps.ids.queueId(), session, sender, deps.clock.now())
    },

    async rcpt(transaction, request, signal) {
      const status = await deps.recipientStatus(request.address, signal)
      if (status === 'unknown') return { reply: unknownUser, hangUp: false }
      if (status === 'tempfail') return { reply: lookupTrouble, hangUp: false }
      const recipient: Recipient = { ...request, addressClass: deps.addressClass(request.address) }
      if (deps.custody.destinationOf(recipient) === null) return { reply: replies.noRoute, hangUp: false }
      transaction.recipients.push(recipient)
      return null
    },

    data: async () => null,
    close: () => undefined,

    message: (transaction, raw, signal) => submit(transaction, raw, signal, deps),
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
  raw: Uint8Array,
  signal: AbortSignal,
  deps: SubmissionDeps,
): Promise<Reply> {
  if (isLooping(raw)) return replies.loop
  const complete = deps.editHeaders(raw, missingFields(transaction, raw, deps))
  const signed = deps.editHeaders(complete, await deps.sign(complete))
  const bytes = deps.editHeaders(signed, [receivedField(transaction, deps.hostname, deps.clock.now())])
  const reply = await carry(transaction, bytes, signal, deps).catch((error: unknown) =>
    afterFailure(error, transaction, deps),
  )
  deps.report({
    way: 'submission',
    transaction,
    examination: null,
    verdict: accepted,
    reply,
    sizeBytes: raw.byteLength,
  })
  return reply
}

async function carry(
  transaction: Transaction,
  bytes: Uint8Array,
  signal: AbortSignal,
  deps: SubmissionDeps,
): Promise<Reply> {
  const carried = await rewritten(transaction, deps)
  const request = { transaction: carried, verdict: accepted, bytes, folder: 'INBOX', returnable: true } as const
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
