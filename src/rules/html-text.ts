// SPDX-License-Identifier: Apache-2.0
/** The rendered text of an HTML part as it grows: white space as SpamAssassin puts it, and words that markup cuts. */
import { isWordAt, wordHead, wordTail } from './html-elements.ts'
import type { HtmlCounts } from './html-numbers.ts'
import { holds } from './html-rewrite.ts'

export class RenderedText {
  readonly #counts: HtmlCounts
  readonly #pieces: string[] = []
  /** Of the last piece: whether it is white space that an element made, and whether it is hidden. */
  #lastIsSpace = false
  #lastIsHidden = false

  constructor(counts: HtmlCounts) {
    this.#counts = counts
  }

  /** Text between two tags; `found` is what it holds. */
  add(text: string, found: number, isHidden: boolean): void {
    this.#joins(text)
    const spaced = (found & holds.run) === 0 ? text : text.replace(/[ \t\n\r\f\v]+/g, ' ')
    const isDoubled = this.#lastIsSpace && !isHidden && spaced.charCodeAt(0) === 0x20
    this.#push(isDoubled ? spaced.slice(1) : spaced, false, isHidden)
  }

  /** White space between two tags. */
  addBlank(): void {
    this.#push(this.#lastIsSpace ? '' : ' ', false, false)
  }

  /** White space that an element makes. */
  addSpace(text: string): void {
    const last = this.#pieces.length - 1
    const before = this.#pieces[last]
    if (before?.endsWith(' ') && !this.#lastIsSpace && !this.#lastIsHidden) this.#pieces[last] = before.slice(0, -1)
    this.#push(text, true, false)
  }

  whole(): string {
    return this.#pieces.join('')
  }

  /** Markup in the middle of a word. */
  #joins(text: string): void {
    const last = this.#pieces[this.#pieces.length - 1]
    if (last === undefined || last === '' || !isWordAt(text, 0) || !isWordAt(last, last.length - 1)) return
    this.#counts.obfuscation++
    const before = wordTail(last)
    const behind = wordHead(text)
    if (before <= 7 && behind <= 7) this.#counts.backhair.add(`${before}_${behind}`)
  }

  #push(text: string, isSpace: boolean, isHidden: boolean): void {
    this.#pieces.push(text)
    this.#lastIsSpace = isSpace
    this.#lastIsHidden = isHidden
  }
}
