// SPDX-License-Identifier: Apache-2.0
/** What SEARCH asks (RFC 3501 §6.4.4, RFC 5032 WITHIN). */
import type { Criterion } from '../mailbox/search.ts'
import { dayMs, parseDay } from './dates.ts'
import type { Lexer } from './lexer.ts'
import { bad } from './refusal.ts'
import { parseSet, type Range } from './sets.ts'

/** Parentheses, NOT and OR inside one another; and keys in all. */
const maxDepth = 40
const maxKeys = 500

export interface SearchContext {
  readonly nowMs: number
  /** UIDs of a set as this session counts. */
  readonly resolve: (ranges: readonly Range[], byUid: boolean) => readonly number[]
  readonly decode: (bytes: Buffer) => string
}

const flagKeys: Readonly<Record<string, string>> = {
  ANSWERED: '\\Answered',
  DELETED: '\\Deleted',
  DRAFT: '\\Draft',
  FLAGGED: '\\Flagged',
  SEEN: '\\Seen',
}
const headerKeys = ['BCC', 'CC', 'FROM', 'SUBJECT', 'TO']

/** Keys to the end of the command: all of them must hold. */
export function parseSearch(args: Lexer, context: SearchContext): Criterion {
  const reader = { args, context, keys: 0 }
  const of = [key(reader, 0)]
  while (args.may(' ')) of.push(key(reader, 0))
  args.end()
  return { kind: 'and', of }
}

interface Reader {
  readonly args: Lexer
  readonly context: SearchContext
  keys: number
}

function key(reader: Reader, depth: number): Criterion {
  reader.keys += 1
  if (depth > maxDepth || reader.keys > maxKeys) throw bad('the search is too complicated')
  const { args } = reader
  if (args.sees('(')) {
    const of = args.list(() => key(reader, depth + 1))
    if (of.length === 0) throw bad('nothing between the parentheses')
    return { kind: 'and', of }
  }
  const word = args.atom('*').toUpperCase()
  if (/^[\d*]/.test(word)) return uids(reader, word, false)
  if (word === 'NOT' || word === 'OR') {
    args.space()
    const first = key(reader, depth + 1)
    if (word === 'NOT') return { kind: 'not', of: first }
    args.space()
    return { kind: 'or', of: [first, key(reader, depth + 1)] }
  }
  return flagKey(word) ?? headerKey(reader, word) ?? dateKey(reader, word) ?? otherKey(reader, word)
}

function uids({ context }: Reader, text: string, byUid: boolean): Criterion {
  const set = new Set(context.resolve(parseSet(text), byUid))
  return { kind: 'uids', has: (uid) => set.has(uid) }
}

function flagKey(word: string): Criterion | null {
  const recent: Criterion = { kind: 'recent' }
  const unseen: Criterion = { kind: 'not', of: { kind: 'flag', word: '\\Seen' } }
  if (word === 'ALL') return { kind: 'all' }
  if (word === 'RECENT') return recent
  if (word === 'OLD') return { kind: 'not', of: recent }
  if (word === 'NEW') return { kind: 'and', of: [recent, unseen] }
  const plain = Object.hasOwn(flagKeys, word) ? flagKeys[word] : undefined
  if (plain !== undefined) return { kind: 'flag', word: plain }
  const negated = word.startsWith('UN') ? word.slice(2) : ''
  const flag = Object.hasOwn(flagKeys, negated) ? flagKeys[negated] : undefined
  return flag === undefined ? null : { kind: 'not', of: { kind: 'flag', word: flag } }
}

function headerKey({ args, context }: Reader, word: string): Criterion | null {
  if (headerKeys.includes(word)) {
    args.space()
    return { kind: 'header', name: word, text: context.decode(args.astring()) }
  }
  if (word !== 'HEADER') return null
  args.space()
  const name = args.astring().toString('latin1')
  args.space()
  return { kind: 'header', name, text: context.decode(args.astring()) }
}

function dateKey({ args, context }: Reader, word: string): Criterion | null {
  if (word === 'YOUNGER' || word === 'OLDER') {
    args.space()
    const border = context.nowMs - args.number() * 1000
    if (word === 'YOUNGER') return { kind: 'arrived', from: border, to: Number.POSITIVE_INFINITY }
    return { kind: 'arrived', from: Number.NEGATIVE_INFINITY, to: border }
  }
  const [, sent, relation] = /^(SENT)?(BEFORE|ON|SINCE)$/.exec(word) ?? []
  if (relation === undefined) return null
  args.space()
  const day = parseDay(args.astring().toString('latin1'))
  const from = relation === 'BEFORE' ? Number.NEGATIVE_INFINITY : day
  const to = relation === 'BEFORE' ? day : relation === 'ON' ? day + dayMs : Number.POSITIVE_INFINITY
  return { kind: sent === undefined ? 'arrived' : 'sent', from, to }
}

function otherKey(reader: Reader, word: string): Criterion {
  const { args, context } = reader
  switch (word) {
    case 'BODY':
    case 'TEXT':
      args.space()
      return { kind: word === 'BODY' ? 'body' : 'text', text: context.decode(args.astring()) }
    case 'LARGER':
    case 'SMALLER':
      args.space()
      return { kind: word === 'LARGER' ? 'larger' : 'smaller', than: args.number() }
    case 'KEYWORD':
      args.space()
      return { kind: 'flag', word: args.atom() }
    case 'UNKEYWORD':
      args.space()
      return { kind: 'not', of: { kind: 'flag', word: args.atom() } }
    case 'UID':
      args.space()
      return uids(reader, args.setText(), true)
    default:
      throw bad(`unknown search key ${word}`)
  }
}
