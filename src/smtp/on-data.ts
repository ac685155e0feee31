// SPDX-License-Identifier: Apache-2.0
import { replies } from '../core/replies.ts'
import type { Reply } from '../core/reply.ts'
import type { Refusal } from '../pipeline/way.ts'
import { type Conversation, underDeadline } from './conversation.ts'
import { normalizeLineEnds } from './line-endings.ts'
import type { Receipt } from './receipt.ts'

/** DATA, before 354. */
export async function onData(conversation: Conversation): Promise<Refusal | null> {
  const { door, transaction } = conversation
  return transaction === null ? null : underDeadline(conversation, (signal) => door.way.data(transaction, signal))
}

/** The message has come: its line ends are made safe, and it is handed to the way; one reply, whatever happens. */
export async function onMessage(conversation: Conversation, receipt: Receipt, hasBare: boolean): Promise<Reply> {
  const { door, transaction } = conversation
  conversation.transaction = null
  conversation.transactions++
  try {
    if (transaction === null) return replies.localError
    if (receipt.refusal !== null) return receipt.refusal
    if (hasBare) {
      door.meter.count('postern_smtp_bare_newlines_total', { treatment: door.bareNewlines })
      conversation.log.info('smtp.bare-newline', { id: transaction.id, treatment: door.bareNewlines })
      if (door.bareNewlines === 'reject') return replies.bareNewline
    }
    const received = receipt.bytes()
    const bytes = hasBare ? normalizeLineEnds(received).bytes : received
    return await door.way.message(transaction, bytes, conversation.closed.signal)
  } finally {
    receipt.giveBack()
  }
}
