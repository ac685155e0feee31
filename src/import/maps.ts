// SPDX-License-Identifier: Apache-2.0
/** Tables by reference: which can be taken as they are, and what stands in those that have to be read now. */
import { readFileSync } from 'node:fs'
import { UserError } from '../core/failure.ts'
import { didYouMean } from '../kit/nearest.ts'
import { tableTypes } from '../tables/open.ts'
import { parseInline } from '../tables/text-table.ts'
import { inBraces, logicalLines, splitWords } from '../tables/words.ts'
import type { Place } from './main-cf.ts'

/** Types of Postfix that Postern may not have (postconf -m, DATABASE_README). */
const postfixTypes = [
  ...['btree', 'cdb', 'cidr', 'dbm', 'environ', 'fail', 'hash', 'inline', 'internal', 'ldap', 'lmdb', 'memcache'],
  ...[
    'mongodb',
    'mysql',
    'netinfo',
    'nis',
    'nisplus',
    'pcre',
    'pgsql',
    'pipemap',
    'proxy',
    'randmap',
    'regexp',
    'sdbm',
  ],
  ...['socketmap', 'sqlite', 'static', 'tcp', 'texthash', 'unionmap', 'unix'],
]

const texts = ['hash', 'btree', 'lmdb', 'cdb', 'dbm', 'sdbm', 'texthash']

/** Whether a word names a table. */
export function isTable(word: string): boolean {
  return /^[a-z][a-z0-9_]*:/.test(word) && !/^[a-z0-9_]+:\d+$/.test(word)
}

/** Why a table cannot be taken by reference; null when it can. Throws UserError 78 for a type that nobody has. */
export function unsupported(spec: string, place: Place): string | null {
  const type = spec.slice(0, Math.max(0, spec.indexOf(':')))
  const inner = spec.slice(type.length + 1)
  if (!tableTypes.includes(type)) {
    if (postfixTypes.includes(type)) return `there are no ${type}: tables here`
    const text = `"${type}:" is no type of table`
    throw new UserError(78, [{ ...place, text, hint: didYouMean(type, [...tableTypes, ...postfixTypes]) }])
  }
  if (type === 'proxy') return unsupported(inner, place)
  if (type !== 'unionmap' && type !== 'pipemap') return null
  const members = splitWords(inBraces(inner) ?? '') ?? []
  return members.map((member) => unsupported(member, place)).find((why) => why !== null) ?? null
}

/** Keys and values of a table that can be listed; a string says why it cannot. */
export function entriesOf(spec: string): ReadonlyMap<string, { readonly value: string } & Place> | string {
  const type = spec.slice(0, Math.max(0, spec.indexOf(':')))
  const where = spec.slice(type.length + 1)
  if (type === 'proxy') return entriesOf(where)
  if (type === 'inline') {
    const read = parseInline(where, spec)
    if (typeof read === 'string') return read
    const entries = [...read].map(([key, answer]) => [key, textOf(answer)] as const)
    return new Map(entries.map(([key, value]) => [key, { value, file: spec, line: 0 }]))
  }
  if (!texts.includes(type) && type !== 'cidr') return `the keys of ${type}: tables cannot be listed`
  const text = readText(where)
  if (text === null) return `${where} cannot be read`
  const entries = new Map<string, { readonly value: string } & Place>()
  for (const { text: line, line: number } of logicalLines(text)) {
    const [, key = '', value = ''] = /^"?(\S+?)"?(?:\s+(.*))?$/s.exec(line) ?? []
    // Of two equal keys the first counts, as in the table itself.
    if (!entries.has(key.toLowerCase())) entries.set(key.toLowerCase(), { value, file: where, line: number })
  }
  return entries
}

function textOf(answer: { readonly kind: string; readonly value?: string }): string {
  return answer.value ?? ''
}

/** The file's text; null where it cannot be read. */
export function readText(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return null
  }
}

/** The file of a table that is read from one; null for the others. */
export function fileOf(spec: string): string | null {
  const type = spec.slice(0, Math.max(0, spec.indexOf(':')))
  const where = spec.slice(type.length + 1)
  if (type === 'proxy') return fileOf(where)
  return [...texts, 'cidr', 'regexp', 'pcre', 'sqlite'].includes(type) && !where.startsWith('{') ? where : null
}
