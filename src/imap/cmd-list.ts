// SPDX-License-Identifier: Apache-2.0
import { canonicalName, specialUseOf } from '../mailbox/folder-name.ts'
import { unicodeName } from './arguments.ts'
import { statusItems, statusLine } from './cmd-status.ts'
import type { Lexer } from './lexer.ts'
import { listMatches } from './list-match.ts'
import { bad, ok } from './refusal.ts'
import { accountOf, type Command, loggedIn, type Talk, untagged } from './talk.ts'
import { folderName } from './writer.ts'

/** A pattern costs its length for every character of every folder name. */
const maxPatterns = 10
const maxPattern = 512

interface Listing {
  readonly patterns: readonly string[]
  readonly select: readonly string[]
  readonly show: readonly string[]
  readonly status: ReturnType<typeof statusItems>
}

interface Tree {
  readonly existing: ReadonlySet<string>
  readonly subscribed: ReadonlySet<string>
  /** Everything above an existing folder. */
  readonly parents: ReadonlySet<string>
}

/** RFC 3501 §6.3.8, RFC 5258 (LIST-EXTENDED), RFC 5819 (LIST-STATUS), RFC 6154 (SPECIAL-USE) */
export const list: Command = {
  name: 'LIST',
  states: loggedIn,
  async run(talk, args) {
    const asked = listArguments(args)
    if (asked.patterns.length === 1 && asked.patterns[0] === '') {
      await untagged(talk, 'LIST (\\Noselect) "/" ""')
      return ok('done')
    }
    const tree = await treeOf(talk)
    const bySubscription = asked.select.includes('SUBSCRIBED')
    const names = [...(bySubscription ? tree.subscribed : new Set([...tree.existing, ...tree.parents]))].sort(
      inboxFirst,
    )
    for (const name of names) {
      if (!asked.patterns.some((pattern) => listMatches(pattern, name))) continue
      if (asked.select.includes('SPECIAL-USE') && specialUseOf(name) === null) continue
      const showSubscribed = bySubscription || asked.show.includes('SUBSCRIBED')
      await untagged(talk, `LIST (${attributes(name, tree, showSubscribed).join(' ')}) "/" ${folderName(name)}`)
      if (asked.status.length > 0) await sayStatus(talk, name, asked.status)
    }
    return ok('done')
  },
}

/** RFC 3501 §6.3.9: with "%" a folder above a subscribed one is listed too, as one that cannot be opened. */
export const lsub: Command = {
  name: 'LSUB',
  states: loggedIn,
  async run(talk, args) {
    const { patterns } = listArguments(args)
    const pattern = patterns[0] ?? ''
    const { subscribed } = await treeOf(talk)
    const above = pattern.includes('%') ? [...parentsOf(subscribed)].filter((name) => !subscribed.has(name)) : []
    for (const name of [...subscribed, ...above].sort(inboxFirst)) {
      if (!listMatches(pattern, name)) continue
      await untagged(talk, `LSUB (${subscribed.has(name) ? '' : '\\Noselect'}) "/" ${folderName(name)}`)
    }
    return ok('done')
  },
}

function listArguments(args: Lexer): Listing {
  args.space()
  const select = args.sees('(') ? args.list(() => args.word()) : []
  if (select.length > 0) args.space()
  const reference = args.pattern().toString('latin1')
  args.space()
  const one = (): string => {
    const pattern = reference + args.pattern().toString('latin1')
    return pattern === '' ? '' : canonicalName(unicodePattern(pattern))
  }
  const patterns = args.sees('(') ? args.list(one) : [one()]
  if (patterns.some((pattern) => pattern.length > maxPattern)) throw bad(`patterns end at ${maxPattern} characters`)
  if (patterns.length > maxPatterns) throw bad(`more than ${maxPatterns} patterns`)
  const show: string[] = []
  let status: Listing['status'] = []
  if (args.may(' ')) {
    if (args.word() !== 'RETURN') throw bad('expected RETURN')
    args.space()
    args.list(() => {
      const option = args.word()
      show.push(option)
      if (option !== 'STATUS') return
      args.space()
      status = statusItems(args)
    })
  }
  args.end()
  return { patterns, select, show, status }
}

/** "%" and "*" are themselves in modified UTF-7, so a pattern is decoded like a name. */
function unicodePattern(pattern: string): string {
  const name = unicodeName(Buffer.from(pattern, 'latin1'))
  return pattern.endsWith('/') && !name.endsWith('/') ? `${name}/` : name
}

async function treeOf(talk: Talk): Promise<Tree> {
  const account = accountOf(talk)
  const existing = new Set(await talk.deps.shelf.folders(account))
  const subscribed = new Set(await talk.deps.shelf.subscriptions(account))
  return { existing, subscribed, parents: parentsOf(existing) }
}

function parentsOf(names: Iterable<string>): Set<string> {
  const parents = new Set<string>()
  for (const name of names) {
    for (let cut = name.lastIndexOf('/'); cut > 0; cut = name.lastIndexOf('/', cut - 1)) parents.add(name.slice(0, cut))
  }
  return parents
}

function attributes(name: string, tree: Tree, showSubscribed: boolean): string[] {
  const use = tree.existing.has(name) ? specialUseOf(name) : null
  return [
    ...(tree.existing.has(name) ? [] : ['\\NonExistent', '\\Noselect']),
    tree.parents.has(name) ? '\\HasChildren' : '\\HasNoChildren',
    ...(showSubscribed && tree.subscribed.has(name) ? ['\\Subscribed'] : []),
    ...(use === null ? [] : [use]),
  ]
}

async function sayStatus(talk: Talk, name: string, items: Listing['status']): Promise<void> {
  const folder = await talk.deps.shelf.open(accountOf(talk), name)
  if (folder !== null) await untagged(talk, await statusLine(talk.deps.shelf, folder, name, items))
}

function inboxFirst(a: string, b: string): number {
  if (a === b) return 0
  if (a === 'INBOX' || b === 'INBOX') return a === 'INBOX' ? -1 : 1
  return a < b ? -1 : 1
}
