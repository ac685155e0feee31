// SPDX-License-Identifier: Apache-2.0
import type { Transfer } from '../mailbox/transfer.ts'
import { folderArgument, setArgument } from './arguments.ts'
import type { Lexer } from './lexer.ts'
import { no, ok } from './refusal.ts'
import { compactSet } from './sets.ts'
import { accountOf, type Command, type Talk, untagged, viewOf, writableView } from './talk.ts'

/** RFC 4315 §3 */
export function copyUid({ uidValidity, pairs }: Transfer): string | null {
  if (pairs.length === 0) return null
  return `COPYUID ${uidValidity} ${compactSet(pairs.map(([from]) => from))} ${compactSet(pairs.map(([, to]) => to))}`
}

/** What both commands take: messages, and the folder to put them in. */
function setAndFolder(talk: Talk, args: Lexer): { readonly uids: readonly number[]; readonly target: string } {
  args.space()
  const uids = setArgument(talk, args)
  args.space()
  const target = folderArgument(args)
  args.end()
  return { uids, target }
}

/** RFC 3501 §6.4.7 */
export const copy: Command = {
  name: 'COPY',
  states: ['selected'],
  async run(talk, args) {
    const { uids, target } = setAndFolder(talk, args)
    const done = await talk.deps.shelf.copy(viewOf(talk).folder, uids, accountOf(talk), target)
    if (done === null) throw no('no such folder', 'TRYCREATE')
    return ok('copied', copyUid(done))
  },
}

/** RFC 6851: COPYUID is said before the EXPUNGE responses, which follow from the change of the folder. */
export const move: Command = {
  name: 'MOVE',
  states: ['selected'],
  async run(talk, args) {
    const { uids, target } = setAndFolder(talk, args)
    const done = await talk.deps.shelf.move(writableView(talk).folder, uids, accountOf(talk), target)
    if (done === null) throw no('no such folder', 'TRYCREATE')
    const code = copyUid(done)
    if (code !== null) await untagged(talk, `OK [${code}] moved`)
    return ok('moved')
  },
}
