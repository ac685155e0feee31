// SPDX-License-Identifier: Apache-2.0
import { ok } from './refusal.ts'
import { type Command, loggedIn, untagged } from './talk.ts'

/** RFC 2342: personal folders only. */
export const namespace: Command = {
  name: 'NAMESPACE',
  states: loggedIn,
  async run(talk, args) {
    args.end()
    await untagged(talk, 'NAMESPACE (("" "/")) NIL NIL')
    return ok('done')
  },
}
