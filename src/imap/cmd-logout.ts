// SPDX-License-Identifier: Apache-2.0
import { ok } from './refusal.ts'
import { anyState, type Command, untagged } from './talk.ts'

/** RFC 3501 §6.1.3 */
export const logout: Command = {
  name: 'LOGOUT',
  states: anyState,
  async run(talk, args) {
    args.end()
    talk.over = true
    talk.view?.close()
    talk.view = null
    await untagged(talk, 'BYE goodbye')
    return ok('done')
  },
}
