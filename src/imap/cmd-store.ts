// SPDX-License-Identifier: Apache-2.0
import type { FlagChange } from '../mailbox/flags.ts'
import { checkedFlags, flagList, setArgument } from './arguments.ts'
import { bad, no, ok } from './refusal.ts'
import { type Command, untagged, writableView } from './talk.ts'

/** RFC 3501 §6.4.6 */
export const store: Command = {
  name: 'STORE',
  states: ['selected'],
  keepsNumbers: true,
  async run(talk, args) {
    args.space()
    const uids = setArgument(talk, args)
    args.space()
    const change: FlagChange = args.may('+') ? 'add' : args.may('-') ? 'remove' : 'set'
    const [item, silent] = args.atom().toUpperCase().split('.')
    if (item !== 'FLAGS' || (silent !== undefined && silent !== 'SILENT')) throw bad('STORE changes FLAGS only')
    args.space()
    const words: string[] = []
    const flags = args.sees('(') ? flagList(args) : null
    while (flags === null && (words.length === 0 || args.may(' '))) words.push(args.flag())
    args.end()
    const view = writableView(talk)
    const { folder } = view
    await folder.setFlags(uids, change, flags ?? checkedFlags(words), view)
    const left = uids.flatMap((uid) => folder.message(uid) ?? [])
    for (const message of silent === undefined ? left : []) {
      const uid = talk.byUid ? `UID ${message.uid} ` : ''
      await untagged(talk, `${view.numberOf(message.uid)} FETCH (${uid}FLAGS (${view.flagWords(message).join(' ')}))`)
    }
    if (left.length < uids.length && !talk.byUid) throw no('some of the messages are gone', 'EXPUNGEISSUED')
    return ok('stored')
  },
}
