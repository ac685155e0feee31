// SPDX-License-Identifier: Apache-2.0
/** One HTML tag with its attributes, read as browsers read it. */
import { decodeEntities } from './entities.ts'

export type Attributes = ReadonlyMap<string, string>

export interface Tag {
  /** Lower case. */
  readonly name: string
  readonly closing: boolean
  readonly selfClosing: boolean
  /** By lower-case name, entities decoded; the first of a name wins. */
  readonly attributes: Attributes
  /** Offset behind the ">". */
  readonly end: number
}

const maxAttributes = 100
const slash = 0x2f
const greater = 0x3e
const none: Attributes = new Map()

/** Reads the tag whose "<" is at `open`; null when no letter follows, so that it is text. */
export function readTag(html: string, open: number): Tag | null {
  const closing = html.charCodeAt(open + 1) === slash
  const start = open + (closing ? 2 : 1)
  if (!isLetter(html.charCodeAt(start))) return null
  let at = start
  while (at < html.length && !endsName(html.charCodeAt(at))) at++
  const name = html.slice(start, Math.min(at, start + 40)).toLowerCase()
  if (html.charCodeAt(at) === greater) return { name, closing, selfClosing: false, attributes: none, end: at + 1 }
  return readAttributes(html, at, name, closing)
}

function readAttributes(html: string, from: number, name: string, closing: boolean): Tag {
  const attributes = new Map<string, string>()
  let at = from
  let selfClosing = false
  while (at < html.length) {
    const code = html.charCodeAt(at)
    if (code === greater) break
    if (code <= 0x20 || code === slash) {
      selfClosing = code === slash && html.charCodeAt(at + 1) === greater
      at++
      continue
    }
    const nameEnd = endOfName(html, at)
    const key = html.slice(at, Math.min(nameEnd, at + 40)).toLowerCase()
    const equals = skipBlank(html, nameEnd)
    if (html.charCodeAt(equals) !== 0x3d) {
      at = Math.max(nameEnd, at + 1)
      if (attributes.size < maxAttributes && !attributes.has(key)) attributes.set(key, '')
      continue
    }
    const value = readValue(html, skipBlank(html, equals + 1))
    at = value.end
    if (attributes.size < maxAttributes && !attributes.has(key)) attributes.set(key, decodeEntities(value.text))
  }
  return { name, closing, selfClosing, attributes, end: Math.min(html.length, at + 1) }
}

function readValue(html: string, start: number): { text: string; end: number } {
  const first = html.charCodeAt(start)
  if (first === 0x22 || first === 0x27) {
    const close = html.indexOf(first === 0x22 ? '"' : "'", start + 1)
    // A quote that is never closed would swallow the mail: it is read as a bare value.
    if (close >= 0) return { text: html.slice(start + 1, close), end: close + 1 }
  }
  let end = start
  for (; end < html.length; end++) {
    const code = html.charCodeAt(end)
    if (code <= 0x20 || code === greater) break
  }
  return { text: html.slice(start, end), end }
}

function endOfName(html: string, start: number): number {
  let at = start
  while (at < html.length) {
    const code = html.charCodeAt(at)
    if (code <= 0x20 || code === 0x3d || code === 0x3e || code === 0x2f) break
    at++
  }
  return at
}

function skipBlank(html: string, start: number): number {
  let at = start
  while (at < html.length && html.charCodeAt(at) <= 0x20) at++
  return at
}

function endsName(code: number): boolean {
  return code <= 0x20 || code === 0x3e || code === 0x2f || code === 0x3c
}

function isLetter(code: number): boolean {
  return (code | 32) >= 0x61 && (code | 32) <= 0x7a
}
