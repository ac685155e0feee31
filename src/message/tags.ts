// SPDX-License-Identifier: Apache-2.0
/**
 * HTML tags with their attributes, read as browsers read them. What nobody asks for is not cut out of the text; a tag
 * that two readers of one text come upon is read once.
 */
import { isLetter } from '../kit/bytes.ts'
import { decodeEntities } from './entities.ts'
import { NameTable, nameSeed, nameStep } from './names.ts'

/** Elements that somebody tells from others; what each reader does with them is kept in tables by number. */
export const elements = new NameTable(
  (
    'a abbr acronym address area b base bdo big blockquote body br button caption cite code col colgroup dd del dfn ' +
    'div dl dt em fieldset form h1 h2 h3 h4 h5 h6 head hr html i img input ins kbd label legend li link map meta ' +
    'noscript object ol optgroup option p param pre q samp script select small span strong style sub sup table tbody ' +
    'td textarea tfoot th thead title tr tt ul var applet basefont center dir font frame frameset iframe isindex menu ' +
    'noframes s strike u nobr x-sigsep x-tab bgsound embed listing plaintext xmp template svg section article header ' +
    'footer track source wbr video audio o:p main nav figure marquee'
  ).split(' '),
)

/** Bits for elements by their number, from lists of names; what has no number has no bits. */
export function markElements(groups: readonly (readonly [bit: number, names: string])[]): Uint16Array {
  const marks = new Uint16Array(elements.names.length + 1)
  for (const [bit, names] of groups)
    for (const name of names.split(' ')) {
      const number = elements.numberOf(name)
      if (number < 0) throw new Error(`element without a number: ${name}`)
      marks[number + 1] = (marks[number + 1] as number) | bit
    }
  return marks
}

/** Attributes that somebody asks for. */
export type AttributeName = (typeof attributeNames)[number]
const attributeNames = [
  'href', 'src', 'style', 'alt', 'width', 'height', 'color', 'bgcolor', 'background', 'action', 'size', 'face',
  'text', 'content', 'http-equiv', 'hidden', 'data-saferedirecturl',
] as const // biome-ignore format: a table
const attributeTable = new NameTable(attributeNames)

interface Written {
  readonly name: AttributeName
  readonly start: number
  readonly end: number
}

/** The attributes of one tag, the first of a name wins. */
export class Attributes {
  readonly #html: string
  readonly #written: readonly Written[]

  constructor(html: string, written: readonly Written[]) {
    this.#html = html
    this.#written = written
  }

  has(name: AttributeName): boolean {
    return this.raw(name) !== undefined
  }

  /** The value with its references decoded. */
  get(name: AttributeName): string | undefined {
    const raw = this.raw(name)
    return raw === undefined ? undefined : decodeEntities(raw)
  }

  /** The value as written. */
  raw(name: AttributeName): string | undefined {
    for (const one of this.#written) if (one.name === name) return this.#html.slice(one.start, one.end)
    return undefined
  }
}

export interface Tag {
  /** Lower case. */
  readonly name: string
  /** One more than its number in `elements`; 0 for one that is not there. */
  readonly element: number
  readonly closing: boolean
  readonly selfClosing: boolean
  readonly attributes: Attributes
  /** Offset behind the ">". */
  readonly end: number
  /** A reference, or another "<", stands outside of quotes: who rewrites the text first may see another tag. */
  readonly isOdd: boolean
}

const [slash, greater, equals, ampersand, less] = [0x2f, 0x3e, 0x3d, 0x26, 0x3c]
export const noAttributes = new Attributes('', [])
/** Tags of one text that are remembered. */
const maxRemembered = 20_000

/** A text and the tags that were read in it. Readers go from its beginning to its end, one behind the other. */
export class Markup {
  readonly html: string
  /** Its code units: V8 reads a typed array twice as fast as a string. */
  readonly codes: Uint16Array
  readonly #opens: number[] = []
  readonly #tags: Tag[] = []
  #next = 0

  constructor(html: string) {
    this.html = html
    const bytes = Buffer.from(html, 'utf16le')
    this.codes = new Uint16Array(bytes.buffer, bytes.byteOffset, html.length)
  }

