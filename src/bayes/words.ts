// SPDX-License-Identifier: Apache-2.0
/** Running text → words, neighbours and, where words have no spaces between them, short runs of characters. */
import { type FeatureSink, type Field, field, finish, hashText, step } from './features.ts'
import { unitsOf } from './units.ts'

/** Longer runs of letters are not words but encodings and random strings. */
const maxWord = 40

/** One bit each, so that what all units of a word are is told by "and". */
const other = 0
const letter = 1
const digit = 2
const upper = 4
const ideograph = 8
const anything = 15

/** Kinds of the units of ASCII; those beyond it are no part of it. */
const ascii = new Uint8Array(1 << 16)
ascii.fill(digit, 48, 58)
ascii.fill(upper, 65, 91)
ascii.fill(letter, 97, 123)
/** From `upper` to what makes a capital of ASCII small. */
const toSmall = 3

/** Kind of one UTF-16 code unit. Coarse ranges are enough: a wrong guess costs a feature, not a message. */
function kindOf(c: number): number {
  if (c < 128) return ascii[c] as number
  if (c < 0xc0) return c === 0xaa || c === 0xb5 || c === 0xba ? letter : other
  if (c < 0x0e00) return c === 0xd7 || c === 0xf7 || (c >= 0x2b0 && c < 0x370) ? other : letter
  if (c < 0x1100) return c < 0x0f00 ? ideograph : letter
  if (c < 0x2000) return letter
  if (c < 0x3040) return c >= 0x2c00 && c < 0x2e00 ? letter : other
  if (c < 0xa000) return ideograph
  if (c < 0xac00) return letter
  if (c < 0xd7b0) return ideograph
  if (c >= 0xf900 && c < 0xfb00) return ideograph
  if (c >= 0xd800 && c < 0xe000) return ideograph
  return c >= 0xfe30 ? other : letter
}

export interface WordFields {
  readonly word: Field
  readonly pair: Field
  /** Told apart from the same word elsewhere. */
  readonly tag: string
}

/** Adds the words of one text; stops where the sink is full. Returns how many words were seen. */
export function addWords(sink: FeatureSink, text: string, fields: WordFields): number {
  const base = hashText(sink.seed, fields.tag)
  const units = unitsOf(text)
  const end = text.length
  let words = 0
  let before = 0
  let beforeStart = 0
  let i = 0
  while (i < end && !sink.full) {
    const kind = kindOf(units[i] as number)
    if (kind === other) {
      i++
      continue
    }
    if (kind === ideograph) {
      i = addRun(sink, text, i, base, fields.tag)
      before = 0
      continue
    }
    const start = i
    let hash = base
    let common = anything
    // Most words are of ASCII alone, so that is read here; what else a word may be made of is left to scanRest.
    for (; i < end; i++) {
      const code = units[i] as number
      const kind = ascii[code] as number
      if (kind === other) break
      common &= kind
      hash = step(hash, code | ((kind & upper) << toSmall))
    }
    if (i < end && ((units[i] as number) > 127 || units[i] === apostrophe)) {
      i = scanRest(units, i, end, hash)
      hash = rest[0] as number
      common &= rest[1] as number
    }
    const length = i - start
    words++
    if (length > maxWord) {
      sink.addText(field.structure, 'long-word:', String(Math.min(12, length >> 5)))
      before = 0
      continue
    }
    if (common === digit) hash = number(text, start, length, base)
    const whole = finish(hash)
    if (length > 1) {
      sink.addFinished(fields.word, whole)
      const next = i < end ? (units[i] as number) : 0
      if (next === 33 || next === 37) sink.add(fields.word, step(hash, next))
      if (common === upper && length > 2) sink.add(fields.word, step(hash, loud))
    }
    if (before !== 0) sink.add(fields.pair, pairOf(before, whole))
    if (sink.explaining) nameWord(sink, fields, text, { start, end: i, hash, before, beforeStart })
    before = whole
    beforeStart = start
  }
  return words
}

/** Stands for "in capitals" behind a word, as ! and % stand for themselves. */
const loud = 94
const apostrophe = 39

function pairOf(before: number, whole: number): number {
  return Math.imul(before, 0x9e3779b1) ^ whole
}

/** What scanRest found beside the end: hash, kinds that all units share. One array for all words, as they are many. */
const rest = new Int32Array(2)

/** Goes on with a word of any letters; returns where it ends. An apostrophe between letters belongs to it. */
function scanRest(units: Uint16Array, from: number, end: number, running: number): number {
  let hash = running
  let common = anything
  let i = from
  for (; i < end; i++) {
    let code = units[i] as number
    const kind = kindOf(code)
    if (kind === other || kind === ideograph) {
      if (code !== apostrophe && code !== 0x2019) break
      const next = i + 1 < end ? kindOf(units[i + 1] as number) : other
      if (next !== letter && next !== upper) break
      code = apostrophe
      common = other
    } else {
      const small = code < 128 ? code | ((kind & upper) << toSmall) : lower(code)
      common &= small !== code ? upper : kind
      code = small
    }
    hash = step(hash, code)
  }
  rest[0] = hash
  rest[1] = common
  return i
}

function lower(code: number): number {
  return String.fromCharCode(code).toLowerCase().charCodeAt(0)
}

interface Named {
  readonly start: number
  readonly end: number
  readonly hash: number
  /** The whole hash of the word before; 0: none. */
  readonly before: number
  readonly beforeStart: number
}

/** For an explanation: what a word's features were. */
function nameWord(sink: FeatureSink, { word, pair, tag }: WordFields, text: string, at: Named): void {
  const { start, end, hash, before } = at
  const shown = () => tag + text.slice(start, end).toLowerCase()
  sink.name(word, hash, shown)
  for (const mark of ['!', '%']) sink.name(word, step(hash, mark.charCodeAt(0)), () => shown() + mark)
  sink.name(word, step(hash, loud), () => shown().toUpperCase())
  if (before === 0) return
  sink.name(pair, pairOf(before, finish(hash)), () => {
    // From the one word to the other there is nothing but what separates words.
    const first = text
      .slice(at.beforeStart, Math.min(start, at.beforeStart + maxWord))
      .replace(/[^\p{L}\p{M}\p{N}]+$/u, '')
    return `${tag}${first.toLowerCase()} ${shown()}`
  })
}

/** Short numbers count as they are; long ones by their length only. */
function number(text: string, start: number, length: number, base: number): number {
  const money = start > 0 && '$€£¥'.includes(text.charAt(start - 1))
  if (!money && length <= 4) return hashText(base, text.slice(start, start + length))
  return hashText(base, `${money ? '$' : '#'}${length}`)
}

/** Pairs and triples of characters of a run without spaces (Chinese, Japanese, Korean, Thai). */
function addRun(sink: FeatureSink, text: string, from: number, base: number, tag: string): number {
  let i = from
  let one = 0
  let two = 0
  for (; i < text.length; i++) {
    const c = text.charCodeAt(i)
    if (kindOf(c) !== ideograph) break
    if (one !== 0) addGram(sink, step(step(base, one), c), text, i - 1, i + 1, tag)
    if (two !== 0) addGram(sink, step(step(step(base, two), one), c), text, i - 2, i + 1, tag)
    two = one
    one = c
  }
  if (i - from === 1) addGram(sink, step(base, one), text, from, i, tag)
  return i
}

function addGram(sink: FeatureSink, hash: number, text: string, from: number, to: number, tag: string): void {
  sink.add(field.script, hash)
  if (sink.explaining) sink.name(field.script, hash, () => tag + text.slice(from, to))
}
