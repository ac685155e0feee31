// SPDX-License-Identifier: Apache-2.0
/** Keys and values: the source text of postmap(1), and the inline and static tables. */
import { Complaints, missing, type Read, type Table, type TableAnswer } from './table.ts'
import { inBraces, logicalLines, splitWords } from './words.ts'

type Entries = ReadonlyMap<string, TableAnswer>

/** "key value" a line; a key with white space stands in double quotes. The first of two equal keys counts. */
export function parseTextTable(text: string, file: string): Read<Entries> {
  const complaints = new Complaints(file)
  const entries = new Map<string, TableAnswer>()
  for (const { text: written, line } of logicalLines(text)) {
    const quoted = /^"((?:[^"\\]|\\.)*)"\s+(.+)$/s.exec(written)
    const plain = /^(\S+)\s+(.+)$/s.exec(written)
    const key = quoted?.[1]?.replace(/\\(.)/g, '$1') ?? plain?.[1]
    const value = quoted?.[2] ?? plain?.[2]
    if (key === undefined || value === undefined) {
      complaints.add(line, `"${written}" is a key without a value`, 'write: key, white space, value')
      continue
    }
    const folded = key.toLowerCase()
    if (!entries.has(folded)) entries.set(folded, { kind: 'found', value, place: `${file}:${line}` })
  }
  return complaints.read(entries)
}

/** "key=value" in a list, each in braces where it holds commas or white space. */
export function parseInline(where: string, spec: string): Entries | string {
  const inner = inBraces(where)
  const words = inner === null ? null : splitWords(inner)
  if (words === null) return 'write inline:{key=value, {key = value with spaces}}'
  const entries = new Map<string, TableAnswer>()
  for (const word of words) {
    const pair = inBraces(word) ?? word
    const equals = pair.indexOf('=')
    const [key, value] = [pair.slice(0, equals).trim(), pair.slice(equals + 1).trim()]
    if (equals < 1 || value === '') return `"${word}" is no key=value`
    if (!entries.has(key.toLowerCase())) entries.set(key.toLowerCase(), { kind: 'found', value, place: spec })
  }
  return entries
}

/** Looks up in entries that may be replaced while it is in use. Keys are folded to lower case. */
export function keyedTable(spec: string, entries: () => Entries): Table {
  return { spec, wholeKeysOnly: false, find: (key) => entries().get(key.toLowerCase()) ?? missing }
}

/** The same value whatever is asked. */
export function staticTable(spec: string, where: string): Table {
  const answer: TableAnswer = { kind: 'found', value: inBraces(where) ?? where, place: spec }
  return { spec, wholeKeysOnly: false, find: () => answer }
}
