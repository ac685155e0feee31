// SPDX-License-Identifier: Apache-2.0
import { ok } from './refusal.ts'
import { anyState, type Command } from './talk.ts'

/** RFC 3501 §6.1.2; news of the selected folder is said after every command. */
export const noop: Command = {
  name: 'NOOP',
  states: anyState,
  async run(_talk, args) {
    args.end()
    return ok('done')
  },
}

/** RFC 3501 §6.4.1: what is answered is on disk already. */
export const check: Command = { ...noop, name: 'CHECK', states: ['selected'] }
