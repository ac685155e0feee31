// SPDX-License-Identifier: Apache-2.0
import { deleted } from '../mailbox/flags.ts'
import { ok } from './refusal.ts'
import { type Command, viewOf } from './talk.ts'

/** RFC 3501 §6.4.2: expunges without saying so, then nothing is selected. */
export const close: Command = {
  name: 'CLOSE',
  states: ['selected'],
  async run(talk, args) {
    args.end()
    const view = viewOf(talk)
    view.close()
    talk.view = null
    if (!view.readOnly) {
      const doomed = view.uids.filter((uid) => ((view.folder.message(uid)?.flags.system ?? 0) & deleted) !== 0)
      await view.folder.expunge(doomed)
    }
    return ok('folder closed')
  },
}

/** RFC 3691 */
export const unselect: Command = {
  name: 'UNSELECT',
  states: ['selected'],
  async run(talk, args) {
    args.end()
    viewOf(talk).close()
    talk.view = null
    return ok('folder closed')
  },
}
