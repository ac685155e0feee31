// SPDX-License-Identifier: Apache-2.0
/** The way of mail from strangers: each moment asks the chains; end of DATA walks the content stages in their order. */
import type { Recipient } from '../core/envelope.ts'
import type { Examination } from '../core/examiner.ts'
import { replies } from '../core/replies.ts'
import type { Reply } from '../core/reply.ts'
import type { Verdict } from '../core/verdict.ts'
import { act } from './act.ts'
import { afterFailure, type SpineDeps } from './deps.ts'
import { type Lists, openLists } from './lists.ts'
import { isLooping } from './received.ts'
import { envelopeOf, openTransaction, type Transaction, type Way } from './way.ts'

export function inboundWay(deps: SpineDeps): Way {
  const { clock, ids } = deps
  const lists = openLists(deps)
  return {
    connect: lists.connect,
    helo: lists.helo,

    async mail(session, sender, signal) {
      const transaction = openTransaction(ids.queueId(), session, sender, clock.now())
      return (await lists.mail(transaction, signal)) ?? transaction
    },

    async rcpt(transaction, request, signal) {
      const recipient: Recipient = { ...request, addressClass: deps.addressClass(request.address) }
      const refusal = await lists.rcpt(transaction, request.address, signal)
      if (refusal !== null) return refusal
      if (!deps.custody.mayShare(transaction.recipients, recipient)) {
        return { reply: replies.sendSeparately, hangUp: false }
      }
      transaction.recipients.push(recipient)
      return null
    },

    data: lists.data,

    message: (transaction, raw, signal) => judge(transaction, lists, raw, signal, deps),

    ...(deps.flush === undefined ? {} : { etrn: etrnFor(deps.flush, lists, deps) }),

    close: lists.forget,
  }
}

function etrnFor(flush: NonNullable<SpineDeps['flush']>, lists: Lists, { log }: SpineDeps): NonNullable<Way['etrn']> {
  return async (session, domain, signal) => {
    const refusal = await lists.etrn(session, domain, signal)
    if (refusal !== null) return refusal
    const queued = await flush(domain)
    log.info('pipeline.etrn', { domain, queued })
    return { reply: queued ? replies.etrnQueued : replies.etrnUnavailable, hangUp: false }
  }
}

/** End of DATA, stage by stage (pipeline/stages.ts). Whatever happens is answered once, and told to log and metrics. */
async function judge(
  transaction: Transaction,
  lists: Lists,
  raw: Uint8Array,
  signal: AbortSignal,
  deps: SpineDeps,
): Promise<Reply> {
  const finish = (reply: Reply, examination: Examination | null, verdict: Verdict | null) => {
    deps.report({ way: 'inbound', transaction, examination, verdict, reply, sizeBytes: raw.byteLength })
    return reply
  }
  const refusal = await lists.endOfData(transaction, raw.byteLength, signal)
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
