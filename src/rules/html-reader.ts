// SPDX-License-Identifier: Apache-2.0
/** One pass over the HTML of a part for content rules: element after element, and the text between them. */

import { isLetter } from '../kit/bytes.ts'
import { decodeEntities } from '../message/entities.ts'
import { type AttributeName, type Attributes, elements, type Markup, noAttributes } from '../message/tags.ts'
import {
  anchor,
  areaOf,
  isFontFace,
  isMarkup,
  mark,
  marks,
  namespaced,
  refreshTarget,
  script,
  sources,
  style,
  title,
} from './html-elements.ts'
import { HtmlCounts } from './html-numbers.ts'
import { attributeOf, changesTag, holds, lookAt, lookAtText, rewritten } from './html-rewrite.ts'
import { Styles } from './html-styles.ts'
import { RenderedText } from './html-text.ts'
import { type HtmlTexts, HtmlUris } from './html-uris.ts'

/** Pieces of one part, characters of one text. */
const [maxPieces, maxText] = [200_000, 100_000]

/** What `read` and its helpers say of markup that does not end, and when a tag would be another after rewriting. */
const [unended, mustRewrite] = [-1, -2]

export class HtmlReader {
  readonly styles: Styles
  readonly uris = new HtmlUris()
  readonly texts = new Map<string, string[]>()
  readonly charsets: string[] = []
  readonly counts = new HtmlCounts()
  readonly text = new RenderedText(this.counts)
  readonly #markup: Markup
  readonly #html: string
  readonly #hasCrlf: boolean
  /** Open elements by number, -1 for those never met; by name for those without a number. */
  readonly #depths = new Int32Array(elements.names.length + 1).fill(-1)
  readonly #others = new Map<string, number>()
  /** Names in the order in which they came. */
  readonly #met: string[] = []
  #lastAnchor = ''

  constructor(markup: Markup, hasCrlf: boolean) {
    this.#markup = markup
    this.#html = markup.html
    this.#hasCrlf = hasCrlf
    this.styles = new Styles(hasCrlf)
  }

  /** False when the text must be rewritten first: a tag would be another. */
  read(): boolean {
    const html = this.#html
    let [text, stop] = [0, html.length]
    for (let at = html.indexOf('<'); at >= 0; ) {
      const isRead = isMarkup(html, at)
      const end = isRead ? this.#readMarkup(text, at) : at + 1
      if (end === mustRewrite) return false
      if (end === unended) {
        // Nothing of it is shown, and nothing behind it (HTML Standard §13.2.5).
        this.#add('comment', html.slice(at, at + 2 * maxText))
        stop = at
        break
      }
      if (isRead) text = end
      at = html.indexOf('<', end)
    }
    this.#text(text, stop, true)
    return true
  }

  inside(): ReadonlyMap<string, number> {
    return new Map(this.#met.map((name) => [name, this.#others.get(name) ?? this.#depth(elements.numberOf(name) + 1)]))
  }

  /** Scripts and comments are kept as they came: they may be long, and few rules look at them. */
  rewrittenTexts(): HtmlTexts {
    const texts = new Map<string, readonly string[]>(this.texts)
    for (const kind of ['script', 'comment']) {
      const kept = texts.get(kind)
      if (kept === undefined) continue
      texts.set(
        kind,
        kept.map((text) => rewritten(text, this.#hasCrlf).slice(0, kind === 'comment' ? maxText : text.length)),
      )
    }
    return texts
  }

  #depth(element: number): number {
    return this.#depths[element] as number
  }

  #isInside(element: number): boolean {
    return this.#depth(element) > 0
  }

  /** Reads what begins at `open`, behind text that begins at `from`; the offset behind it, or one of the answers above. */
  #readMarkup(from: number, open: number): number {
    const html = this.#html
    const next = html.charCodeAt(open + 1)
    if (next === 0x21 || next === 0x3f) return this.#declaration(from, open)
    if (next === 0x2f && !isLetter(html.charCodeAt(open + 2))) return this.#bogusEnd(from, open)
    const tag = this.#markup.tagAt(open)
    if (tag === null || html[tag.end - 1] !== '>') return unended
    if (tag.isOdd && changesTag(html.slice(open, tag.end))) return mustRewrite
    this.#text(from, open, true)
    this.#tag(tag.name, tag.element, tag.attributes, tag.closing ? -1 : 1)
    const bits = tag.closing ? 0 : (marks[tag.element] as number)
    return (bits & mark.literal) === 0
      ? tag.end
      : this.#literal(tag.name, tag.element, tag.end, (bits & mark.decoded) !== 0)
  }

