// SPDX-License-Identifier: Apache-2.0
import type { Readable } from 'node:stream'
import { replies } from '../core/replies.ts'
import type { Reply } from '../core/reply.ts'
import type { Refusal } from '../pipeline/way.ts'
import { type Conversation, underDeadline } from './conversation.ts'
import { normalizeLineEnds } from './line-endings.ts'

/** DATA, before 354. */
export async function onData(conversation: Conversation): Promise<Refusal | null> {
  const { door, transaction } = conversation
  return transaction === null ? null : underDeadline(conversation, (signal) => door.way.data(transaction, signal))
}

/** The message: read within its limits, its line ends made safe, handed to the way; one reply, whatever happens. */
export async function onMessage(conversation: Conversation, stream: Readable): Promise<Reply> {
  const { door, transaction } = conversation
  conversation.transaction = null
  conversation.transactions++
  if (transaction === null) return replies.localError
  const received = await receive(stream, conversation)
  if ('code' in received) return received
  try {
    const { bytes, hadBare } = normalizeLineEnds(received.bytes)
    if (hadBare) {
      door.meter.count('postern_smtp_bare_newlines_total', { treatment: door.bareNewlines })
      conversation.log.info('smtp.bare-newline', { id: transaction.id, treatment: door.bareNewlines })
      if (door.bareNewlines === 'reject') return replies.bareNewline
    }
    return await door.way.message(transaction, bytes, conversation.closed.signal)
  } finally {
    door.budget.give(received.bytes.length)
  }
}

/** Reads to the end even what is too large, so that the client hears the reply. The bytes are taken from the budget. */
async function receive(stream: Readable, conversation: Conversation): Promise<{ bytes: Uint8Array } | Reply> {
  const { door } = conversation
  const chunks: Uint8Array[] = []
  let size = 0
  let refusal: Reply | null = null
  const drop = (reply: Reply) => {
    refusal = reply
    door.budget.give(size)
    chunks.length = 0
  }
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      if (refusal !== null) continue
      if (size + chunk.length > door.limits.messageSize) drop(replies.tooLarge)
      else if (!door.budget.take(chunk.length)) drop(replies.busy)
      else {
        chunks.push(chunk)
        size += chunk.length
      }
    }
  } catch (error) {
    if (refusal === null) door.budget.give(size)
    throw error
  }
  return refusal ?? { bytes: chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks, size) }
}