  /** The tag whose "<" is at `open`; null when no letter follows, so that it is text. */
  tagAt(open: number): Tag | null {
    const opens = this.#opens
    if (this.#next > 0 && (opens[this.#next - 1] as number) >= open) this.#next = 0
    while (this.#next < opens.length && (opens[this.#next] as number) < open) this.#next++
    if (this.#next < opens.length && opens[this.#next] === open) return this.#tags[this.#next++] ?? null
    const tag = readTag(this, open)
    if (tag !== null && this.#next === opens.length && opens.length < maxRemembered) {
      opens.push(open)
      this.#tags.push(tag)
      this.#next++
    }
    return tag
  }
}

function readTag({ html, codes }: Markup, open: number): Tag | null {
  const size = codes.length
  const closing = open + 1 < size && codes[open + 1] === slash
  const start = open + (closing ? 2 : 1)
  if (start >= size || !isLetter(codes[start] as number)) return null
  let at = start
  let hash = nameSeed
  for (; at < size && !endsName(codes[at] as number); at++) hash = nameStep(hash, codes[at] as number)
  const element = elements.find(codes, start, at, hash) + 1
  const name =
    element > 0 ? (elements.names[element - 1] as string) : html.slice(start, Math.min(at, start + 40)).toLowerCase()
  const isOdd = element === 0 && hasOdd(codes, start, at)
  if (at < size && codes[at] === greater)
    return { name, element, closing, selfClosing: false, attributes: noAttributes, end: at + 1, isOdd }
  return readAttributes(html, codes, at, { name, element, closing, isOdd })
}

function readAttributes(
  html: string,
  codes: Uint16Array,
  from: number,
  { name, element, closing, isOdd: isOddName }: Pick<Tag, 'name' | 'element' | 'closing' | 'isOdd'>,
): Tag {
  const size = codes.length
  let written: Written[] | null = null
  let at = from
  let selfClosing = false
  let isOdd = isOddName
  while (at < size) {
    const code = codes[at] as number
    if (code === greater) break
    if (code <= 0x20 || code === slash) {
      selfClosing = code === slash && at + 1 < size && codes[at + 1] === greater
      at++
      continue
    }
    const start = at
    let hash = nameSeed
    for (; at < size && !endsKey(codes[at] as number); at++) hash = nameStep(hash, codes[at] as number)
    const key = attributeTable.find(codes, start, at, hash)
    if (key < 0 && !isOdd) isOdd = hasOdd(codes, start, at)
    const sign = skipBlank(codes, at)
    let valueStart = at
    let valueEnd = at
    if (sign < size && codes[sign] === equals) {
      valueStart = skipBlank(codes, sign + 1)
      const close = closingQuote(html, valueStart, codes)
      if (close >= 0) {
        valueStart++
        valueEnd = close
        at = close + 1
      } else {
        valueEnd = endOfBare(codes, valueStart)
        at = valueEnd
        if (!isOdd) isOdd = hasOdd(codes, valueStart, at)
      }
    }
    if (key < 0) continue
    written ??= []
    const known = attributeNames[key] as AttributeName
    if (!written.some((one) => one.name === known)) written.push({ name: known, start: valueStart, end: valueEnd })
  }
  const attributes = written === null ? noAttributes : new Attributes(html, written)
  return { name, element, closing, selfClosing, attributes, end: Math.min(size, at + 1), isOdd }
}

/** Offset of the quote that closes the one at `start`; -1 where none is open, or it would swallow the mail. */
function closingQuote(html: string, start: number, codes: Uint16Array): number {
  const first = start < codes.length ? codes[start] : 0
  if (first === 0x22) return html.indexOf('"', start + 1)
  return first === 0x27 ? html.indexOf("'", start + 1) : -1
}

function endOfBare(codes: Uint16Array, start: number): number {
  let at = start
  while (at < codes.length && (codes[at] as number) > 0x20 && codes[at] !== greater) at++
  return at
}

function hasOdd(codes: Uint16Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if (codes[at] === ampersand || codes[at] === less) return true
  return false
}

function skipBlank(codes: Uint16Array, start: number): number {
  let at = start
  while (at < codes.length && (codes[at] as number) <= 0x20) at++
  return at
}

function endsKey(code: number): boolean {
  return code <= 0x20 || code === equals || code === greater || code === slash
}

function endsName(code: number): boolean {
  return code <= 0x20 || code === greater || code === slash || code === less
}
