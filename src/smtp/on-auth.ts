// SPDX-License-Identifier: Apache-2.0
import { replies } from '../core/replies.ts'
import type { Reply } from '../core/reply.ts'
import type { Conversation } from './conversation.ts'

/** Proves who the client is (RFC 4954); null when it did. Which check failed is not told. */
export async function onAuth(
  conversation: Conversation,
  mechanism: string,
  username: string,
  password: string,
): Promise<Reply | null> {
  const { door, session } = conversation
  const ip = session.client.ip
  const result = await door.authenticate({ mechanism, username, password, ip })
  if ('refused' in result) {
    door.meter.count('postern_smtp_logins_total', { result: result.refused })
    conversation.log.warn('smtp.login-refused', { because: result.refused, mechanism })
    return result.refused === 'bad' ? replies.authFailed : replies.authUnavailable
  }
  door.meter.count('postern_smtp_logins_total', { result: 'ok' })
  conversation.session = { ...session, identity: result.identity, trust: 'user' }
  conversation.log.info('smtp.login', { account: result.identity.account, mechanism })
  return null
}
