// SPDX-License-Identifier: Apache-2.0
/**
 * An HTML part as content rules look at it: rendered text, what is seen and what is hidden, links, and the counts that
 * HTML tests ask for. It renders as SpamAssassin does; what a person sees is told by src/message/html.ts.
 */
import { decodeEntities } from '../message/entities.ts'
import { type Attributes, readTag } from '../message/tags.ts'
import {
  areaOf,
  elements,
  isFontFace,
  isMarkup,
  isWordAt,
  literal,
  namespaced,
  paragraphs,
  prefixed,
  refreshTarget,
  rendered,
  sources,
  spaced,
  wordHead,
  wordTail,
} from './html-elements.ts'
import { Styles, styleElements } from './html-styles.ts'
import { type HtmlNumbers, type HtmlTexts, type HtmlUri, HtmlUris } from './html-uris.ts'

export interface HtmlView {
  readonly rendered: string
  readonly numbers: HtmlNumbers
  readonly texts: HtmlTexts
  /** Elements by name: how many were opened and not closed. */
  readonly inside: ReadonlyMap<string, number>
  readonly uris: ReadonlyMap<string, HtmlUri>
  readonly charsets: readonly string[]
  readonly hasLongUri: boolean
}

/** Pieces of one part, characters of one text. */
const [maxPieces, maxText] = [200_000, 100_000]

/** Reads the characters of an HTML part. Never throws. */
export function viewHtml(source: string): HtmlView {
  return new Reader(source).read()
}

class Reader {
  readonly #html: string
  readonly #pieces: string[] = []
  /** Of the last piece: whether it is white space that an element made, and whether it is hidden. */
  #lastIsSpace = false
  #lastIsHidden = false
  readonly #styles = new Styles()
  readonly #inside = new Map<string, number>()
  readonly #uris = new HtmlUris()
  readonly #texts = new Map<string, string[]>()
  readonly #flags = new Map<string, number>()
  readonly #backhair = new Set<string>()
  readonly #charsets: string[] = []
  #tags = 0
  #tagsSeen = 0
  #elements = 0
  #elementsSeen = 0
  #closedExtra = 0
  #obfuscation = 0
  #imageArea = 0
  /** Characters read for tags that had no end. */
  #lost = 0
  #lastAnchor = ''
  readonly #sourceLength: number

  constructor(source: string) {
    this.#sourceLength = Array.from(source).length
    this.#html = source
      .replaceAll('&nbsp;', ' ')
      .replace(/<(\w{1,40})\s{0,20}\/>/g, '<$1>')
      .replace(/[\u201c\u201d]/g, '"')
  }

  read(): HtmlView {
    const html = this.#html
    let text = 0
    // Tags that never end are each read to the end of the text: a few times is enough.
    for (let at = html.indexOf('<'); at >= 0 && this.#lost <= html.length * 4; ) {
      const end = isMarkup(html, at) ? this.#markup(text, at) : -1
      if (end >= 0) text = end
      at = html.indexOf('<', end >= 0 ? end : at + 1)
    }
    this.#text(html.slice(text), true)
    const output = this.#pieces.join('')
    return {
      rendered: output,
      numbers: this.#numbers(output),
      texts: this.#texts,
      inside: this.#inside,
      uris: this.#uris.all,
      charsets: this.#charsets,
      hasLongUri: this.#uris.hasLong,
    }
  }

