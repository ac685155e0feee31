// SPDX-License-Identifier: Apache-2.0
/** The way of mail, as the doors see it: one call for each moment at which a client waits for an answer. */
import type { Address } from '../core/address.ts'
import type { Domain, EpochMs, QueueId } from '../core/brand.ts'
import type { Envelope, Notify, Origin, Recipient } from '../core/envelope.ts'
import type { Evidence } from '../core/evidence.ts'
import type { Reply } from '../core/reply.ts'
import type { ChainOutcome, Order, TraceLine } from '../core/ruling.ts'
import type { Session } from '../core/session.ts'

export interface Refusal {
  readonly reply: Reply
  /** Close the connection after the reply. */
  readonly hangUp: boolean
}

/** What MAIL FROM said (RFC 5321 §4.1.1.2 and the extensions' parameters). */
export type Sender = Pick<
  Envelope,
  'reversePath' | 'body' | 'smtpUtf8' | 'requireTls' | 'declaredSize' | 'envid' | 'dsnReturns'
>

/** What RCPT TO said (RFC 3461 §4). */
export interface RecipientRequest {
  readonly address: Address
  readonly original: string
  readonly notify: readonly Notify[]
}

/** One mail transaction: grows from MAIL to end of DATA. Only the way itself adds to it. */
export interface Transaction {
  readonly id: QueueId
  readonly session: Session
  readonly sender: Sender
  readonly startedAt: EpochMs
  readonly recipients: Recipient[]
  readonly evidence: Evidence[]
  readonly orders: Order[]
  readonly trace: TraceLine[]
}

export interface Way {
  connect(session: Session, signal: AbortSignal): Promise<Refusal | null>
  helo(session: Session, signal: AbortSignal): Promise<Refusal | null>
  mail(session: Session, sender: Sender, signal: AbortSignal): Promise<Transaction | Refusal>
  rcpt(transaction: Transaction, request: RecipientRequest, signal: AbortSignal): Promise<Refusal | null>
  data(transaction: Transaction, signal: AbortSignal): Promise<Refusal | null>
  /** ETRN: mail that waits for a domain is to go on its way; absent where this is not served. */
  etrn?(session: Session, domain: Domain, signal: AbortSignal): Promise<Refusal>
  /** The connection is over: what was kept for it may go. */
  close(session: Session): void
  /** The message whole, every line ended by CRLF; the reply is the answer to end of DATA. */
  message(transaction: Transaction, raw: Uint8Array, signal: AbortSignal): Promise<Reply>
}

export function isRefusal(answer: Transaction | Refusal): answer is Refusal {
  return 'reply' in answer
}

export function openTransaction(id: QueueId, session: Session, sender: Sender, startedAt: EpochMs): Transaction {
  return { id, session, sender, startedAt, recipients: [], evidence: [], orders: [], trace: [] }
}

export function envelopeOf(transaction: Transaction): Envelope {
  const { sender, recipients, session } = transaction
  // Where our own users are is nobody's business.
  return { ...sender, recipients, ...(session.identity === null ? { origin: originOf(session) } : {}) }
}

/** The transaction as it is carried: with those recipients that its own stand for. */
export async function rewritten(
  transaction: Transaction,
  deps: { readonly rewrite: (envelope: Envelope) => Promise<Envelope> },
): Promise<Transaction> {
  const { reversePath, recipients } = await deps.rewrite(envelopeOf(transaction))
  return { ...transaction, sender: { ...transaction.sender, reversePath }, recipients: [...recipients] }
}

function originOf({ client, helo }: Session): Origin {
  return {
    ip: client.ip,
    port: client.port,
    name: client.ptr.kind === 'confirmed' ? client.ptr.name : null,
    helo: helo?.name ?? null,
    protocol: helo?.verb === 'EHLO' ? 'ESMTP' : 'SMTP',
  }
}

/** Keeps what the chains said, and turns a refusal into an answer. */
export function keep(transaction: Transaction | null, outcome: ChainOutcome): Refusal | null {
  if (transaction !== null) {
    transaction.evidence.push(...outcome.evidence)
    transaction.orders.push(...outcome.orders)
    transaction.trace.push(...outcome.trace)
  }
  return outcome.reply === null ? null : { reply: outcome.reply, hangUp: outcome.hangUp }
}
