// SPDX-License-Identifier: Apache-2.0
import { folderArgument } from './arguments.ts'
import { ok } from './refusal.ts'
import { accountOf, type Command, loggedIn } from './talk.ts'

/** RFC 3501 §6.3.3 */
export const createFolder: Command = {
  name: 'CREATE',
  states: loggedIn,
  async run(talk, args) {
    args.space()
    const name = folderArgument(args)
    args.end()
    await talk.deps.shelf.create(accountOf(talk), name)
    return ok('done')
  },
}
