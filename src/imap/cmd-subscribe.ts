// SPDX-License-Identifier: Apache-2.0
import { folderArgument } from './arguments.ts'
import { ok } from './refusal.ts'
import { accountOf, type Command, loggedIn } from './talk.ts'

function make(name: string, on: boolean): Command {
  return {
    name,
    states: loggedIn,
    async run(talk, args) {
      args.space()
      const folder = folderArgument(args)
      args.end()
      await talk.deps.shelf.subscribe(accountOf(talk), folder, on)
      return ok('done')
    },
  }
}

/** RFC 3501 §6.3.6; a folder that does not exist may be subscribed. */
export const subscribe = make('SUBSCRIBE', true)
/** RFC 3501 §6.3.7 */
export const unsubscribe = make('UNSUBSCRIBE', false)
