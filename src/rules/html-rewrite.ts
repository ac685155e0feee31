// SPDX-License-Identifier: Apache-2.0
/**
 * SpamAssassin rewrites HTML before it reads it: no-break spaces become spaces, "<br/>" becomes "<br>", quotation marks
 * become straight ones. Here each text is rewritten where it is taken out, so that the tags of the text as it came can
 * be shared with other readers. A text whose tags would be others after rewriting is rewritten whole.
 */
import { decodeEntities } from '../message/entities.ts'
import type { AttributeName, Attributes } from '../message/tags.ts'

const selfClosed = /<(\w{1,40})\s{0,20}\/>/g

/** A piece of text as it would be after rewriting. hasCrlf: its line ends are still those of the wire. */
export function rewritten(text: string, hasCrlf: boolean): string {
  let out = hasCrlf && text.includes('\r') ? text.replaceAll('\r\n', '\n') : text
  if (out.includes('&nbsp;')) out = out.replaceAll('&nbsp;', ' ')
  return out.includes('/>') ? out.replace(selfClosed, '<$1>') : out
}

/** The value of an attribute as it would be after rewriting. */
export function attributeOf(attributes: Attributes, name: AttributeName, hasCrlf: boolean): string | undefined {
  const raw = attributes.raw(name)
  return raw === undefined ? undefined : decodeEntities(rewritten(raw, hasCrlf))
}

/** True when quotation marks might stand for straight ones in a tag. */
export function hasCurlyQuotes(text: string): boolean {
  return /[\u201c\u201d]/.test(text)
}

export function straightened(text: string): string {
  return text.replace(/[\u201c\u201d]/g, '"')
}

/** True when rewriting the text of a tag would make another tag of it. */
export function changesTag(tag: string): boolean {
  return tag.includes('&nbsp;') || tag.slice(1).search(selfClosed) >= 0
}

/** What stands in a piece of text; bits. */
export const holds = { word: 1, reference: 2, less: 4, carriage: 8, run: 16 } as const
const blank = 32

const kinds = new Uint8Array(128).fill(holds.word)
for (const code of [9, 10, 11, 12, 13]) kinds[code] = blank | holds.run
kinds[13] = blank | holds.run | holds.carriage
kinds[0x20] = blank
kinds[0x26] = holds.word | holds.reference
kinds[0x3c] = holds.word | holds.less

/** Looks at `codes[start, end)` once. "run" is white space that is more, or other, than single spaces. */
export function lookAt(codes: Uint16Array, start: number, end: number): number {
  let found = 0
  let before = 0
  for (let i = start; i < end; i++) {
    const code = codes[i] as number
    const kind = code < 128 ? (kinds[code] as number) : holds.word
    found |= kind
    if ((kind & before & blank) !== 0) found |= holds.run
    before = kind
  }
  return found
}

export function lookAtText(text: string): number {
  const word = /[^ \t\n\r\f\v]/.test(text) ? holds.word : 0
  return /[\t\n\r\f\v]| {2}/.test(text) ? word | holds.run : word
}
