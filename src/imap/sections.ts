// SPDX-License-Identifier: Apache-2.0
/** The part of a message that BODY[…] names (RFC 3501 §6.4.5). */
import { decodeTransfer } from '../mailbox/decode.ts'
import { fieldValue, parseFields, parseParameters } from '../mailbox/fields.ts'
import type { Part } from '../mailbox/mime.ts'
import type { Lexer } from './lexer.ts'
import { bad } from './refusal.ts'
import { string } from './writer.ts'

export interface Section {
  /** Part numbers; empty for the message itself. */
  readonly path: readonly number[]
  readonly what: '' | 'HEADER' | 'HEADER.FIELDS' | 'HEADER.FIELDS.NOT' | 'TEXT' | 'MIME'
  /** Lower case. */
  readonly names: readonly string[]
  /** As it is said back to the client. */
  readonly label: string
}

const maxPath = 100
const maxNames = 200

/** "[1.2.HEADER.FIELDS (FROM TO)]", from its first bracket to its last. */
export function parseSection(args: Lexer): Section {
  args.must('[')
  const text = args.sees(']') ? '' : args.atom().toUpperCase()
  const [, numbers = '', what = ''] = /^((?:[1-9]\d{0,9}(?:\.|$))*)([A-Z.]*)$/.exec(text) ?? ['', '', 'bad']
  const path = numbers
    .split('.')
    .filter((number) => number !== '')
    .map(Number)
  if (path.length > maxPath) throw bad('too many part numbers')
  if (!isWhat(what) || (what === 'MIME' && path.length === 0)) throw bad('unknown section')
  if (what === '' && text.endsWith('.')) throw bad('unknown section')
  const names: Buffer[] = []
  if (what.startsWith('HEADER.')) {
    args.space()
    names.push(...args.list(() => args.astring()))
    if (names.length === 0 || names.length > maxNames) throw bad('HEADER.FIELDS wants field names, not too many')
  }
  args.must(']')
  const list = names.map((name) => name.toString('latin1'))
  const said = list.map((name) =>
    /^[!#$&'+\-./0-9:;<=>?@A-Z^_`a-z|}~]+$/.test(name) ? name.toUpperCase() : string(name),
  )
  return {
    path,
    what,
    names: list.map((name) => name.toLowerCase()),
    label: `[${text}${said.length > 0 ? ` (${said.join(' ')})` : ''}]`,
  }
}

function isWhat(text: string): text is Section['what'] {
  return ['', 'HEADER', 'HEADER.FIELDS', 'HEADER.FIELDS.NOT', 'TEXT', 'MIME'].includes(text)
}

/** Can it be answered from the header section alone? */
export function needsHeadOnly(section: Section): boolean {
  return section.path.length === 0 && section.what.startsWith('HEADER')
}

interface Place {
  readonly part: Part
  /** A message, whose header is its own; otherwise a part of one. */
  readonly isMessage: boolean
}

function descend(place: Place, number: number): Place | null {
  const inside = place.isMessage ? place.part : place.part.type === 'multipart' ? place.part : place.part.embedded
  if (inside === null) return null
  if (inside.type === 'multipart') {
    const child = inside.children[number - 1]
    return child === undefined ? null : { part: child, isMessage: false }
  }
  // A message that is no multipart has one part: its body.
  return number === 1 ? { part: inside, isMessage: false } : null
}

function find(root: Part, path: readonly number[]): Place | null {
  let place: Place | null = { part: root, isMessage: true }
  for (const number of path) place = place === null ? null : descend(place, number)
  return place
}

/** The bytes of a section; null where the message has no such part. */
export function sectionBytes(bytes: Buffer, root: Part, section: Section): Buffer | null {
  const place = find(root, section.path)
  if (place === null) return null
  const { part } = place
  if (section.what === '') return bytes.subarray(place.isMessage ? part.headStart : part.bodyStart, part.end)
  if (section.what === 'MIME') return bytes.subarray(part.headStart, part.bodyStart)
  const message = place.isMessage ? part : part.embedded
  if (message === null) return null
  if (section.what === 'TEXT') return bytes.subarray(message.bodyStart, message.end)
  const head = bytes.subarray(message.headStart, message.bodyStart)
  return section.what === 'HEADER' ? head : chosenFields(head, section)
}

/** The fields asked for, as they stand, and the empty line. */
export function chosenFields(head: Buffer, section: Section): Buffer {
  const wanted = section.what === 'HEADER.FIELDS'
  const fields = parseFields(head, 0, head.length).filter(({ name }) => section.names.includes(name) === wanted)
  return Buffer.concat([...fields.map(({ start, end }) => head.subarray(start, end)), Buffer.from('\r\n')])
}

/** The decoded body of a part (RFC 3516 §4.2); null: no such part; "unknown": its encoding is not known. */
export function binaryBytes(bytes: Buffer, root: Part, section: Section): Buffer | null | 'unknown' {
  const place = find(root, section.path)
  if (place === null) return null
  if (section.path.length === 0) return bytes
  const body = bytes.subarray(place.part.bodyStart, place.part.end)
  const encoding = parseParameters(fieldValue(place.part.fields, 'content-transfer-encoding') ?? '').value
  return decodeTransfer(body, encoding) ?? 'unknown'
}
