// SPDX-License-Identifier: Apache-2.0
/** Which style holds for the text that comes next: colours, size, whether it is shown. */
import type { Attributes } from '../message/tags.ts'
import { colourOf, distance, noColour, styleRgb } from './html-colours.ts'

interface Style {
  readonly tag: string
  readonly ink: string
  readonly ground: string
  readonly size: number
  readonly display: string
  readonly visibility: string
}

const styled: Readonly<Record<string, readonly string[]>> = {
  basefont: ['color', 'size'],
  body: ['text'],
  font: ['color', 'size'],
  table: ['style'],
  td: ['style'],
  th: ['style'],
  tr: ['style'],
  span: ['style'],
  p: ['style'],
  div: ['style'],
  a: ['style'],
}

/** Elements that begin a style of their own. */
export const styleElements: ReadonlySet<string> = new Set(
  'body font table tr th td big small basefont marquee span p div a'.split(' '),
)
/** Styles inside each other. */
const maxDepth = 500

export class Styles {
  readonly #stack: Style[] = [
    { tag: 'default', ink: '#000000', ground: '#ffffff', size: 3, display: '', visibility: '' },
  ]
  #base = 3
  smallest = 3
  largest = 3
  hasLowContrast = false
  hasInvalidColour = false

  get #now(): Style {
    return this.#stack.at(-1) as Style
  }

  open(name: string, attributes: Attributes): void {
    const tag = name === 'th' ? 'td' : name
    const size = attributes.get('size')
    const base = tag === 'basefont' ? /^\s*(\d{1,3})/.exec(size ?? '')?.[1] : undefined
    if (base !== undefined) {
      this.#base = Number(base)
      return
    }
    if (tag === 'td' || tag === 'tr') this.#endCells(tag)
    if (this.#stack.length >= maxDepth) return
    let style: Style = { ...this.#now, tag }
    if (tag === 'big' || tag === 'small') {
      this.#stack.push({ ...style, size: style.size + (tag === 'big' ? 1 : -1) })
      return
    }
    for (const [attribute, value] of attributes) {
      if (styled[name]?.includes(attribute) !== true) continue
      style = this.#changed(style, attribute, value)
      if (style.size > this.largest) this.largest = style.size
      else if (style.size < this.smallest) this.smallest = style.size
    }
    this.#stack.push(style)
  }

  #changed(style: Style, attribute: string, value: string): Style {
    if (attribute === 'text' || attribute === 'color') return { ...style, ink: colourOf(value) }
    if (attribute === 'style') return this.#styledBy(style, value)
    const relative = /^\s*([+-]\d{1,3})/.exec(value)?.[1]
    if (relative !== undefined) return { ...style, size: this.#base + Number(relative) }
    const absolute = /^\s*(\d{1,5})/.exec(value)?.[1]
    return absolute === undefined ? style : { ...style, size: Number(absolute) }
  }

  #styledBy(before: Style, text: string): Style {
    const style = { ...before }
    for (const part of text.slice(0, 4000).split(';')) {
      const match = /^\s*([a-z_-]{1,40})\s*:\s*(\S.*?)\s*$/is.exec(part)
      if (match === null) continue
      const [name, value] = [(match[1] ?? '').toLowerCase(), match[2] ?? '']
      if (name === 'color' || name === 'background-color') paint(style, name === 'color' ? 'ink' : 'ground', value)
      else if (match[1] === 'background') style.ground = backgroundColour(value) ?? style.ground
      else if (match[1] === 'display') style.display = value
      else if (match[1] === 'visibility') style.visibility = value
    }
    if (style.ground === 'transparent') style.ground = this.#now.ground
    if (style.ink === 'transparent') style.ink = style.ground
    return style
  }

  close(name: string): void {
    const tag = name === 'th' ? 'td' : name
    if (tag === 'body') return
    for (let i = this.#stack.length - 1; i > 0; i--) {
      if (this.#stack[i]?.tag !== tag) continue
      this.#stack.length = i
      return
    }
  }

  /** A cell or row ends where the next begins. */
  #endCells(tag: 'td' | 'tr'): void {
    if (!this.#stack.some((style) => style.tag === tag)) return
    const inside = tag === 'td' ? ['font', 'td'] : ['font', 'td', 'tr']
    while (this.#stack.length > 1 && inside.includes(this.#now.tag)) this.#stack.pop()
  }

  /** True when text in the present style cannot be seen. */
  hides(): boolean {
    const { ink, ground, size, display, visibility } = this.#now
    const apart = ink.slice(-6) === ground.slice(-6) ? 0 : distance(ink, ground)
    if (apart !== null && apart < 12) {
      this.hasLowContrast = true
      return true
    }
    if (ink === noColour || ground === noColour) {
      this.hasInvalidColour = true
      return true
    }
    return size <= 1 || display.toLowerCase() === 'none' || visibility.toLowerCase() === 'hidden'
  }
}

function paint(style: { ink: string; ground: string }, which: 'ink' | 'ground', text: string): void {
  const value = text.toLowerCase().replace(/\s*!\s*important$/, '')
  if (value === 'inherit') return
  style[which] = value === 'transparent' ? value : value.includes('rgb') ? styleRgb(value) : colourOf(value)
}

/** The colour in the last layer of a background (CSS Backgrounds 3 §3.10). */
function backgroundColour(value: string): string | null {
  const words: string[] = []
  for (const match of value.toLowerCase().matchAll(/,|(?:[^\s,("']|\([^)]*\)?|"[^"]*"?|'[^']*'?)+/g)) {
    if (match[0] === ',') words.length = 0
    else words.push(match[0])
  }
  for (const word of words) {
    const colour = colourOf(word)
    if (colour !== noColour) return colour
  }
  return null
}
