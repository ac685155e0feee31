// SPDX-License-Identifier: Apache-2.0
import { deleted } from '../mailbox/flags.ts'
import { setArgument } from './arguments.ts'
import { ok } from './refusal.ts'
import { type Command, writableView } from './talk.ts'

/** RFC 3501 §6.4.3; with a set of UIDs RFC 4315 §2.1. The EXPUNGE responses follow from the change of the folder. */
export const expunge: Command = {
  name: 'EXPUNGE',
  states: ['selected'],
  async run(talk, args) {
    const view = writableView(talk)
    if (talk.byUid) args.space()
    const uids = talk.byUid ? setArgument(talk, args) : view.uids
    args.end()
    const doomed = uids.filter((uid) => ((view.folder.message(uid)?.flags.system ?? 0) & deleted) !== 0)
    await view.folder.expunge(doomed)
    return ok('expunged')
  },
}
