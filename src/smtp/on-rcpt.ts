// SPDX-License-Identifier: Apache-2.0
import { addressKey } from '../core/address.ts'
import { replies } from '../core/replies.ts'
import type { Refusal } from '../pipeline/way.ts'
import { type Conversation, underDeadline } from './conversation.ts'
import { type Parameters, parseRcpt } from './parameters.ts'

/** RCPT TO (RFC 5321 §4.1.1.3): one recipient judged; a repeated one is answered as before and counted once. */
export async function onRcpt(conversation: Conversation, path: string, args: Parameters): Promise<Refusal | null> {
  const { door, transaction } = conversation
  if (transaction === null) return { reply: replies.localError, hangUp: false }
  const request = parseRcpt(path, args)
  if ('code' in request) return { reply: request, hangUp: false }
  const key = addressKey(request.address)
  if (transaction.recipients.some((r) => addressKey(r.address) === key)) return null
  if (transaction.recipients.length >= door.limits.recipients)
    return { reply: replies.tooManyRecipients, hangUp: false }
  return underDeadline(conversation, (signal) => door.way.rcpt(transaction, request, signal))
}
