// SPDX-License-Identifier: Apache-2.0
import { replies } from '../core/replies.ts'
import { isRefusal, type Refusal } from '../pipeline/way.ts'
import { type Conversation, underDeadline } from './conversation.ts'
import { type Parameters, parseMail } from './parameters.ts'

/** MAIL FROM (RFC 5321 §4.1.1.2): opens a transaction, or says why not. */
export async function onMail(conversation: Conversation, path: string, args: Parameters): Promise<Refusal | null> {
  const { door } = conversation
  conversation.transaction = null
  if (conversation.transactions >= door.limits.transactions) return { reply: replies.tooManyMessages, hangUp: true }
  const sender = parseMail(path, args)
  if ('code' in sender) return { reply: sender, hangUp: false }
  if (sender.declaredSize !== null && sender.declaredSize > door.limits.messageSize) {
    return { reply: replies.tooLarge, hangUp: false }
  }
  const answer = await underDeadline(conversation, (signal) => door.way.mail(conversation.session, sender, signal))
  if (isRefusal(answer)) return answer
  conversation.transaction = answer
  return null
}
