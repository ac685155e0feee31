// SPDX-License-Identifier: Apache-2.0
/** Asks the restriction lists at each moment of a connection, and keeps what they say in its transaction. */
import type { Address } from '../core/address.ts'
import type { Domain, SessionId } from '../core/brand.ts'
import type { ChainOutcome } from '../core/ruling.ts'
import type { Session } from '../core/session.ts'
import { type ChainFacts, newChainMemory } from '../restrictions/subject.ts'
import { factsOf, type SpineDeps } from './deps.ts'
import { keep, type Refusal, type Transaction } from './way.ts'

/** What the chains keep of one connection, and the lookups that its transaction may still ask for. */
type Kept = Pick<ChainFacts, 'memory' | 'dns'>

export interface Lists {
  connect(session: Session, signal: AbortSignal): Promise<Refusal | null>
  helo(session: Session, signal: AbortSignal): Promise<Refusal | null>
  mail(transaction: Transaction, signal: AbortSignal): Promise<Refusal | null>
  /** The recipient is not yet one of the transaction's. */
  rcpt(transaction: Transaction, recipient: Address, signal: AbortSignal): Promise<Refusal | null>
  data(transaction: Transaction, signal: AbortSignal): Promise<Refusal | null>
  endOfData(transaction: Transaction, sizeBytes: number, signal: AbortSignal): Promise<Refusal | null>
  etrn(session: Session, domain: Domain, signal: AbortSignal): Promise<Refusal | null>
  /** The connection is over. */
  forget(session: Session): void
}

export function openLists(deps: Pick<SpineDeps, 'chains' | 'dns' | 'queriesPerTransaction' | 'refused'>): Lists {
  const { chains } = deps
  const connections = new Map<SessionId, Kept>()
  const fresh = (id: SessionId, memory: Kept['memory']): Kept => {
    const kept = { memory, dns: deps.dns.forTransaction(deps.queriesPerTransaction) }
    connections.set(id, kept)
    return kept
  }
  const keptOf = ({ id }: Session): Kept => connections.get(id) ?? fresh(id, newChainMemory())
  const about = (transaction: Transaction) => ({ ...factsOf(transaction), ...keptOf(transaction.session) })
  /** Keeps what the chains said; a refusal is told to the history too. */
  const answer = (transaction: Transaction, recipient: Address | null, outcome: ChainOutcome): Refusal | null => {
    const refusal = keep(transaction, outcome)
    if (refusal !== null) deps.refused({ transaction, recipient, reply: refusal.reply, trace: outcome.trace })
    return refusal
  }
  return {
    connect: async (session, signal) => keep(null, await chains.atConnect({ session, ...keptOf(session) }, signal)),
    helo: async (session, signal) => keep(null, await chains.atHelo({ session, ...keptOf(session) }, signal)),
    async mail(transaction, signal) {
      const { session } = transaction
      fresh(session.id, keptOf(session).memory)
      return answer(transaction, null, await chains.atMail(about(transaction), signal))
    },
    async rcpt(transaction, recipient, signal) {
      const facts = { ...about(transaction), recipient, recipientCount: transaction.recipients.length + 1 }
      return answer(transaction, recipient, await chains.atRcpt(facts, signal))
    },
    data: async (transaction, signal) => answer(transaction, null, await chains.atData(about(transaction), signal)),
    // What is refused now is reported like every other message.
    endOfData: async (transaction, sizeBytes, signal) =>
      keep(transaction, await chains.atEndOfData({ ...about(transaction), sizeBytes }, signal)),
    etrn: async (session, domain, signal) =>
      keep(null, await chains.atEtrn({ session, ...keptOf(session), etrnDomain: domain }, signal)),
    forget: ({ id }) => void connections.delete(id),
  }
}
