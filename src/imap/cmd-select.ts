// SPDX-License-Identifier: Apache-2.0
import { seen } from '../mailbox/flags.ts'
import type { Folder } from '../mailbox/folder.ts'
import { folderArgument } from './arguments.ts'
import type { Lexer } from './lexer.ts'
import { type Answer, no, ok } from './refusal.ts'
import { accountOf, type Command, loggedIn, type Talk, untagged } from './talk.ts'
import { View } from './view.ts'

const systemFlags = '\\Answered \\Flagged \\Deleted \\Seen \\Draft'

/** RFC 3501 §6.3.1 */
export const select: Command = {
  name: 'SELECT',
  states: loggedIn,
  run: (talk, args) => open(talk, args, false),
}

/** RFC 3501 §6.3.2 */
export const examine: Command = {
  name: 'EXAMINE',
  states: loggedIn,
  run: (talk, args) => open(talk, args, true),
}

async function open(talk: Talk, args: Lexer, readOnly: boolean): Promise<Answer> {
  args.space()
  const name = folderArgument(args)
  args.end()
  // A failed SELECT leaves nothing selected.
  talk.view?.close()
  talk.view = null
  const folder = await talk.deps.shelf.open(accountOf(talk), name)
  if (folder === null) throw no('no such folder', 'NONEXISTENT')
  const view = await View.open(folder, name, readOnly)
  talk.view = view
  const keywords = keywordsOf(folder)
  await untagged(talk, `FLAGS (${[systemFlags, ...keywords].join(' ')})`)
  const permanent = readOnly ? '' : [systemFlags, ...keywords, '\\*'].join(' ')
  await untagged(talk, `OK [PERMANENTFLAGS (${permanent})] flags that are kept`)
  await untagged(talk, `${view.count} EXISTS`)
  await untagged(talk, `${view.recentCount} RECENT`)
  const unseen = view.uids.findIndex((uid) => ((folder.message(uid)?.flags.system ?? seen) & seen) === 0)
  if (unseen >= 0) await untagged(talk, `OK [UNSEEN ${unseen + 1}] first unseen message`)
  await untagged(talk, `OK [UIDVALIDITY ${folder.uidValidity}] UIDs are valid`)
  await untagged(talk, `OK [UIDNEXT ${folder.uidNext}] next UID`)
  return ok('folder opened', readOnly ? 'READ-ONLY' : 'READ-WRITE')
}

function keywordsOf(folder: Folder): Set<string> {
  const words = new Set<string>()
  for (const { flags } of folder.messages()) for (const word of flags.keywords) words.add(word)
  return words
}
