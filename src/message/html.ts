// SPDX-License-Identifier: Apache-2.0
/**
 * What a person would see and click in an HTML mail: one pass over the text, no tree is built.
 * It follows what mail programs show, not the HTML standard: text that styles hide is kept apart from visible text.
 */
import { decodeEntities } from './entities.ts'
import { Hiding } from './hiding.ts'
import { limits } from './limits.ts'
import { type AttributeName, type Attributes, type Markup, markElements, noAttributes, type Tag } from './tags.ts'

/** An address in the text, with what the reader is shown for it. */
export interface HtmlLink {
  readonly kind: 'a' | 'img' | 'form' | 'other'
  /** As written, entities decoded. */
  readonly href: string
  /** Visible text of the element; alternative text of an image. */
  readonly shown: string
}

export interface HtmlReading {
  /** Visible text; blocks end with a line end, paragraphs with two. */
  readonly text: string
  /** Text that styles hide: no size, no display, no colour against its ground. */
  readonly hidden: string
  readonly title: string
  readonly links: readonly HtmlLink[]
  /** Elements by lower-case name. */
  readonly tags: ReadonlyMap<string, number>
  /** Sum of width × height that images declare, in pixels. */
  readonly imageArea: number
  /** Elements still open at the end that should have been closed. */
  readonly unclosed: number
  readonly comments: number
}

const [isSkipped, isParagraph, isLine, isCell, isEmpty, isLax, isSource] = [1, 2, 4, 8, 16, 32, 64]
const marks = markElements([
  [isSkipped, 'script style noscript template object svg select'],
  [isParagraph, 'p h1 h2 h3 h4 h5 h6 ul ol dl table blockquote pre hr'],
  [isLine, 'div br tr li dt dd section article header footer center form'],
  [isCell, 'td th option button label'],
  [isEmpty, 'area base br col embed hr img input link meta param source track wbr'],
  // HTML lets authors leave out their end tags.
  [isLax, 'p li dt dd tr td th thead tbody tfoot option html body head colgroup'],
  [isSource, 'iframe frame embed source video audio link base input body td'],
])
const referring = new Map<string, AttributeName>([
  ['a', 'href'],
  ['area', 'href'],
  ['img', 'src'],
  ['form', 'action'],
])

/** Reads HTML text. Ceilings: visible text, links, depth. Never throws. */
export function readHtml(markup: Markup): HtmlReading {
  return new HtmlReader(markup).read()
}

interface OpenElement {
  readonly name: string
  readonly marks: number
  /** Reading goes back to this when the element ends. */
  readonly hiddenBefore: number
}

class HtmlReader {
  readonly #markup: Markup
  readonly #html: string
  readonly #hiding = new Hiding()
  readonly #open: OpenElement[] = []
  readonly #links: HtmlLink[] = []
  readonly #tags = new Map<string, number>()
  /** Pieces, joined once at the end: a growing string that is asked about its end is copied each time. */
  readonly #text: string[] = []
  #textLength = 0
  /** Line ends at the end of the text so far. */
  #lineEnds = 2
  #hidden = ''
  #title = ''
  /** Reasons for which text is not seen at present; 0 when it is. */
  #isHidden = 0
  #imageArea = 0
  #comments = 0
  #anchor: { href: string; shown: string } | null = null
  /** Elements known not to be closed any more: they are not looked for twice. */
  readonly #neverClosed = new Set<string>()

  constructor(markup: Markup) {
    this.#markup = markup
    this.#html = markup.html
  }

  read(): HtmlReading {
    const html = this.#html
    let at = 0
    while (at < html.length && this.#textLength < limits.visibleChars) {
      const open = html.indexOf('<', at)
      if (open < 0) break
      if (open > at) this.#addText(html.slice(at, open))
      at = this.#element(open)
    }
    if (at < html.length && html.indexOf('<', at) < 0) this.#addText(html.slice(at))
    this.#endAnchor()
    return {
      text: this.#text.join(''),
      hidden: this.#hidden,
      title: this.#title,
      links: this.#links,
      tags: this.#tags,
      imageArea: this.#imageArea,
      unclosed: this.#open.filter((element) => (element.marks & isLax) === 0).length,
      comments: this.#comments,
    }
  }

