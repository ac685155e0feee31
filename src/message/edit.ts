// SPDX-License-Identifier: Apache-2.0
/** Changes to the header section. Every byte that no edit is about stays as it is: signatures live on them. */
import type { HeaderEdit } from '../core/message.ts'
import { asBuffer, isAscii, LF } from '../kit/bytes.ts'
import { cleanValue, encodeWords, printField } from './fold.ts'
import { type Field, HeaderList, readHeaders } from './headers.ts'

/** Bytes of a Subject's first line beyond which the rest goes to a line of its own. */
const maxSubjectLine = 78

const noFields = new HeaderList([], { start: 0, end: 0, bodyStart: 0 }, [])

/**
 * The message with its header section edited. Prepended fields stand on top in the order given; "remove" sees the
 * fields that were there before; "prefix-subject" is done once, whether the subject was there or not.
 */
export function editHeaders(raw: Uint8Array, edits: readonly HeaderEdit[]): Uint8Array {
  const bytes = asBuffer(raw)
  // What only stands on top asks nothing of what is there.
  const headers = edits.every(({ op }) => op === 'prepend') ? noFields : readHeaders(bytes, 0, bytes.length)
  const lineEnd = lineEndOf(bytes)
  const top: string[] = []
  const removed = new Set<Field>()
  let prefix: string | null = null
  for (const edit of edits) {
    if (edit.op === 'prepend') top.push(printField(edit.name, edit.value, lineEnd))
    else if (edit.op === 'prefix-subject') prefix = edit.text
    else for (const field of headers.all(edit.name)) if (edit.when(field)) removed.add(field)
  }
  const subject = headers.all('subject').find((field) => !removed.has(field)) ?? null
  if (prefix !== null && subject === null) top.push(printField('Subject', prefix, lineEnd))
  return assemble(
    bytes,
    headers,
    top,
    removed,
    prefix === null || subject === null ? null : { subject, prefix, lineEnd },
  )
}

interface SubjectEdit {
  readonly subject: Field
  readonly prefix: string
  readonly lineEnd: string
}

function assemble(
  bytes: Buffer,
  headers: HeaderList,
  top: readonly string[],
  removed: ReadonlySet<Field>,
  subjectEdit: SubjectEdit | null,
): Buffer {
  const begin = startOfFields(bytes)
  const pieces: Buffer[] = [bytes.subarray(0, begin), Buffer.from(top.join(''), 'latin1')]
  let kept = begin
  for (const field of headers.fields) {
    if (removed.has(field)) {
      pieces.push(bytes.subarray(kept, field.start))
      kept = field.end
    } else if (field === subjectEdit?.subject) {
      const valueStart = bytes.indexOf(0x3a, field.start) + 1
      pieces.push(bytes.subarray(kept, valueStart), prefixedValue(field, subjectEdit))
      kept = valueStart + blankLength(field.raw)
    }
  }
  pieces.push(bytes.subarray(kept))
  return Buffer.concat(pieces)
}

/** What goes between the colon and the old subject's text. */
function prefixedValue(field: Field, { prefix, lineEnd }: SubjectEdit): Buffer {
  const clean = cleanValue(prefix)
  const old = field.value
  if (clean === '' || field.decoded.startsWith(clean)) return Buffer.from(' ')
  // White space between two encoded words is not shown (RFC 2047 §6.2): an encoded prefix carries its own.
  const text = isAscii(clean) ? clean : encodeWords(`${clean} `)
  const firstLine = field.raw.slice(blankLength(field.raw)).split(/\r?\n/, 1)[0] ?? ''
  const isLong = field.name.length + 3 + text.length + firstLine.length > maxSubjectLine
  return Buffer.from(old === '' ? ` ${text}` : ` ${text}${isLong ? lineEnd : ''} `, 'latin1')
}

function blankLength(raw: string): number {
  return /^[ \t]*/.exec(raw)?.[0].length ?? 0
}

/** An mbox line, where there is one, stays the first. */
function startOfFields(bytes: Buffer): number {
  if (bytes.toString('latin1', 0, 5) !== 'From ') return 0
  const end = bytes.indexOf(LF)
  return end < 0 ? 0 : end + 1
}

/** The line end that the message itself uses; CRLF where it has none. */
function lineEndOf(bytes: Buffer): string {
  const at = bytes.indexOf(LF)
  return at > 0 && bytes[at - 1] !== 0x0d ? '\n' : '\r\n'
}
