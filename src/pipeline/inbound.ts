// SPDX-License-Identifier: Apache-2.0
/** The way of mail from strangers: each moment asks the chains; end of DATA walks the content stages in their order. */
import type { Recipient } from '../core/envelope.ts'
import { replies } from '../core/replies.ts'
import type { Reply } from '../core/reply.ts'
import { act } from './act.ts'
import { factsOf, type SpineDeps } from './deps.ts'
import { isLooping } from './received.ts'
import { envelopeOf, keep, openTransaction, type Transaction, type Way } from './way.ts'

export function inboundWay(deps: SpineDeps): Way {
  const { chains, clock, ids } = deps
  return {
    connect: async (session, signal) => keep(null, await chains.atConnect({ session }, signal)),

    helo: async (session, signal) => keep(null, await chains.atHelo({ session }, signal)),

    async mail(session, sender, signal) {
      const transaction = openTransaction(ids.queueId(), session, sender, clock.now())
      return keep(transaction, await chains.atMail(factsOf(transaction), signal)) ?? transaction
    },

    async rcpt(transaction, request, signal) {
      const recipient: Recipient = { ...request, addressClass: deps.addressClass(request.address) }
      const refusal = keep(
        transaction,
        await chains.atRcpt({ ...factsOf(transaction), recipient: request.address }, signal),
      )
      if (refusal === null) transaction.recipients.push(recipient)
      return refusal
    },

    data: async (transaction, signal) => keep(transaction, await chains.atData(factsOf(transaction), signal)),

    message: (transaction, raw, signal) => judge(transaction, raw, signal, deps),
  }
}

/** End of DATA, stage by stage (pipeline/stages.ts). */
async function judge(transaction: Transaction, raw: Uint8Array, signal: AbortSignal, deps: SpineDeps): Promise<Reply> {
  const facts = { ...factsOf(transaction), sizeBytes: raw.byteLength }
  const refusal = keep(transaction, await deps.chains.atEndOfData(facts, signal))
  if (refusal !== null) return refusal.reply
  if (isLooping(raw)) return replies.loop
  const envelope = envelopeOf(transaction)
  const examination = await deps.examine({ session: transaction.session, envelope, raw })
  deps.observe(examination)
  const verdict = deps.decide(transaction, examination)
  const reply = await act(transaction, raw, examination, verdict, signal, deps)
  deps.report({ way: 'inbound', transaction, examination, verdict, reply, sizeBytes: raw.byteLength })
  return reply
}
