// SPDX-License-Identifier: Apache-2.0
import { capabilities } from './capabilities.ts'
import { ok } from './refusal.ts'
import { anyState, type Command, untagged } from './talk.ts'

/** RFC 3501 §6.1.1 */
export const capability: Command = {
  name: 'CAPABILITY',
  states: anyState,
  async run(talk, args) {
    args.end()
    await untagged(talk, `CAPABILITY ${capabilities(talk)}`)
    return ok('that is what is offered')
  },
}
