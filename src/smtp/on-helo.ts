// SPDX-License-Identifier: Apache-2.0
import type { Refusal } from '../pipeline/way.ts'
import { type Conversation, underDeadline } from './conversation.ts'

/** A new HELO ends the transaction under way (RFC 5321 §4.1.4). */
export function onHelo(conversation: Conversation, verb: 'HELO' | 'EHLO', name: string): Promise<Refusal | null> {
  conversation.session = { ...conversation.session, helo: { verb, name } }
  conversation.transaction = null
  return underDeadline(conversation, (signal) => conversation.door.way.helo(conversation.session, signal))
}