  #declaration(from: number, open: number): number {
    const html = this.#html
    const close = html.startsWith('<!--', open) ? html.indexOf('-->', open + 4) : -1
    const end = close < 0 ? html.indexOf('>', open + 2) : close
    if (end < 0) return unended
    this.#text(from, open, true)
    const stop = end + (close < 0 ? 1 : 3)
    const declared = html.slice(open, Math.min(stop, open + 2 * maxText)) // Rewriting makes text shorter.
    if (/^<!doctype/i.test(declared)) {
      this.counts.elements++
      this.counts.tags++
      if (!this.#others.has('!doctype')) this.#met.push('!doctype')
      this.#others.set('!doctype', 0)
    } else if (declared.startsWith('<!') && !declared.startsWith('<![')) this.#add('comment', declared)
    return stop
  }

  /** "</" and no letter: nothing of it is shown (HTML Standard §13.2.5.7). */
  #bogusEnd(from: number, open: number): number {
    const end = this.#html.indexOf('>', open + 2)
    if (end < 0) return unended
    this.#text(from, open, true)
    const name = /^[^\s>]{1,40}/.exec(this.#html.slice(open + 2, Math.min(end, open + 42)))?.[0].toLowerCase()
    if (name !== undefined) this.#count(name, 0, 0, -1)
    return end + 1
  }

