// SPDX-License-Identifier: Apache-2.0
/** Elements and attributes as content rules count them. */
import type { Attributes } from '../message/tags.ts'

const words = (text: string): ReadonlySet<string> => new Set(text.split(' '))
export const elements = words(
  'a abbr acronym address area b base bdo big blockquote body br button caption cite code col colgroup dd del dfn div dl dt em fieldset form h1 h2 h3 h4 h5 h6 head hr html i img input ins kbd label legend li link map meta noscript object ol optgroup option p param pre q samp script select small span strong style sub sup table tbody td textarea tfoot th thead title tr tt ul var applet basefont center dir font frame frameset iframe isindex menu noframes s strike u nobr x-sigsep x-tab',
)
export const rendered = words('bgsound embed listing plaintext xmp')
export const namespaced = /^(?:o|st\d):[\w-]+\/?$/
/** Elements whose content is text to their end tag, and whether references in it are decoded. */
export const literal: ReadonlyMap<string, boolean> = new Map([
  ['script', false],
  ['style', false],
  ['xmp', false],
  ['iframe', false],
  ['title', true],
  ['textarea', true],
])
export const sources: Readonly<Record<string, string>> = {
  img: 'src', frame: 'src', iframe: 'src', embed: 'src', script: 'src', bgsound: 'src',
  body: 'background', table: 'background', tr: 'background', td: 'background',
  a: 'href', area: 'href', link: 'href', form: 'action', base: 'href',
} // biome-ignore format: a table
export const paragraphs = words('p hr blockquote pre listing plaintext xmp title')
export const spaced = words('li td th dd dt embed h1 h2 h3 h4 h5 h6')

const maxContent = 8192

export function isMarkup(html: string, at: number): boolean {
  const next = html.charCodeAt(at + 1)
  if (next === 0x21 || next === 0x3f) return true
  const letter = next === 0x2f ? html.charCodeAt(at + 2) : next
  return (letter | 32) >= 0x61 && (letter | 32) <= 0x7a
}

/** "evil/href=...": a name before the attribute's, which programs pass over. */
export function prefixed(attributes: Attributes, name: string): string | undefined {
  for (const [key, value] of attributes) if (key.endsWith(`/${name}`)) return value
  return undefined
}

export function refreshTarget(attributes: Attributes): string | null {
  const content = attributes.get('content') ?? ''
  if (!/refresh/i.test(attributes.get('http-equiv') ?? '') || !/\burl\s*=/i.test(content)) return null
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
export function areaOf(attributes: Attributes): number {
  const [width, height] = [attributes.get('width'), attributes.get('height')]
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
