// SPDX-License-Identifier: Apache-2.0
import { folderArgument } from './arguments.ts'
import { ok } from './refusal.ts'
import { accountOf, type Command, loggedIn } from './talk.ts'

/** RFC 3501 §6.3.5 */
export const rename: Command = {
  name: 'RENAME',
  states: loggedIn,
  async run(talk, args) {
    args.space()
    const from = folderArgument(args)
    args.space()
    const to = folderArgument(args)
    args.end()
    await talk.deps.shelf.rename(accountOf(talk), from, to)
    return ok('renamed')
  },
}
