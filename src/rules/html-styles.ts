// SPDX-License-Identifier: Apache-2.0
/** Which style holds for the text that comes next: colours, size, whether it is shown. */
import type { AttributeName, Attributes } from '../message/tags.ts'
import { TextMemo } from '../message/text-memo.ts'
import { backgroundColour, colourOf, distance, noColour, styleRgb } from './html-colours.ts'
import { attributeOf } from './html-rewrite.ts'

interface Style {
  readonly tag: string
  readonly ink: string
  readonly ground: string
  readonly size: number
  readonly display: string
  readonly visibility: string
  /** Whether text in it cannot be seen; null before somebody asked. Elements that change nothing inherit the answer. */
  isHidden: boolean | null
}

/** What a style attribute says; null for what it does not. */
interface Declared {
  readonly ink: string | null
  readonly ground: string | null
  readonly display: string | null
  readonly visibility: string | null
}

const nothing: Declared = { ink: null, ground: null, display: null, visibility: null }

const coloured: readonly AttributeName[] = ['color', 'size']
const byStyle: readonly AttributeName[] = ['style']
/** Attributes that count, by element. */
const styled: ReadonlyMap<string, readonly AttributeName[]> = new Map([
  ['basefont', coloured],
  ['body', ['text']],
  ['font', coloured],
  ...['table', 'td', 'th', 'tr', 'span', 'p', 'div', 'a'].map((name) => [name, byStyle] as const),
])

/** Styles inside each other. */
const maxDepth = 500

export class Styles {
  readonly #hasCrlf: boolean
  readonly #stack: Style[] = [
    { tag: 'default', ink: '#000000', ground: '#ffffff', size: 3, display: '', visibility: '', isHidden: null },
  ]
  readonly #declarations = new TextMemo(readDeclared)
  #base = 3
  smallest = 3
  largest = 3
  hasLowContrast = false
  hasInvalidColour = false

  constructor(hasCrlf: boolean) {
    this.#hasCrlf = hasCrlf
  }

  get #now(): Style {
    return this.#stack[this.#stack.length - 1] as Style
  }

  open(name: string, attributes: Attributes): void {
    const tag = name === 'th' ? 'td' : name
    const base = tag === 'basefont' ? /^\s*(\d{1,3})/.exec(attributes.get('size') ?? '')?.[1] : undefined
    if (base !== undefined) {
      this.#base = Number(base)
      return
    }
    if (tag === 'td' || tag === 'tr') this.#endCells(tag)
    if (this.#stack.length >= maxDepth) return
    const { ink, ground, size, display, visibility, isHidden } = this.#now
    if (tag === 'big' || tag === 'small') {
      const step = tag === 'big' ? 1 : -1
      this.#stack.push({ tag, ink, ground, size: size + step, display, visibility, isHidden: null })
      return
    }
    let style: Style = { tag, ink, ground, size, display, visibility, isHidden }
    for (const attribute of styled.get(name) ?? []) {
      const value = attributeOf(attributes, attribute, this.#hasCrlf)
      if (value === undefined) continue
      style = this.#changed(style, attribute, value)
      if (style.size > this.largest) this.largest = style.size
      else if (style.size < this.smallest) this.smallest = style.size
    }
    this.#stack.push(style)
  }

  #changed(style: Style, attribute: AttributeName, value: string): Style {
    if (attribute === 'text' || attribute === 'color') return { ...style, ink: colourOf(value), isHidden: null }
    if (attribute === 'style') return this.#styledBy(style, value)
    const relative = /^\s*([+-]\d{1,3})/.exec(value)?.[1]
    if (relative !== undefined) return { ...style, size: this.#base + Number(relative), isHidden: null }
    const absolute = /^\s*(\d{1,5})/.exec(value)?.[1]
    return absolute === undefined ? style : { ...style, size: Number(absolute), isHidden: null }
  }

  #styledBy(before: Style, text: string): Style {
    const declared = this.#declarations.get(text.slice(0, 4000))
    if (declared === nothing) return before
    const ground = declared.ground === 'transparent' ? this.#now.ground : (declared.ground ?? before.ground)
    const ink = declared.ink === 'transparent' ? ground : (declared.ink ?? before.ink)
    const [display, visibility] = [declared.display ?? before.display, declared.visibility ?? before.visibility]
    return { tag: before.tag, ink, ground, size: before.size, display, visibility, isHidden: null }
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
    const now = this.#now
    now.isHidden ??= this.#isHidden(now)
    return now.isHidden
  }

  #isHidden({ ink, ground, size, display, visibility }: Style): boolean {
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

function readDeclared(text: string): Declared {
  if (!/color|background|display|visibility/i.test(text)) return nothing
  let { ink, ground, display, visibility } = nothing
  for (const part of text.split(';')) {
    const colon = part.indexOf(':')
    const name = part.slice(0, Math.max(0, colon)).trim()
    const value = name === '' ? '' : part.slice(colon + 1).trim()
    if (value === '') continue
    if (name === 'background') ground = backgroundColour(value) ?? ground
    else if (name === 'display') display = value
    else if (name === 'visibility') visibility = value
    else if (name.toLowerCase() === 'color') ink = paint(value) ?? ink
    else if (name.toLowerCase() === 'background-color') ground = paint(value) ?? ground
  }
  const isSilent = ink === null && ground === null && display === null && visibility === null
  return isSilent ? nothing : { ink, ground, display, visibility }
}

function paint(text: string): string | null {
  const value = text.toLowerCase().replace(/\s*!\s*important$/, '')
  if (value === 'inherit') return null
  return value === 'transparent' ? value : value.includes('rgb') ? styleRgb(value) : colourOf(value)
}
