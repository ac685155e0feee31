// SPDX-License-Identifier: Apache-2.0
import { replies } from '../core/replies.ts'
import type { Refusal } from '../pipeline/way.ts'
import { type Conversation, underDeadline } from './conversation.ts'

/** Judges the client before the banner: how many connections it has, what it is called, what the client chain says. */
export async function onConnect(conversation: Conversation, fromThisClient: number): Promise<Refusal | null> {
  const { door, session } = conversation
  door.meter.count('postern_smtp_connections_total', { role: door.role })
  if (fromThisClient > door.limits.clientConnections && session.trust === 'stranger') {
    return { reply: replies.tooManyConnections, hangUp: true }
  }
  return underDeadline(conversation, async (signal) => {
    const ptr = await door.reverse(session.client.ip, signal)
    conversation.session = { ...session, client: { ...session.client, ptr } }
    const name = ptr.kind === 'confirmed' ? ptr.name : 'unknown'
    conversation.log.info('smtp.connect', { name, role: door.role })
    return door.way.connect(conversation.session, signal)
  })
}
