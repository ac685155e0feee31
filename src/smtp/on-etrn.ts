// SPDX-License-Identifier: Apache-2.0
import { parseDomain } from '../core/address.ts'
import { replies } from '../core/replies.ts'
import type { Reply } from '../core/reply.ts'
import type { Refusal } from '../pipeline/way.ts'
import { type Conversation, underDeadline } from './conversation.ts'

/** ETRN (RFC 1985): the client asks for the mail that waits for a domain to be sent on its way now. */
export async function onEtrn(conversation: Conversation, written: string): Promise<Refusal> {
  const { door, transaction, session } = conversation
  const { way } = door
  const told = (reply: Reply): Refusal => ({ reply, hangUp: false })
  if (way.etrn === undefined) return told(replies.etrnUnavailable)
  if (transaction !== null) return told(replies.inTransaction)
  // RFC 1985 §5.2: "@" asks for the names below a domain, "#" for a queue of a name; neither is kept apart here.
  const domain = parseDomain(written.replace(/^[@#]/, ''))
  if (domain === null) return told(replies.badParameter)
  const etrn = way.etrn
  return underDeadline(conversation, (signal) => etrn(session, domain, signal))
}