  #numbers(output: string): HtmlNumbers {
    const length = Array.from(output).length
    const blanks = output.match(/\s/g)?.length ?? 0
    const numbers = new Map<string, number>([
      ['html', 1],
      ['length', this.#sourceLength],
      ['html_length', length],
      ['non_space_len', length - blanks],
      ['image_area', this.#imageArea],
      ['min_size', this.#styles.smallest],
      ['max_size', this.#styles.largest],
      ['ratio', this.#sourceLength === 0 ? 0 : (this.#sourceLength - length) / this.#sourceLength],
      ...this.#flags,
    ])
    if (this.#tags > 0) {
      numbers.set('closed_extra_ratio', this.#closedExtra / this.#tags)
      if (this.#elements > 0) numbers.set('bad_tag_ratio', (this.#tags - this.#elements) / this.#tags)
      if (this.#obfuscation > 0) numbers.set('obfuscation_ratio', this.#obfuscation / this.#tags)
    }
    if (this.#elementsSeen > 0) numbers.set('non_element_ratio', (this.#tagsSeen - this.#elementsSeen) / this.#tagsSeen)
    if (this.#backhair.size > 0) numbers.set('backhair_count', this.#backhair.size)
    if (this.#styles.hasLowContrast) numbers.set('font_low_contrast', 1)
    if (this.#styles.hasInvalidColour) numbers.set('font_invalid_color', 1)
    return numbers
  }

  /** Reads what begins at `open`, behind text that begins at `from`; the offset behind it, or -1 when it is text. */
  #markup(from: number, open: number): number {
    const html = this.#html
    const next = html[open + 1]
    if (next === '!' || next === '?') {
      const isComment = html.startsWith('<!--', open)
      const end = isComment ? html.indexOf('-->', open + 4) : html.indexOf('>', open + 2)
      if (end < 0) return -1
      this.#text(html.slice(from, open), true)
      const stop = end + (isComment ? 3 : 1)
      const declared = html.slice(open, Math.min(stop, open + maxText))
      if (/^<!doctype/i.test(declared)) {
        this.#elements++
        this.#tags++
        this.#inside.set('!doctype', 0)
      } else if (next === '!' && !declared.startsWith('<![')) this.#add('comment', declared)
      return stop
    }
    const tag = readTag(html, open)
    if (tag === null || html[tag.end - 1] !== '>') {
      this.#lost += (tag?.end ?? open) - open
      return -1
    }
    this.#text(html.slice(from, open), true)
    this.#tag(tag.name, tag.attributes, tag.closing ? -1 : 1)
    const decodes = tag.closing ? undefined : literal.get(tag.name)
    return decodes === undefined ? tag.end : this.#literal(tag.name, tag.end, decodes)
  }

  #literal(name: string, start: number, decodes: boolean): number {
    const html = this.#html
    let end = html.indexOf('</', start)
    while (end >= 0 && html.slice(end + 2, end + 2 + name.length).toLowerCase() !== name)
      end = html.indexOf('</', end + 2)
    // Without an end tag a title would hold the whole message.
    if (end < 0 && decodes) return start
    const stop = end < 0 ? html.length : end
    this.#text(html.slice(start, stop), decodes)
    if (end >= 0) return stop
    this.#tag(name, new Map(), -1)
    return html.length
  }

  #tag(name: string, attributes: Attributes, change: 1 | -1): void {
    const isNamespaced = namespaced.test(name)
    const isNew = !this.#inside.has(name)
    if (elements.has(name) || isNamespaced) {
      this.#elements++
      if (isNew) this.#elementsSeen++
    }
    this.#tags++
    if (isNew) this.#tagsSeen++
    const depth = (this.#inside.get(name) ?? 0) + change
    if (depth < 0) this.#closedExtra++
    this.#inside.set(name, Math.max(0, depth))
    if (isNamespaced || !(elements.has(name) || rendered.has(name))) return
    if (styleElements.has(name)) {
      if (change === 1) this.#styles.open(name, attributes)
      else this.#styles.close(name)
    }
    if (name === 'br' || name === 'div') this.#space('\n')
    else if (spaced.has(name)) this.#space(' ')
    else if (paragraphs.has(name)) this.#space('\n\n')
    if (change !== 1) return
    this.#refer(name, attributes)
    this.#notice(name, attributes)
  }

  #refer(name: string, attributes: Attributes): void {
    if (name === 'meta') {
      const target = refreshTarget(attributes)
      if (target !== null) this.#uris.add(name, target)
      return
    }
    const source = sources[name]
    if (source === undefined) return
    const written = attributes.get(source) ?? prefixed(attributes, source)
    if (written === undefined) return
    const uri = written.replaceAll('\ufeff', '')
    this.#uris.add(name, uri)
    if (name === 'base') this.#uris.setBase(uri)
    const safe = attributes.get('data-saferedirecturl')
    if (safe !== undefined && source === 'href') this.#uris.add(name, safe)
  }

  /** What tests ask about single elements. */
  #notice(name: string, attributes: Attributes): void {
    switch (name) {
      case 'font':
        if (!isFontFace(attributes.get('face'))) this.#flags.set('font_face_bad', 1)
        return
      case 'img':
        if ((this.#inside.get('a') ?? 0) > 0) this.#anchorText('<img>\n')
        this.#imageArea += areaOf(attributes)
        break
      case 'form':
        if (/mailto:/i.test(attributes.get('action') ?? '')) this.#flags.set('form_action_mailto', 1)
        break
      case 'object':
      case 'embed':
        this.#flags.set('embeds', 1)
        break
      case 'a':
        this.#lastAnchor = this.#uris.clean(attributes.get('href') ?? prefixed(attributes, 'href') ?? '')
        this.#uris.entry(this.#lastAnchor)?.anchorTexts.push('')
        this.#add('anchor', '')
        break
      case 'title':
        this.#add('title', '')
        break
      case 'meta': {
        const charset = /\bcharset\s*=\s*["']?([^"']+)/i.exec(attributes.get('content') ?? '')?.[1]
        if (charset !== undefined && /Content-Type/i.test(attributes.get('http-equiv') ?? ''))
          this.#charsets.push(charset)
      }
    }
  }

  #add(kind: string, text: string): void {
    const list = this.#texts.get(kind) ?? []
    this.#texts.set(kind, list)
    if (list.length < maxPieces) list.push(text)
  }

  #extend(list: string[] | undefined, text: string): void {
    const last = (list?.length ?? 0) - 1
    const before = list?.[last]
    if (list !== undefined && before !== undefined && before.length < maxText) list[last] = before + text
  }

  #anchorText(text: string): void {
    this.#extend(this.#uris.all.get(this.#lastAnchor)?.anchorTexts, text)
    this.#extend(this.#texts.get('anchor'), text)
  }

  #text(raw: string, decodes: boolean): void {
    if (raw === '') return
    const text = decodes ? decodeEntities(raw) : raw
    if ((this.#inside.get('script') ?? 0) > 0) {
      this.#add('script', text)
      return
    }
    if ((this.#inside.get('style') ?? 0) > 0) return
    if ((this.#inside.get('a') ?? 0) > 0) this.#anchorText(text)
    if ((this.#inside.get('title') ?? 0) > 0) this.#extend(this.#texts.get('title'), text)
    const isHidden = /[^ \t\n\r\f\v]/.test(text) && this.#styles.hides()
    this.#joins(text)
    const spaced = text.replace(/[ \t\n\r\f\v]+/g, ' ')
    this.#push(this.#lastIsSpace && !isHidden ? spaced.replace(/^ /, '') : spaced, false, isHidden)
  }

  /** Markup in the middle of a word. */
  #joins(text: string): void {
    const last = this.#pieces.at(-1)
    if (last === undefined || last === '' || !isWordAt(last, last.length - 1) || !isWordAt(text, 0)) return
    this.#obfuscation++
    const before = wordTail(last)
    const behind = wordHead(text)
    if (before <= 7 && behind <= 7) this.#backhair.add(`${before}_${behind}`)
  }

  #space(text: string): void {
    const last = this.#pieces.length - 1
    if (last >= 0 && !this.#lastIsSpace && !this.#lastIsHidden)
      this.#pieces[last] = (this.#pieces[last] ?? '').replace(/ $/, '')
    this.#push(text, true, false)
  }

  #push(text: string, isSpace: boolean, isHidden: boolean): void {
    this.#pieces.push(text)
    ;[this.#lastIsSpace, this.#lastIsHidden] = [isSpace, isHidden]
  }
}
