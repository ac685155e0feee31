// SPDX-License-Identifier: Apache-2.0
/** The way of mail from strangers: each moment asks the chains; end of DATA walks the content stages in their order. */
import type { Address } from '../core/address.ts'
import type { SessionId } from '../core/brand.ts'
import type { Recipient } from '../core/envelope.ts'
import type { Examination } from '../core/examiner.ts'
import { replies } from '../core/replies.ts'
import type { Reply } from '../core/reply.ts'
import type { ChainOutcome } from '../core/ruling.ts'
import type { Session } from '../core/session.ts'
import type { Verdict } from '../core/verdict.ts'
import { type ChainFacts, newChainMemory } from '../restrictions/subject.ts'
import { act } from './act.ts'
import { afterFailure, factsOf, type SpineDeps } from './deps.ts'
import { isLooping } from './received.ts'
import { envelopeOf, keep, openTransaction, type Refusal, type Transaction, type Way } from './way.ts'

/** What the chains keep of one connection, and the lookups that its transaction may still ask for. */
type Kept = Pick<ChainFacts, 'memory' | 'dns'>

export function inboundWay(deps: SpineDeps): Way {
  const { chains, clock, ids } = deps
  const connections = new Map<SessionId, Kept>()
  const keptOf = ({ id }: Session): Kept => connections.get(id) ?? fresh(id, newChainMemory())
  const fresh = (id: SessionId, memory: Kept['memory']): Kept => {
    const kept = { memory, dns: deps.dns.forTransaction(deps.queriesPerTransaction) }
    connections.set(id, kept)
    return kept
  }
  return {
    connect: async (session, signal) => keep(null, await chains.atConnect({ session, ...keptOf(session) }, signal)),

    helo: async (session, signal) => keep(null, await chains.atHelo({ session, ...keptOf(session) }, signal)),

    async mail(session, sender, signal) {
      const transaction = openTransaction(ids.queueId(), session, sender, clock.now())
      const kept = fresh(session.id, keptOf(session).memory)
      const outcome = await chains.atMail({ ...factsOf(transaction), ...kept }, signal)
      return answer(transaction, null, outcome, deps) ?? transaction
    },

    async rcpt(transaction, request, signal) {
      const recipient: Recipient = { ...request, addressClass: deps.addressClass(request.address) }
      const recipientCount = transaction.recipients.length + 1
      const facts = {
        ...factsOf(transaction),
        ...keptOf(transaction.session),
        recipient: request.address,
        recipientCount,
      }
      const refusal = answer(transaction, request.address, await chains.atRcpt(facts, signal), deps)
      if (refusal !== null) return refusal
      if (!deps.custody.mayShare(transaction.recipients, recipient)) {
        return { reply: replies.sendSeparately, hangUp: false }
      }
      transaction.recipients.push(recipient)
      return null
    },

    async data(transaction, signal) {
      const facts = { ...factsOf(transaction), ...keptOf(transaction.session) }
      return answer(transaction, null, await chains.atData(facts, signal), deps)
    },

    message: (transaction, raw, signal) => judge(transaction, keptOf(transaction.session), raw, signal, deps),

    ...(deps.flush === undefined ? {} : { etrn: etrnFor(deps.flush, deps, keptOf) }),

    close: ({ id }) => void connections.delete(id),
  }
}

/** Keeps what the chains said; a refusal is told to the history too. */
function answer(
  transaction: Transaction,
  recipient: Address | null,
  outcome: ChainOutcome,
  deps: SpineDeps,
): Refusal | null {
  const refusal = keep(transaction, outcome)
  if (refusal !== null) deps.refused({ transaction, recipient, reply: refusal.reply, trace: outcome.trace })
  return refusal
}

function etrnFor(
  flush: NonNullable<SpineDeps['flush']>,
  { chains, log }: SpineDeps,
  keptOf: (session: Session) => Kept,
): NonNullable<Way['etrn']> {
  return async (session, domain, signal) => {
    const outcome = await chains.atEtrn({ session, ...keptOf(session), etrnDomain: domain }, signal)
    if (outcome.reply !== null) return { reply: outcome.reply, hangUp: outcome.hangUp }
    const queued = await flush(domain)
    log.info('pipeline.etrn', { domain, queued })
    return { reply: queued ? replies.etrnQueued : replies.etrnUnavailable, hangUp: false }
  }
}

/** End of DATA, stage by stage (pipeline/stages.ts). Whatever happens is answered once, and told to log and metrics. */
async function judge(
  transaction: Transaction,
  kept: Kept,
  raw: Uint8Array,
  signal: AbortSignal,
  deps: SpineDeps,
): Promise<Reply> {
  const finish = (reply: Reply, examination: Examination | null, verdict: Verdict | null) => {
    deps.report({ way: 'inbound', transaction, examination, verdict, reply, sizeBytes: raw.byteLength })
    return reply
  }
  const facts = { ...factsOf(transaction), ...kept, sizeBytes: raw.byteLength }
  const refusal = keep(transaction, await deps.chains.atEndOfData(facts, signal))
  if (refusal !== null) return finish(refusal.reply, null, null)
  if (isLooping(raw)) return finish(replies.loop, null, null)
  const envelope = envelopeOf(transaction)
  const examination = await deps.examine({ session: transaction.session, envelope, raw })
  deps.observe(examination)
  const verdict = deps.decide(transaction, examination)
  const reply = await act({ transaction, raw, examination, verdict }, signal, deps).catch((error: unknown) =>
    afterFailure(error, transaction, deps),
  )
  return finish(reply, examination, verdict)
}
