// SPDX-License-Identifier: Apache-2.0
/** Criteria → does this message match? Cheap questions are asked first; the file is read only when one needs it. */
import type { Contents } from './content.ts'
import { decodeCharset, decodeTransfer, decodeWords } from './decode.ts'
import { type Field, fieldValue, parseFields, parseParameters } from './fields.ts'
import { bitOf, hasKeyword } from './flags.ts'
import type { Folder } from './folder.ts'
import { parseDate } from './header-date.ts'
import { type Part, parseMime } from './mime.ts'
import type { StoredMessage } from './stored-message.ts'

/** The questions of RFC 3501 §6.4.4. Numbers of sets are UIDs: the reader has translated sequence numbers. */
export type Criterion =
  | { readonly kind: 'all' }
  | { readonly kind: 'and' | 'or'; readonly of: readonly Criterion[] }
  | { readonly kind: 'not'; readonly of: Criterion }
  | { readonly kind: 'uids'; readonly has: (uid: number) => boolean }
  | { readonly kind: 'flag'; readonly word: string }
  | { readonly kind: 'recent' }
  /** Milliseconds; from is inclusive, to exclusive. */
  | { readonly kind: 'arrived'; readonly from: number; readonly to: number }
  | { readonly kind: 'sent'; readonly from: number; readonly to: number }
  | { readonly kind: 'larger' | 'smaller'; readonly than: number }
  /** An empty text asks for the field's presence. */
  | { readonly kind: 'header'; readonly name: string; readonly text: string }
  | { readonly kind: 'body' | 'text'; readonly text: string }

export interface SearchDeps {
  readonly folder: Folder
  readonly contents: Contents
  /** \Recent for the session that asks. */
  readonly isRecent: (uid: number) => boolean
  /** Text of the message that was read last, for the next key that asks for it. Begin with an empty map. */
  readonly texts: Map<string, string>
}

/** Text of one message that is searched, in characters; the rest is not looked at. */
const maxText = 8 * 1024 * 1024
const cost = { all: 0, uids: 0, flag: 0, recent: 0, and: 1, or: 1, not: 1, larger: 2, smaller: 2, arrived: 3 } as const

function costOf(criterion: Criterion): number {
  if (criterion.kind === 'and' || criterion.kind === 'or') return Math.max(0, ...criterion.of.map(costOf))
  if (criterion.kind === 'not') return costOf(criterion.of)
  if (criterion.kind === 'header' || criterion.kind === 'sent') return 4
  return criterion.kind === 'body' || criterion.kind === 'text' ? 5 : cost[criterion.kind]
}

/** The same question with the cheap parts in front, once for all messages. */
export function byCost(criterion: Criterion): Criterion {
  if (criterion.kind === 'not') return { kind: 'not', of: byCost(criterion.of) }
  if (criterion.kind !== 'and' && criterion.kind !== 'or') return criterion
  return { kind: criterion.kind, of: criterion.of.map(byCost).sort((a, b) => costOf(a) - costOf(b)) }
}

/** A message that is gone matches nothing that its file would have to tell. */
export async function matches(criterion: Criterion, message: StoredMessage, deps: SearchDeps): Promise<boolean> {
  switch (criterion.kind) {
    case 'all':
      return true
    case 'and':
      for (const one of criterion.of) if (!(await matches(one, message, deps))) return false
      return true
    case 'or':
      for (const one of criterion.of) if (await matches(one, message, deps)) return true
      return false
    case 'not':
      return !(await matches(criterion.of, message, deps))
    case 'uids':
      return criterion.has(message.uid)
    case 'recent':
      return deps.isRecent(message.uid)
    case 'flag': {
      const bit = bitOf(criterion.word)
      return bit === 0 ? hasKeyword(message.flags, criterion.word) : (message.flags.system & bit) !== 0
    }
    default:
      return matchesFile(criterion, message, deps)
  }
}

type FileCriterion = Extract<
  Criterion,
  { kind: 'arrived' | 'sent' | 'larger' | 'smaller' | 'header' | 'body' | 'text' }
>

async function matchesFile(criterion: FileCriterion, { uid }: StoredMessage, deps: SearchDeps): Promise<boolean> {
  const { folder, contents } = deps
  switch (criterion.kind) {
    case 'arrived':
      return within(await contents.date(folder, uid), criterion)
    case 'larger':
      return ((await contents.size(folder, uid)) ?? 0) > criterion.than
    case 'smaller':
      return ((await contents.size(folder, uid)) ?? criterion.than) < criterion.than
    case 'header':
      return headerHas(fieldsOf(await contents.head(folder, uid)), criterion.name, criterion.text)
    case 'sent': {
      const date = fieldValue(fieldsOf(await contents.head(folder, uid)), 'date')
      return within(date === null ? null : parseDate(date), criterion)
    }
    case 'body':
    case 'text':
      return (await searchedText(uid, criterion.kind, deps)).includes(fold(criterion.text))
  }
}

async function searchedText(uid: number, kind: 'body' | 'text', deps: SearchDeps): Promise<string> {
  const key = `${kind} ${uid}`
  const known = deps.texts.get(key)
  if (known !== undefined) return known
  const bytes = await deps.contents.bytes(deps.folder, uid)
  const text = bytes === null ? '' : textOf(bytes, kind === 'text')
  // Two keys, body and text of one message, are worth keeping; more would be the folder.
  if (deps.texts.size > 1) deps.texts.clear()
  deps.texts.set(key, text)
  return text
}

function within(date: number | null, range: { readonly from: number; readonly to: number }): boolean {
  return date !== null && date >= range.from && date < range.to
}

function fieldsOf(head: Buffer | null): readonly Field[] {
  return head === null ? [] : parseFields(head, 0, head.length)
}

function headerHas(fields: readonly Field[], name: string, text: string): boolean {
  const wanted = fold(text)
  return fields.some((field) => field.name === name.toLowerCase() && fold(decodeWords(field.value)).includes(wanted))
}

/** Case does not count (RFC 3501 §6.4.4), nor do the ways Unicode has to write one letter. */
function fold(text: string): string {
  return text.normalize('NFKC').toLowerCase()
}

/** What a person could read in a message: headers of all parts if wanted, and the text parts decoded. */
function textOf(bytes: Buffer, withHeaders: boolean): string {
  const pieces: string[] = []
  let length = 0
  const add = (piece: string): void => {
    if (length < maxText) pieces.push(piece.slice(0, maxText - length))
    length += piece.length
  }
  const walk = (part: Part, showHead: boolean): void => {
    if (length >= maxText) return
    if (showHead) for (const field of part.fields) add(`${field.name}: ${decodeWords(field.value)}\n`)
    for (const child of part.children) walk(child, true)
    if (part.embedded !== null) walk(part.embedded, true)
    else if (part.type === 'text') add(textPart(bytes, part))
  }
  walk(parseMime(bytes), withHeaders)
  return fold(pieces.join('\n'))
}

function textPart(bytes: Buffer, part: Part): string {
  const raw = bytes.subarray(part.bodyStart, Math.min(part.end, part.bodyStart + maxText))
  const encoding = parseParameters(fieldValue(part.fields, 'content-transfer-encoding') ?? '').value
  const charset = part.params.find(([name]) => name.toLowerCase() === 'charset')?.[1] ?? ''
  return decodeCharset(decodeTransfer(raw, encoding) ?? raw, charset)
}
