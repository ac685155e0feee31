// SPDX-License-Identifier: Apache-2.0
/**
 * An HTML part as content rules look at it: rendered text, what is seen and what is hidden, links, and the counts that
 * HTML tests ask for. It renders as SpamAssassin does; what a person sees is told by src/message/html.ts.
 */
import { Markup } from '../message/tags.ts'
import { characters, type HtmlNumbers, lineEnds, numbersOf } from './html-numbers.ts'
import { HtmlReader } from './html-reader.ts'
import { hasCurlyQuotes, rewritten, straightened } from './html-rewrite.ts'
import type { HtmlTexts, HtmlUri } from './html-uris.ts'

export interface HtmlView {
  readonly rendered: string
  /** Characters of the source. */
  readonly length: number
  readonly numbers: HtmlNumbers
  readonly texts: HtmlTexts
  /** Elements by name: how many were opened and not closed. */
  readonly inside: ReadonlyMap<string, number>
  readonly uris: ReadonlyMap<string, HtmlUri>
  readonly charsets: readonly string[]
  readonly hasLongUri: boolean
}

/** Reads the characters of an HTML part; hasCrlf: with the line ends of the wire. Never throws. */
export function viewHtml(markup: Markup, hasCrlf: boolean): HtmlView {
  const reader = hasCurlyQuotes(markup.html) ? null : new HtmlReader(markup, hasCrlf)
  if (reader?.read() === true) return new View(reader, markup, hasCrlf)
  const second = new HtmlReader(new Markup(straightened(rewritten(markup.html, hasCrlf))), false)
  second.read()
  return new View(second, markup, hasCrlf)
}

/** Numbers and counts of elements are made when a rule asks: for most messages none does. */
class View implements HtmlView {
  readonly rendered: string
  readonly uris: ReadonlyMap<string, HtmlUri>
  readonly charsets: readonly string[]
  readonly hasLongUri: boolean
  readonly #reader: HtmlReader
  readonly #source: Markup
  readonly #hasCrlf: boolean
  #length: number | null = null
  #numbers: HtmlNumbers | null = null
  #inside: ReadonlyMap<string, number> | null = null
  #texts: HtmlTexts | null = null

  constructor(reader: HtmlReader, source: Markup, hasCrlf: boolean) {
    this.rendered = reader.text.whole()
    this.uris = reader.uris.all
    this.charsets = reader.charsets
    this.hasLongUri = reader.uris.hasLong
    this.#reader = reader
    this.#source = source
    this.#hasCrlf = hasCrlf
  }

  get length(): number {
    this.#length ??= characters(this.#source.html) - (this.#hasCrlf ? lineEnds(this.#source.codes) : 0)
    return this.#length
  }

  get numbers(): HtmlNumbers {
    this.#numbers ??= numbersOf(this.#reader.counts, this.#reader.styles, this.length, this.rendered)
    return this.#numbers
  }

  get inside(): ReadonlyMap<string, number> {
    this.#inside ??= this.#reader.inside()
    return this.#inside
  }

  get texts(): HtmlTexts {
    this.#texts ??= this.#reader.rewrittenTexts()
    return this.#texts
  }
}
