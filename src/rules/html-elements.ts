// SPDX-License-Identifier: Apache-2.0
/** Elements and attributes as content rules count them. */
import { isLetter } from '../kit/bytes.ts'
import { type AttributeName, elements, markElements } from '../message/tags.ts'

/** What an element is to a rule; bits of `marks`. */
export const mark = {
  /** One that HTML knows. */
  element: 1,
  /** Unknown to HTML, but programs show it. */
  rendered: 2,
  /** Begins a style of its own. */
  styled: 4,
  /** Sets its text apart by a space, a line end, an empty line. */
  spaced: 8,
  line: 16,
  paragraph: 32,
  refers: 64,
  noticed: 128,
  /** Its content is text to its end tag: references in it stay, or are decoded. */
  literal: 256,
  decoded: 512,
} as const

/** By the number of the element. */
export const marks = markElements([
  [
    mark.element,
    'a abbr acronym address area b base bdo big blockquote body br button caption cite code col colgroup dd del dfn div dl dt em fieldset form h1 h2 h3 h4 h5 h6 head hr html i img input ins kbd label legend li link map meta noscript object ol optgroup option p param pre q samp script select small span strong style sub sup table tbody td textarea tfoot th thead title tr tt ul var applet basefont center dir font frame frameset iframe isindex menu noframes s strike u nobr x-sigsep x-tab',
  ],
  [mark.rendered, 'bgsound embed listing plaintext xmp'],
  [mark.styled, 'body font table tr th td big small basefont span p div a'],
  [mark.spaced, 'li td th dd dt embed h1 h2 h3 h4 h5 h6'],
  [mark.line, 'br div'],
  [mark.paragraph, 'p hr blockquote pre listing plaintext xmp title'],
  [mark.refers, 'img frame iframe embed script bgsound body table tr td a area link form base meta'],
  [mark.noticed, 'font img form object embed a title meta'],
  [mark.literal, 'script style xmp iframe title textarea'],
  [mark.decoded, 'title textarea'],
])

/** The numbers of elements that text asks about. */
export const [script, style, anchor, title] = ['script', 'style', 'a', 'title'].map(
  (name) => elements.numberOf(name) + 1,
) as [number, number, number, number]

export const namespaced = /^(?:o|st\d):[\w-]+\/?$/
export const sources: ReadonlyMap<string, AttributeName> = new Map([
  ...['img', 'frame', 'iframe', 'embed', 'script', 'bgsound'].map((name) => [name, 'src'] as const),
  ...['body', 'table', 'tr', 'td'].map((name) => [name, 'background'] as const),
  ...['a', 'area', 'link', 'base'].map((name) => [name, 'href'] as const),
  ['form', 'action'],
])

const maxContent = 8192

export function isMarkup(html: string, at: number): boolean {
  const next = html.charCodeAt(at + 1)
  return next === 0x21 || next === 0x3f || next === 0x2f || isLetter(next)
}

/** Where a meta element sends the reader. */
export function refreshTarget(kind: string, content: string): string | null {
  if (!/refresh/i.test(kind) || !/\burl\s*=/i.test(content)) return null
  return content
    .slice(0, maxContent)
    .replace(/^.*\burl\s*=\s*/i, '')
    .replace(/\s*;.*/, '')
}

const face = String.raw`\s*["']?[a-z][a-z -]*[a-z]\d?["']?`
const fontFace = new RegExp(String.raw`^\s*["'.]?[a-z ][a-z -]*[a-z]\d?["']?(?:,${face})*;?$`, 'i')

export function isFontFace(value: string | undefined): boolean {
  return value === undefined || value.length > 300 || fontFace.test(value)
}

/** Pixels that an image declares to cover. */
export function areaOf(width: string | undefined, height: string | undefined): number {
  if (width === undefined || height === undefined) return 0
  return pixels(width, 8) * pixels(height, 6)
}

/** percent: what one percent of a window is taken for. */
function pixels(value: string, percent: number): number {
  const match = /^(\d{1,6})(%)?$/.exec(value)
  const size = Number(match?.[1] ?? 0) * (match?.[2] === '%' ? percent : 1)
  return size > 0 ? size : 200
}

/** A letter, digit or foreign character: neither white space nor ASCII punctuation. */
export function isWordAt(text: string, at: number): boolean {
  const code = text.charCodeAt(at)
  return (
    code > 0x20 &&
    !(code < 0x30 || (code > 0x39 && code < 0x41) || (code > 0x5a && code < 0x61) || (code > 0x7a && code < 0x7f)) &&
    code !== 0xa0
  )
}

export function wordTail(text: string): number {
  let count = 0
  while (count < 8 && count < text.length && isWordAt(text, text.length - 1 - count)) count++
  return count
}

export function wordHead(text: string): number {
  let count = 0
  while (count < 8 && count < text.length && isWordAt(text, count)) count++
  return count
}
