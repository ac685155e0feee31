// SPDX-License-Identifier: Apache-2.0
import { demandPrivacy, logIn } from './log-in.ts'
import type { Command } from './talk.ts'

/** RFC 3501 §6.2.3 */
export const login: Command = {
  name: 'LOGIN',
  states: ['unauthenticated'],
  async run(talk, args) {
    demandPrivacy(talk)
    args.space()
    const username = args.astring().toString('utf8')
    args.space()
    const password = args.astring().toString('utf8')
    args.end()
    return logIn(talk, 'LOGIN', username, password)
  },
}
