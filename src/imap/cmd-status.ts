// SPDX-License-Identifier: Apache-2.0
import { deleted, seen } from '../mailbox/flags.ts'
import type { Folder } from '../mailbox/folder.ts'
import type { Shelf } from '../mailbox/shelf.ts'
import type { StoredMessage } from '../mailbox/stored-message.ts'
import { folderArgument } from './arguments.ts'
import type { Lexer } from './lexer.ts'
import { bad, no, ok } from './refusal.ts'
import { accountOf, type Command, loggedIn, untagged } from './talk.ts'
import { folderName } from './writer.ts'

const items = ['MESSAGES', 'RECENT', 'UIDNEXT', 'UIDVALIDITY', 'UNSEEN', 'DELETED', 'SIZE'] as const
type Item = (typeof items)[number]

export function statusItems(args: Lexer): Item[] {
  const asked = args.list(() => args.word())
  return asked.map((word) => {
    const item = items.find((known) => known === word)
    if (item === undefined) throw bad(`unknown status item ${word}`)
    return item
  })
}

/** "STATUS name (MESSAGES 3 …)" */
export async function statusLine(shelf: Shelf, folder: Folder, name: string, asked: readonly Item[]): Promise<string> {
  const values: string[] = []
  for (const item of asked) values.push(`${item} ${await valueFor(shelf, folder, item)}`)
  return `STATUS ${folderName(name)} (${values.join(' ')})`
}

async function valueFor(shelf: Shelf, folder: Folder, item: Item): Promise<number> {
  const count = (wanted: (message: StoredMessage) => boolean): number => [...folder.messages()].filter(wanted).length
  switch (item) {
    case 'MESSAGES':
      return folder.size
    case 'RECENT':
      return count((message) => message.recent)
    case 'UIDNEXT':
      return folder.uidNext
    case 'UIDVALIDITY':
      return folder.uidValidity
    case 'UNSEEN':
      return count(({ flags }) => (flags.system & seen) === 0)
    case 'DELETED':
      return count(({ flags }) => (flags.system & deleted) !== 0)
    case 'SIZE': {
      let sum = 0
      for (const { uid } of [...folder.messages()]) sum += (await shelf.contents.size(folder, uid)) ?? 0
      return sum
    }
  }
}

/** RFC 3501 §6.3.10, RFC 8438 */
export const status: Command = {
  name: 'STATUS',
  states: loggedIn,
  async run(talk, args) {
    args.space()
    const name = folderArgument(args)
    args.space()
    const asked = statusItems(args)
    args.end()
    const folder = await talk.deps.shelf.open(accountOf(talk), name)
    if (folder === null) throw no('no such folder', 'NONEXISTENT')
    await untagged(talk, await statusLine(talk.deps.shelf, folder, name, asked))
    return ok('done')
  },
}
