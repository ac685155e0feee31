// SPDX-License-Identifier: Apache-2.0
import { bad, ok } from './refusal.ts'
import type { Command } from './talk.ts'

/** RFC 3501 §6.2.1. The handshake follows the answer: see conversation.ts. */
export const starttls: Command = {
  name: 'STARTTLS',
  states: ['unauthenticated'],
  async run(talk, args) {
    args.end()
    if (talk.wire.encrypted) throw bad('TLS is on already')
    if (!talk.deps.offersTls) throw bad('TLS is not offered here')
    return ok('begin TLS now')
  },
}
