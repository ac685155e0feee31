// SPDX-License-Identifier: Apache-2.0
/** "type:where" → Table; the only list of types. */
import { isAbsolute, join } from 'node:path'
import { type Complaint, UserError } from '../core/failure.ts'
import { didYouMean } from '../kit/nearest.ts'
import { parseCidrTable } from './cidr.ts'
import { pipedTables, unitedTables } from './combined.ts'
import { parsePatternTable } from './regexp.ts'
import { parseSqliteTable, sqliteTable } from './sqlite.ts'
import type { Place, Read, Table, TableAnswer } from './table.ts'
import { tcpTable } from './tcp-table.ts'
import { keyedTable, parseInline, parseTextTable, staticTable } from './text-table.ts'
import { WatchedFile, type WatchOptions } from './watched-file.ts'
import { inBraces, splitWords } from './words.ts'

export interface TableOptions extends WatchOptions {
  /** Where relative file names begin. */
  readonly baseDir: string
}

type Search = (key: string) => TableAnswer
type Opener = (spec: string, where: string, options: TableOptions, place: Place) => Promise<Table>

const texts: Opener = async (spec, where, options, place) => {
  const file = await watched(where, options, parseTextTable, place)
  return keyedTable(spec, () => file.value)
}

/** The databases that postmap(1) makes are read from their source text: it says the same, and is never stale. */
const openers: Readonly<Record<string, Opener>> = {
  hash: texts,
  btree: texts,
  lmdb: texts,
  cdb: texts,
  dbm: texts,
  texthash: texts,
  cidr: (spec, where, options, place) => patterns(spec, where, options, parseCidrTable, place),
  regexp: (spec, where, options, place) =>
    patterns(spec, where, options, (text, file) => parsePatternTable(text, file, 'posix'), place),
  pcre: (spec, where, options, place) =>
    patterns(spec, where, options, (text, file) => parsePatternTable(text, file, 'pcre'), place),
  inline: async (spec, where, _options, place) => {
    const entries = parseInline(where, spec)
    if (typeof entries === 'string') throw complaint(place, `${spec}: ${entries}`)
    return keyedTable(spec, () => entries)
  },
  sqlite: async (spec, where, options, place) => {
    const file = await watched(where, options, parseSqliteTable, place)
    return sqliteTable(spec, () => file.value)
  },
  tcp: async (spec, where, _options, place) => {
    const match = /^(?:\[([0-9A-Fa-f:.]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(where)
    if (match === null) throw complaint(place, `${spec}: "${where}" is no address`, 'write tcp:127.0.0.1:10024')
    return tcpTable(spec, match[1] ?? match[2] ?? '', Number(match[3]))
  },
  static: async (spec, where) => staticTable(spec, where),
  unionmap: async (spec, where, options, place) => unitedTables(spec, await members(spec, where, options, place)),
  pipemap: async (spec, where, options, place) => pipedTables(spec, await members(spec, where, options, place)),
  fail: async (spec) => ({ spec, wholeKeysOnly: false, find: () => ({ kind: 'failed', because: 'a fail: table' }) }),
  // proxymap(8) only lends Postfix its privileges; here every table is opened by the one program.
  proxy: (spec, where, options, place) => openTable(where, options, place).then((table) => ({ ...table, spec })),
}

/** Types of tables, for complaints and documents. */
export const tableTypes: readonly string[] = Object.keys(openers)

/** Whether a word of a list is a table. */
export function isTableSpec(word: string): boolean {
  return /^[a-z][a-z0-9_]*:/.test(word)
}

/**
 * Opens and reads a table. Throws a UserError (78) with every complaint when its type is unknown, its file is not there
 * or one of its lines cannot be read.
 */
export async function openTable(spec: string, options: TableOptions, place: Place): Promise<Table> {
  const colon = spec.indexOf(':')
  const type = spec.slice(0, Math.max(colon, 0))
  const opener = openers[type]
  if (opener === undefined || !Object.hasOwn(openers, type))
    throw complaint(place, `"${spec}" is not a table`, didYouMean(type, tableTypes) ?? `types: ${tableTypes.join(' ')}`)
  const where = spec.slice(colon + 1)
  if (where === '') throw complaint(place, `"${spec}" does not say where the table is`)
  return opener(spec, where, options, place)
}

async function watched<T>(
  where: string,
  options: TableOptions,
  parse: (text: string, file: string) => Read<T>,
  place: Place,
): Promise<WatchedFile<T>> {
  const path = isAbsolute(where) ? where : join(options.baseDir, where)
  const file = await WatchedFile.open(path, parse, options)
  if (file instanceof WatchedFile) return file
  // What is wrong with the file as a whole is told where it is named.
  const told = file.map((one) => (one.line > 0 ? one : { ...one, ...place, text: `${one.file}: ${one.text}` }))
  throw new UserError(78, told)
}

/** From a file, or from rules in braces in the specification itself. */
async function patterns(
  spec: string,
  where: string,
  options: TableOptions,
  parse: (text: string, file: string) => Read<Search>,
  place: Place,
): Promise<Table> {
  const inner = inBraces(where)
  if (inner === null) {
    const file = await watched(where, options, parse, place)
    return { spec, wholeKeysOnly: true, find: (key) => file.value(key) }
  }
  const rules = splitWords(inner)?.map((rule) => inBraces(rule) ?? rule) ?? []
  const read = parse(rules.join('\n'), spec)
  if (read.kind === 'bad') throw new UserError(78, read.complaints)
  return { spec, wholeKeysOnly: true, find: read.value }
}

async function members(spec: string, where: string, options: TableOptions, place: Place): Promise<Table[]> {
  const inner = inBraces(where)
  const specs = inner === null ? null : splitWords(inner)
  if (specs === null || specs.length === 0) throw complaint(place, `${spec}: write {type:where, type:where}`)
  return Promise.all(specs.map((member) => openTable(member, options, place)))
}

function complaint(place: Place, text: string, hint: string | null = null): UserError {
  const list: Complaint[] = [{ file: place.file, line: place.line, text, hint }]
  return new UserError(78, list)
}
