// SPDX-License-Identifier: Apache-2.0
import { byCost, matches } from '../mailbox/search.ts'
import type { Lexer } from './lexer.ts'
import { bad, no, ok } from './refusal.ts'
import { parseSearch } from './search-keys.ts'
import { compactSet } from './sets.ts'
import { type Command, type Talk, untagged, viewOf } from './talk.ts'
import { string } from './writer.ts'

const returnOptions = ['MIN', 'MAX', 'ALL', 'COUNT'] as const
type ReturnOption = (typeof returnOptions)[number]

/** RFC 3501 §6.4.4; with RETURN RFC 4731 */
export const search: Command = {
  name: 'SEARCH',
  states: ['selected'],
  keepsNumbers: true,
  async run(talk, args) {
    const view = viewOf(talk)
    args.space()
    const { wanted, charset } = preface(args)
    const criterion = parseSearch(args, {
      nowMs: talk.deps.clock.now(),
      resolve: (ranges, byUid) => view.resolve(ranges, byUid) ?? [],
      decode: (bytes) => bytes.toString(charset === 'US-ASCII' ? 'latin1' : 'utf8'),
    })
    const question = byCost(criterion)
    const deps = {
      folder: view.folder,
      contents: talk.deps.shelf.contents,
      isRecent: (uid: number): boolean => view.isRecent(uid),
      texts: new Map<string, string>(),
    }
    const found: number[] = []
    for (const uid of view.uids) {
      const message = view.folder.message(uid)
      if (message === undefined || !(await matches(question, message, deps))) continue
      found.push(talk.byUid ? uid : view.numberOf(uid))
    }
    await untagged(talk, wanted === null ? ['SEARCH', ...found].join(' ') : extended(talk, wanted, found))
    return ok('done')
  },
}

/** "RETURN (…)" and "CHARSET …", both optional. */
function preface(args: Lexer): { readonly wanted: readonly ReturnOption[] | null; readonly charset: string } {
  let wanted: ReturnOption[] | null = null
  if (args.mayWord('RETURN')) {
    args.space()
    const words = args.list(() => args.word())
    const unknown = words.find((word) => !returnOptions.some((option) => option === word))
    if (unknown !== undefined) throw bad(`unknown return option ${unknown}`)
    wanted = returnOptions.filter((option) => words.includes(option) || (words.length === 0 && option === 'ALL'))
    args.space()
  }
  if (!args.mayWord('CHARSET')) return { wanted, charset: 'UTF-8' }
  args.space()
  const charset = args.astring().toString('latin1').toUpperCase()
  if (charset !== 'UTF-8' && charset !== 'US-ASCII') throw no('unknown charset', 'BADCHARSET (US-ASCII UTF-8)')
  args.space()
  return { wanted, charset }
}

function extended(talk: Talk, wanted: readonly ReturnOption[], found: readonly number[]): string {
  const parts = [`ESEARCH (TAG ${string(talk.tag)})`, ...(talk.byUid ? ['UID'] : [])]
  const first = found[0]
  const last = found.at(-1)
  if (first !== undefined && wanted.includes('MIN')) parts.push(`MIN ${first}`)
  if (last !== undefined && wanted.includes('MAX')) parts.push(`MAX ${last}`)
  if (wanted.includes('COUNT')) parts.push(`COUNT ${found.length}`)
  if (found.length > 0 && wanted.includes('ALL')) parts.push(`ALL ${compactSet(found)}`)
  return parts.join(' ')
}
