// SPDX-License-Identifier: Apache-2.0
/** What FETCH asks for (RFC 3501 §6.4.5, RFC 3516). */
import type { Lexer } from './lexer.ts'
import { bad } from './refusal.ts'
import { parseSection, type Section } from './sections.ts'

export interface Partial {
  readonly offset: number
  readonly length: number
}

export type PlainItem = 'FLAGS' | 'UID' | 'INTERNALDATE' | 'ENVELOPE' | 'BODY' | 'BODYSTRUCTURE' | 'RFC822.SIZE'

export type FetchItem =
  | { readonly kind: 'plain'; readonly name: PlainItem }
  | {
      readonly kind: 'section' | 'binary' | 'binary.size'
      /** As it is said back, without the partial's length. */
      readonly label: string
      readonly section: Section
      readonly partial: Partial | null
      readonly setsSeen: boolean
    }

const maxItems = 100
const macros: Readonly<Record<string, readonly PlainItem[]>> = {
  ALL: ['FLAGS', 'INTERNALDATE', 'RFC822.SIZE', 'ENVELOPE'],
  FAST: ['FLAGS', 'INTERNALDATE', 'RFC822.SIZE'],
  FULL: ['FLAGS', 'INTERNALDATE', 'RFC822.SIZE', 'ENVELOPE', 'BODY'],
}
const plainItems: readonly string[] = [...(macros['FULL'] ?? []), 'UID', 'BODYSTRUCTURE']

/** The old names of sections (RFC 3501 §6.4.5). */
const oldSections: Readonly<Record<string, { readonly what: Section['what']; readonly setsSeen: boolean }>> = {
  RFC822: { what: '', setsSeen: true },
  'RFC822.HEADER': { what: 'HEADER', setsSeen: false },
  'RFC822.TEXT': { what: 'TEXT', setsSeen: true },
}

export function parseFetchItems(args: Lexer): FetchItem[] {
  if (!args.sees('(')) {
    const word = args.itemName()
    const macro = Object.hasOwn(macros, word) ? macros[word] : undefined
    return macro === undefined ? [item(word, args)] : macro.map((name) => ({ kind: 'plain', name }))
  }
  const items = args.list(() => item(args.itemName(), args))
  if (items.length === 0 || items.length > maxItems) throw bad('FETCH wants items, not too many')
  return items
}

function item(word: string, args: Lexer): FetchItem {
  if (args.sees('[')) return sectionItem(word, args)
  if (isPlain(word)) return { kind: 'plain', name: word }
  const old = Object.hasOwn(oldSections, word) ? oldSections[word] : undefined
  if (old === undefined) throw bad(`unknown item ${word}`)
  const section = { path: [], what: old.what, names: [], label: '' }
  return { kind: 'section', label: word, section, partial: null, setsSeen: old.setsSeen }
}

function isPlain(word: string): word is PlainItem {
  return plainItems.includes(word)
}

function sectionItem(word: string, args: Lexer): FetchItem {
  const section = parseSection(args)
  const setsSeen = word === 'BODY' || word === 'BINARY'
  if (word === 'BODY' || word === 'BODY.PEEK') {
    const partial = parsePartial(args)
    return { kind: 'section', label: `BODY${section.label}${origin(partial)}`, section, partial, setsSeen }
  }
  if (section.what !== '') throw bad('BINARY wants part numbers')
  if (word === 'BINARY.SIZE') {
    return { kind: 'binary.size', label: `BINARY.SIZE${section.label}`, section, partial: null, setsSeen: false }
  }
  if (word !== 'BINARY' && word !== 'BINARY.PEEK') throw bad(`unknown item ${word}`)
  const partial = parsePartial(args)
  return { kind: 'binary', label: `BINARY${section.label}${origin(partial)}`, section, partial, setsSeen }
}

function origin(partial: Partial | null): string {
  return partial === null ? '' : `<${partial.offset}>`
}

/** "<0.2048>" */
function parsePartial(args: Lexer): Partial | null {
  if (!args.may('<')) return null
  const offset = args.number()
  args.must('.')
  const length = args.number()
  args.must('>')
  if (length === 0) throw bad('a partial has at least one byte')
  return { offset, length }
}
