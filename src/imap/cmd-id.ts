// SPDX-License-Identifier: Apache-2.0
import { ok } from './refusal.ts'
import { anyState, type Command, untagged } from './talk.ts'

/** RFC 2971 §3.1: what the client says of itself is read and not kept; a version would only help an attacker. */
export const id: Command = {
  name: 'ID',
  states: anyState,
  async run(talk, args) {
    args.space()
    if (args.sees('(')) args.list(() => args.nstring())
    else args.nstring()
    args.end()
    await untagged(talk, 'ID ("name" "Postern")')
    return ok('done')
  },
}