  /** Reads what begins with the "<" at `open`; returns the offset behind it. */
  #element(open: number): number {
    const html = this.#html
    if (html.startsWith('<!--', open)) {
      this.#comments++
      const end = html.indexOf('-->', open + 4)
      return end < 0 ? html.length : end + 3
    }
    const next = html.charCodeAt(open + 1)
    if (next === 0x21 || next === 0x3f) return after(html, '>', open)
    const tag = this.#markup.tagAt(open)
    if (tag === null) {
      this.#addText('<')
      return open + 1
    }
    const bits = marks[tag.element] as number
    if (tag.closing) this.#close(tag.name, bits)
    else {
      this.#tags.set(tag.name, (this.#tags.get(tag.name) ?? 0) + 1)
      if ((bits & isSkipped) !== 0 || tag.name === 'title') return this.#skip(tag)
      this.#start(tag, bits)
    }
    return tag.end
  }

  /** Passes over an element whose content is not shown in the text. */
  #skip(tag: Tag): number {
    if (tag.selfClosing) return tag.end
    const html = this.#html
    const close = this.#neverClosed.has(tag.name) ? html.length : indexOfClose(html, tag.name, tag.end)
    if (close >= html.length) this.#neverClosed.add(tag.name)
    if (tag.name === 'title')
      this.#title = collapse(decodeEntities(html.slice(tag.end, Math.min(close, tag.end + 1000))))
    if (close >= html.length) return tag.name === 'style' || tag.name === 'script' ? html.length : tag.end
    return after(html, '>', close)
  }

  #start(tag: Tag, bits: number): void {
    this.#layout(tag.name, bits)
    this.#refer(tag.name, tag.attributes, bits)
    if ((bits & isEmpty) !== 0 || tag.selfClosing) return
    if (this.#open.length < limits.htmlDepth) {
      this.#open.push({ name: tag.name, marks: bits, hiddenBefore: this.#isHidden })
      if (tag.attributes !== noAttributes) this.#isHidden = this.#hiding.within(this.#isHidden, tag.attributes)
    }
  }

  #close(name: string, bits: number): void {
    if (name === 'a') this.#endAnchor()
    for (let i = this.#open.length - 1; i >= 0; i--) {
      const element = this.#open[i]
      if (element === undefined || element.name !== name) continue
      this.#isHidden = element.hiddenBefore
      this.#open.length = i
      break
    }
    this.#layout(name, bits)
  }

  /** The white space that an element puts around its text. */
  #layout(name: string, bits: number): void {
    if ((bits & isParagraph) !== 0) this.#breakTo(2)
    else if ((bits & isLine) !== 0) this.#breakTo(name === 'br' ? Math.min(2, this.#lineEnds + 1) : 1)
    else if ((bits & isCell) !== 0) this.#text.push(' ')
  }

  #breakTo(count: number): void {
    if (this.#lineEnds >= count) return
    this.#text.push('\n\n'.slice(0, count - this.#lineEnds))
    this.#lineEnds = count
  }

  #refer(name: string, attributes: Attributes, bits: number): void {
    const source = referring.get(name)
    if (source !== undefined) {
      const href = attributes.get(source)
      if (name === 'a') {
        this.#endAnchor()
        if (href !== undefined) this.#anchor = { href: cleanHref(href), shown: '' }
      } else if (href !== undefined) {
        this.#addLink(name === 'img' ? 'img' : name === 'form' ? 'form' : 'other', href, attributes.get('alt') ?? '')
      }
    } else if ((bits & isSource) !== 0) {
      const href = attributes.get('src') ?? attributes.get('href') ?? attributes.get('background')
      if (href !== undefined) this.#addLink('other', href, '')
    } else if (name === 'meta' && attributes.get('http-equiv')?.toLowerCase() === 'refresh') {
      const target = /url\s*=\s*["']?([^"']{1,2000})/i.exec(attributes.get('content') ?? '')?.[1]
      if (target !== undefined) this.#addLink('other', target, '')
    }
    if (name === 'img') this.#image(attributes)
  }

  #image(attributes: Attributes): void {
    this.#imageArea += pixels(attributes.get('width')) * pixels(attributes.get('height'))
    const alt = attributes.get('alt')
    if (alt !== undefined && this.#anchor !== null && this.#anchor.shown.length < 500) this.#anchor.shown += ` ${alt} `
  }

  #addText(raw: string): void {
    const text = decodeEntities(raw)
    if (this.#isHidden !== 0) {
      if (this.#hidden.length < limits.visibleChars) this.#hidden += text
      return
    }
    this.#text.push(text)
    this.#textLength += text.length
    if (/\S/.test(text)) this.#lineEnds = 0
    if (this.#anchor !== null && this.#anchor.shown.length < 500) this.#anchor.shown += text
  }

  #endAnchor(): void {
    if (this.#anchor === null) return
    this.#addLink('a', this.#anchor.href, this.#anchor.shown)
    this.#anchor = null
  }

  #addLink(kind: HtmlLink['kind'], href: string, shown: string): void {
    if (this.#links.length >= limits.links) return
    this.#links.push({ kind, href: cleanHref(href), shown: collapse(shown).slice(0, 500) })
  }
}

function after(html: string, end: string, from: number): number {
  const at = html.indexOf(end, from)
  return at < 0 ? html.length : at + end.length
}

/** Offset of "</name", or the length of the text. Looks at "</" only, so each byte is seen once. */
function indexOfClose(html: string, name: string, from: number): number {
  for (let at = html.indexOf('</', from); at >= 0; at = html.indexOf('</', at + 2)) {
    if (html.slice(at + 2, at + 2 + name.length).toLowerCase() === name) return at
  }
  return html.length
}

/** Browsers drop line ends and tabs inside addresses, and white space around them. */
function cleanHref(href: string): string {
  return href
    .replace(/[\r\n\t]+/g, '')
    .trim()
    .slice(0, limits.linkChars)
}

export function collapse(text: string): string {
  return text.replace(/\s+/g, ' ').trim()
}

function pixels(value: string | undefined): number {
  const size = value === undefined ? 0 : Number.parseInt(value, 10)
  return size > 0 && size < 10_000 ? size : 0
}
