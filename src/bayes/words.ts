// SPDX-License-Identifier: Apache-2.0
/** Running text → words, neighbours and, where words have no spaces between them, short runs of characters. */
import { type FeatureSink, type Field, field, finish, hashText, step } from './features.ts'

/** Longer runs of letters are not words but encodings and random strings. */
const maxWord = 40

const other = 0
const letter = 1
const digit = 2
const upper = 3
const ideograph = 4

const ascii = new Uint8Array(128)
for (let c = 48; c <= 57; c++) ascii[c] = digit
for (let c = 65; c <= 90; c++) ascii[c] = upper
for (let c = 97; c <= 122; c++) ascii[c] = letter
/** Letters and digits of ASCII in small letters; 0 for the rest. */
const folded = ascii.map((kind, c) => (kind === other ? 0 : kind === upper ? c + 32 : c))

/** Kind of one UTF-16 code unit. Coarse ranges are enough: a wrong guess costs a feature, not a message. */
function kindOf(c: number): number {
  if (c < 128) return ascii[c] ?? other
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
  const end = text.length
  let words = 0
  let before = 0
  let beforeText = ''
  let i = 0
  while (i < end && !sink.full) {
    const c = text.charCodeAt(i)
    const kind = kindOf(c)
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
    i = scanWord(text, start, base)
    let hash = scanned.hash
    const length = i - start
    words++
    if (length > maxWord) {
      sink.addText(field.structure, 'long-word:', String(Math.min(12, length >> 5)))
      before = 0
      continue
    }
    if (scanned.digits === length) hash = number(text, start, length, base)
    const whole = finish(hash)
    const shown = sink.explaining ? fields.tag + text.slice(start, i).toLowerCase() : ''
    if (length > 1) {
      sink.add(fields.word, hash)
      if (sink.explaining) sink.name(fields.word, hash, shown)
      mark(sink, text, i, hash, fields, shown, scanned.capitals === length && length > 2)
    }
    if (before !== 0) {
      const pair = Math.imul(before, 0x9e3779b1) ^ whole
      sink.add(fields.pair, pair)
      if (sink.explaining) sink.name(fields.pair, pair, `${beforeText} ${shown}`)
    }
    before = whole
    beforeText = shown
  }
  return words
}

/** What scanWord found beside the end; one object for all words, as this is the innermost loop. */
const scanned = { hash: 0, capitals: 0, digits: 0 }

/** Hashes one word in small letters; returns where it ends. An apostrophe between letters belongs to it. */
function scanWord(text: string, start: number, base: number): number {
  let hash = base
  let capitals = 0
  let digits = 0
  let i = start
  for (; i < text.length; i++) {
    let code = text.charCodeAt(i)
    if (code < 128 && folded[code] !== 0) {
      const small = folded[code] as number
      if (small !== code) capitals++
      else if (code < 58) digits++
      hash = step(hash, small)
      continue
    }
    const kind = kindOf(code)
    if (kind === other || kind === ideograph) {
      if (code !== 39 && code !== 0x2019) break
      const next = i + 1 < text.length ? kindOf(text.charCodeAt(i + 1)) : other
      if (next !== letter && next !== upper) break
      code = 39
    } else {
      const small = lower(text, i)
      if (small !== code) capitals++
      code = small
    }
    hash = step(hash, code)
  }
  scanned.hash = hash
  scanned.capitals = capitals
  scanned.digits = digits
  return i
}

function lower(text: string, at: number): number {
  return text.charAt(at).toLowerCase().charCodeAt(0)
}

/** Short numbers count as they are; long ones by their length only. */
function number(text: string, start: number, length: number, base: number): number {
  const money = start > 0 && '$€£¥'.includes(text.charAt(start - 1))
  if (!money && length <= 4) return hashText(base, text.slice(start, start + length))
  return hashText(base, `${money ? '$' : '#'}${length}`)
}

/** The same word shouted, or with an exclamation or per cent mark behind it. */
function mark(
  sink: FeatureSink,
  text: string,
  end: number,
  hash: number,
  fields: WordFields,
  shown: string,
  shouted: boolean,
): void {
  const next = text.charCodeAt(end)
  if (next === 33 || next === 37) {
    const marked = step(hash, next)
    sink.add(fields.word, marked)
    if (sink.explaining) sink.name(fields.word, marked, `${shown}${String.fromCharCode(next)}`)
  }
  if (shouted) {
    const loud = step(hash, 94)
    sink.add(fields.word, loud)
    if (sink.explaining) sink.name(fields.word, loud, shown.toUpperCase())
  }
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
  if (sink.explaining) sink.name(field.script, hash, tag + text.slice(from, to))
}
