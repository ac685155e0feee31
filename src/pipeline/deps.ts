// SPDX-License-Identifier: Apache-2.0
/** What the spine is handed: every room behind the smallest interface that the way needs. app/ fits them together. */
import type { Address } from '../core/address.ts'
import type { SealFacts } from '../core/auth.ts'
import type { Domain } from '../core/brand.ts'
import type { AddressClass, Envelope } from '../core/envelope.ts'
import type { ContentSubject, Examination } from '../core/examiner.ts'
import { Failure } from '../core/failure.ts'
import type { HeaderEdit } from '../core/message.ts'
import type { Clock, Ids, Logger } from '../core/ports.ts'
import { replies } from '../core/replies.ts'
import type { Reply } from '../core/reply.ts'
import type { ChainOutcome, TraceLine } from '../core/ruling.ts'
import type { Verdict } from '../core/verdict.ts'
import type { GatewayResolver } from '../dns/resolver.ts'
import type { ChainFacts } from '../restrictions/subject.ts'
import type { Custody } from './custody.ts'
import type { Transaction } from './way.ts'

/** The restriction lists, asked at each moment. */
export interface ChainPort {
  atConnect(facts: ChainFacts, signal: AbortSignal): Promise<ChainOutcome>
  atHelo(facts: ChainFacts, signal: AbortSignal): Promise<ChainOutcome>
  atMail(facts: ChainFacts, signal: AbortSignal): Promise<ChainOutcome>
  atRcpt(facts: ChainFacts, signal: AbortSignal): Promise<ChainOutcome>
  atData(facts: ChainFacts, signal: AbortSignal): Promise<ChainOutcome>
  atEndOfData(facts: ChainFacts, signal: AbortSignal): Promise<ChainOutcome>
  atEtrn(facts: ChainFacts, signal: AbortSignal): Promise<ChainOutcome>
}

/** What became of a message, for the log, the metrics and the history. */
export interface Report {
  readonly way: 'inbound' | 'submission'
  readonly transaction: Transaction
  readonly examination: Examination | null
  readonly verdict: Verdict | null
  readonly reply: Reply
  readonly sizeBytes: number
}

/** A sender or recipient that the chains refused. */
export interface RefusedCommand {
  readonly transaction: Transaction
  /** Null: refused at MAIL or DATA. */
  readonly recipient: Address | null
  readonly reply: Reply
  /** How the chains came to it. */
  readonly trace: readonly TraceLine[]
}

export interface SpineDeps {
  readonly hostname: string
  readonly chains: ChainPort
  readonly dns: GatewayResolver
  /** Lookups that one transaction may cost. */
  readonly queriesPerTransaction: number
  /** Sends what waits for a domain on its way; false where we keep no mail for it. Absent: ETRN is not served. */
  readonly flush?: (domain: Domain) => Promise<boolean>
  readonly addressClass: (address: Address) => AddressClass
  readonly examine: (subject: ContentSubject) => Promise<Examination>
  readonly decide: (transaction: Transaction, examination: Examination) => Verdict
  /** X-Spam-* and Authentication-Results fields of ours, and the removal of forged ones. */
  readonly headerEdits: (verdict: Verdict, examination: Examination) => readonly HeaderEdit[]
  /** The ARC set for a message that leaves us; none where we do not seal. */
  readonly seal: (raw: Uint8Array, auth: SealFacts) => Promise<readonly HeaderEdit[]>
  readonly editHeaders: (raw: Uint8Array, edits: readonly HeaderEdit[]) => Uint8Array
  /** The recipients that the envelope's stand for, and the reverse-path in its canonical form. Throws Failure. */
  readonly rewrite: (envelope: Envelope) => Promise<Envelope>
  readonly custody: Custody
  readonly observe: (examination: Examination) => void
  readonly report: (report: Report) => void
  readonly refused: (refused: RefusedCommand) => void
  readonly clock: Clock
  readonly ids: Ids
  readonly log: Logger
}

/** What the chains are told about a transaction. */
export function factsOf(transaction: Transaction): ChainFacts {
  const { session, sender, recipients } = transaction
  return {
    session,
    reversePath: sender.reversePath,
    recipientCount: recipients.length,
    recipient: recipients.length === 1 ? recipients[0]?.address : undefined,
    sizeBytes: sender.declaredSize ?? undefined,
    instance: transaction.id,
  }
}

/** Custody failed: the client keeps the message and may try again; the operator reads why. */
export function afterFailure(error: unknown, transaction: Transaction, deps: Pick<SpineDeps, 'log'>): Reply {
  deps.log.error('pipeline.custody-failed', error, { id: transaction.id })
  return error instanceof Failure ? error.reply : replies.localError
}