  #literal(name: string, element: number, start: number, decodes: boolean): number {
    const html = this.#html
    let end = html.indexOf('</', start)
    while (end >= 0 && html.slice(end + 2, end + 2 + name.length).toLowerCase() !== name)
      end = html.indexOf('</', end + 2)
    // Without an end tag a title would hold the whole message; the text of others is all that follows.
    if (end < 0 && element === title) return start
    const stop = end < 0 ? html.length : end
    this.#text(start, stop, decodes)
    if (end >= 0) return stop
    if (element === script || element === style) this.#tag(name, element, noAttributes, -1)
    return html.length
  }

  #tag(name: string, element: number, attributes: Attributes, change: 1 | -1): void {
    const bits = marks[element] as number
    this.#count(name, element, bits, change)
    if ((bits & (mark.element | mark.rendered)) === 0) return
    if ((bits & mark.styled) !== 0) {
      if (change === 1) this.styles.open(name, attributes)
      else this.styles.close(name)
    }
    if ((bits & mark.line) !== 0) this.text.addSpace('\n')
    else if ((bits & mark.spaced) !== 0) this.text.addSpace(' ')
    else if ((bits & mark.paragraph) !== 0) this.text.addSpace('\n\n')
    if (change !== 1) return
    if ((bits & mark.refers) !== 0) this.#refer(name, attributes)
    if ((bits & mark.noticed) !== 0) this.#notice(name, attributes)
  }

  #count(name: string, element: number, bits: number, change: 1 | -1): void {
    const { counts } = this
    const before = element === 0 ? (this.#others.get(name) ?? -1) : this.#depth(element)
    if ((bits & mark.element) !== 0 || (bits === 0 && namespaced.test(name))) {
      counts.elements++
      if (before < 0) counts.elementsSeen++
    }
    counts.tags++
    if (before < 0) {
      counts.tagsSeen++
      this.#met.push(name)
    }
    const depth = Math.max(0, before) + change
    if (depth < 0) counts.closedExtra++
    if (element === 0) this.#others.set(name, Math.max(0, depth))
    else this.#depths[element] = Math.max(0, depth)
  }

  #value(attributes: Attributes, name: AttributeName): string | undefined {
    return attributeOf(attributes, name, this.#hasCrlf)
  }

  #refer(name: string, attributes: Attributes): void {
    if (name === 'meta') {
      const target = refreshTarget(
        this.#value(attributes, 'http-equiv') ?? '',
        this.#value(attributes, 'content') ?? '',
      )
      if (target !== null) this.uris.add(name, target)
      return
    }
    const source = sources.get(name)
    const written = source === undefined ? undefined : this.#value(attributes, source)
    if (written === undefined) return
    const uri = written.replaceAll('\ufeff', '')
    this.uris.add(name, uri)
    if (name === 'base') this.uris.setBase(uri)
    const safe = source === 'href' ? this.#value(attributes, 'data-saferedirecturl') : undefined
    if (safe !== undefined) this.uris.add(name, safe)
  }

  /** What tests ask about single elements. */
  #notice(name: string, attributes: Attributes): void {
    const { flags } = this.counts
    switch (name) {
      case 'font':
        if (!isFontFace(this.#value(attributes, 'face'))) flags.set('font_face_bad', 1)
        return
      case 'img':
        if (this.#isInside(anchor)) this.#anchorText('<img>\n')
        this.counts.imageArea += areaOf(this.#value(attributes, 'width'), this.#value(attributes, 'height'))
        break
      case 'form':
        if (/mailto:/i.test(this.#value(attributes, 'action') ?? '')) flags.set('form_action_mailto', 1)
        break
      case 'object':
      case 'embed':
        flags.set('embeds', 1)
        break
      case 'a':
        this.#lastAnchor = this.uris.clean(this.#value(attributes, 'href') ?? '')
        this.uris.entry(this.#lastAnchor)?.anchorTexts.push('')
        this.#add('anchor', '')
        break
      case 'title':
        this.#add('title', '')
        break
      case 'meta': {
        const charset = /\bcharset\s*=\s*["']?([^"']+)/i.exec(this.#value(attributes, 'content') ?? '')?.[1]
        if (charset !== undefined && /Content-Type/i.test(this.#value(attributes, 'http-equiv') ?? ''))
          this.charsets.push(charset)
      }
    }
  }

  #add(kind: string, text: string): void {
    const list = this.texts.get(kind) ?? []
    this.texts.set(kind, list)
    if (list.length < maxPieces) list.push(text)
  }

  #extend(list: string[] | undefined, text: string): void {
    const last = (list?.length ?? 0) - 1
    const before = list?.[last]
    if (list !== undefined && before !== undefined && before.length < maxText) list[last] = before + text
  }

  #anchorText(text: string): void {
    this.#extend(this.uris.all.get(this.#lastAnchor)?.anchorTexts, text)
    this.#extend(this.texts.get('anchor'), text)
  }

  #text(start: number, end: number, decodes: boolean): void {
    const isScript = this.#isInside(script)
    if (start === end || (this.#isInside(style) && !isScript)) return
    const found = lookAt(this.#markup.codes, start, end)
    const isKept = this.#isInside(anchor) || this.#isInside(title)
    // Most text between tags is the white space that made the source readable.
    if ((found & holds.word) === 0 && !isKept && !isScript) {
      this.text.addBlank()
      return
    }
    let text = this.#html.slice(start, end)
    if (isScript) {
      this.#add('script', text)
      return
    }
    if ((found & (holds.reference | holds.less)) !== 0 || (isKept && (found & holds.carriage) !== 0))
      text = rewritten(text, this.#hasCrlf)
    const isDecoded = decodes && (found & holds.reference) !== 0
    if (isDecoded) text = decodeEntities(text)
    // What references stand for is not known before.
    this.#show(text, isDecoded ? lookAtText(text) : found, isKept)
  }

  #show(text: string, found: number, isKept: boolean): void {
    if (isKept) {
      if (this.#isInside(anchor)) this.#anchorText(text)
      if (this.#isInside(title)) this.#extend(this.texts.get('title'), text)
    }
    this.text.add(text, found, (found & holds.word) !== 0 && this.styles.hides())
  }
}
