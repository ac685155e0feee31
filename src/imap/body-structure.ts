// SPDX-License-Identifier: Apache-2.0
/** BODY and BODYSTRUCTURE (RFC 3501 §7.4.2). */
import { fieldValue, parseParameters } from '../mailbox/fields.ts'
import type { Part } from '../mailbox/mime.ts'
import { envelope } from './envelope.ts'
import { nstring, string } from './writer.ts'

/** A multipart must have a part (RFC 3501 §9 body-type-mpart): an empty one stands in where there is none. */
const emptyText = '("text" "plain" NIL NIL NIL "7bit" 0 0)'
const emptyTextExtended = '("text" "plain" NIL NIL NIL "7bit" 0 0 NIL NIL NIL NIL)'

/** @param extended BODYSTRUCTURE rather than BODY */
export function bodyStructure(bytes: Buffer, part: Part, extended: boolean): string {
  if (part.type === 'multipart') {
    const children = part.children.map((child) => bodyStructure(bytes, child, extended)).join('')
    const inside = children === '' ? (extended ? emptyTextExtended : emptyText) : children
    const more = extended
      ? ` ${params(part.params)} ${disposition(part)} ${language(part)} ${field(part, 'content-location')}`
      : ''
    return `(${inside} ${string(part.subtype)}${more})`
  }
  const encoding = parseParameters(fieldValue(part.fields, 'content-transfer-encoding') ?? '').value.toLowerCase()
  const basic = [
    string(part.type),
    string(part.subtype),
    params(part.type === 'text' && part.params.length === 0 ? [['charset', 'us-ascii']] : part.params),
    field(part, 'content-id'),
    field(part, 'content-description'),
    string(encoding === '' ? '7bit' : encoding),
    String(part.end - part.bodyStart),
  ]
  if (part.embedded !== null) {
    basic.push(envelope(part.embedded.fields), bodyStructure(bytes, part.embedded, extended))
  } else if (isMessage(part)) {
    // Nested too deep to be opened: shown as a message without content.
    basic.push(envelope([]), extended ? emptyTextExtended : emptyText)
  }
  if (part.type === 'text' || isMessage(part)) basic.push(String(linesIn(bytes, part.bodyStart, part.end)))
  if (extended) {
    basic.push(field(part, 'content-md5'), disposition(part), language(part), field(part, 'content-location'))
  }
  return `(${basic.join(' ')})`
}

/** RFC 9051 §7.5.2 writes message/global like message/rfc822. */
function isMessage(part: Part): boolean {
  return part.type === 'message' && (part.subtype === 'rfc822' || part.subtype === 'global')
}

function field(part: Part, name: string): string {
  return nstring(fieldValue(part.fields, name))
}

function params(list: Part['params']): string {
  return list.length === 0 ? 'NIL' : `(${list.map(([name, value]) => `${string(name)} ${string(value)}`).join(' ')})`
}

function disposition(part: Part): string {
  const written = fieldValue(part.fields, 'content-disposition')
  if (written === null || written === '') return 'NIL'
  const { value, params: list } = parseParameters(written)
  return `(${string(value.toLowerCase())} ${params(list)})`
}

function language(part: Part): string {
  const tags = (fieldValue(part.fields, 'content-language') ?? '').split(',').map((tag) => tag.trim())
  const known = tags.filter((tag) => tag !== '')
  if (known.length === 0) return 'NIL'
  return known.length === 1 ? string(known[0] ?? '') : `(${known.map(string).join(' ')})`
}

function linesIn(bytes: Buffer, start: number, end: number): number {
  let lines = 0
  for (let at = bytes.indexOf(10, start); at >= 0 && at < end; at = bytes.indexOf(10, at + 1)) lines += 1
  return lines
}
