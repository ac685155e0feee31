// SPDX-License-Identifier: Apache-2.0
import { ok } from './refusal.ts'
import { type Command, loggedIn, untagged } from './talk.ts'

/** RFC 5161: there is nothing that must be enabled, and unknown names are to be ignored. */
export const enable: Command = {
  name: 'ENABLE',
  states: loggedIn,
  async run(talk, args) {
    do {
      args.space()
      args.atom()
    } while (!args.atEnd)
    await untagged(talk, 'ENABLED')
    return ok('done')
  },
}
