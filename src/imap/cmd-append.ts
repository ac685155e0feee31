// SPDX-License-Identifier: Apache-2.0
import { noFlags } from '../mailbox/flags.ts'
import { flagList, folderArgument } from './arguments.ts'
import { parseDateTime } from './dates.ts'
import { bad, no, ok } from './refusal.ts'
import { accountOf, type Command, loggedIn } from './talk.ts'

/** RFC 3501 §6.3.11, RFC 4315 §3 */
export const append: Command = {
  name: 'APPEND',
  states: loggedIn,
  async run(talk, args) {
    args.space()
    const name = folderArgument(args)
    args.space()
    const flags = args.sees('(') ? flagList(args) : null
    if (flags !== null) args.space()
    const date = args.sees('"') ? parseDateTime(args.string().toString('latin1')) : null
    if (date !== null) args.space()
    // "~" begins a literal8, in which NUL may stand (RFC 3516 §4.4).
    args.may('~')
    if (!args.sees('{')) throw bad('expected a literal')
    const message = args.string()
    args.end()
    if (message.length === 0) throw no('an empty message is none', 'CANNOT')
    const done = await talk.deps.shelf.append(accountOf(talk), name, message, flags ?? noFlags, date)
    if (done === null) throw no('no such folder', 'TRYCREATE')
    return ok('appended', `APPENDUID ${done.uidValidity} ${done.uid}`)
  },
}
