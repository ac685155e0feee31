// SPDX-License-Identifier: Apache-2.0
/** Undoes what makes a word look the same to a person and different to a program. */
import { unitsOf } from './units.ts'

/** Not seen by a reader: soft hyphen, combining grapheme joiner, zero-width and bidi marks, variation selectors. */
const invisible =
  /[\u00ad\u061c\u115f\u1160\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0]|\p{Variation_Selector}|\u034f|\u17b4|\u17b5/gu
const styled = /[\u{1d400}-\u{1d7ff}\uff21-\uff5a]/u
const cyrillicOrGreek = /[\u0370-\u03ff\u0400-\u04ff]/

/** Cyrillic and Greek letters that are drawn like a Latin one. */
const lookAlikes: Readonly<Record<string, string>> = {
  а: 'a',
  в: 'b',
  с: 'c',
  ԁ: 'd',
  е: 'e',
  һ: 'h',
  і: 'i',
  ї: 'i',
  ј: 'j',
  к: 'k',
  ӏ: 'l',
  м: 'm',
  н: 'h',
  о: 'o',
  р: 'p',
  ԛ: 'q',
  ѕ: 's',
  т: 't',
  у: 'y',
  ѵ: 'v',
  ԝ: 'w',
  х: 'x',
  А: 'A',
  В: 'B',
  С: 'C',
  Е: 'E',
  Н: 'H',
  І: 'I',
  Ј: 'J',
  К: 'K',
  М: 'M',
  О: 'O',
  Р: 'P',
  Ѕ: 'S',
  Т: 'T',
  У: 'Y',
  Х: 'X',
  α: 'a',
  β: 'b',
  γ: 'y',
  ε: 'e',
  η: 'n',
  ι: 'i',
  κ: 'k',
  ν: 'v',
  ο: 'o',
  ρ: 'p',
  τ: 't',
  υ: 'u',
  χ: 'x',
  Α: 'A',
  Β: 'B',
  Ε: 'E',
  Ζ: 'Z',
  Η: 'H',
  Ι: 'I',
  Κ: 'K',
  Μ: 'M',
  Ν: 'N',
  Ο: 'O',
  Ρ: 'P',
  Τ: 'T',
  Υ: 'Y',
  Χ: 'X',
}

export interface Unhidden {
  readonly text: string
  /** Tricks that were undone, by name; they are evidence themselves. */
  readonly tricks: readonly string[]
}

/**
 * NFKC, without invisible characters, and with look-alike letters put back into words that mix them with Latin ones.
 * Words wholly in Cyrillic or Greek stay as they are.
 */
export function unhide(text: string): Unhidden {
  // As long in UTF-8 as in code units: all ASCII, as most texts are.
  if (Buffer.byteLength(text) === text.length) return { text, tricks: [] }
  const tricks: string[] = []
  const { hides, styles, changes } = survey(text)
  const seen = hides ? text.replace(invisible, '') : text
  if (seen.length < text.length - 4) tricks.push('invisible')
  let plain = changes ? seen.normalize('NFKC') : seen
  if (styles && styled.test(seen)) tricks.push('styled-letters')
  if (cyrillicOrGreek.test(plain)) {
    const before = plain
    plain = plain.replace(/[\p{L}\p{M}\d]{2,60}/gu, latinise)
    if (before !== plain) tricks.push('look-alikes')
  }
  return { text: plain, tricks }
}

/**
 * 1 for code units that NFKC leaves alone, among others of their kind: letters of Latin, Cyrillic and CJK, kana,
 * punctuation, most pictographs. A no-break space is none, but tells a reader of words as much as the space it becomes.
 */
const settled = new Uint8Array(1 << 16)
for (const [from, to] of [
  [0x4e00, 0x9fff],
  [0xac00, 0xd7a3],
  [0xd83d, 0xd83e],
  // Without the last: beside U+1F000 and its like there are digits (U+1FBF0) that become ASCII.
  [0xdc00, 0xdfef],
] as const) {
  settled.fill(1, from, to + 1)
}
for (const [from, to] of [
  [0x00, 0x131],
  [0x134, 0x17e],
  [0x410, 0x44f],
  [0x2013, 0x2022],
  [0x3041, 0x3094],
  [0x30a1, 0x30fa],
] as const) {
  for (let c = from; c <= to; c++) settled[c] = isSettled(c) ? 1 : 0
}
settled[0xa0] = 1

function isSettled(c: number): boolean {
  return String.fromCharCode(c).normalize('NFKC') === String.fromCharCode(c)
}

interface Survey {
  readonly hides: boolean
  readonly styles: boolean
  readonly changes: boolean
}

/** Whether a text may hold something for the patterns above or for NFKC, told from its code units: both are dear. */
function survey(text: string): Survey {
  const units = unitsOf(text)
  let hides = false
  let styles = false
  let changes = false
  for (let i = 0; i < text.length; i++) {
    const c = units[i] as number
    if (c < 0x80) continue
    if (settled[c] === 0) changes = true
    if (c < 0xad) continue
    if (c < 0x2000) hides ||= c === 0xad || c === 0x34f || c === 0x61c || (c >= 0x1100 && c < 0x1900)
    else if (c < 0x2070) hides ||= (c >= 0x200b && c < 0x2010) || (c >= 0x202a && c < 0x202f) || c >= 0x2060
    else if (c >= 0xfe00) {
      hides ||= c < 0xfe10 || c === 0xfeff || c === 0xffa0
      styles ||= c >= 0xff21 && c <= 0xff5a
    } else {
      // The high surrogates of U+E0100 to U+E01EF (variation selectors) and of U+1D400 to U+1D7FF.
      hides ||= c === 0x3164 || c === 0xdb40
      styles ||= c === 0xd835
    }
  }
  return { hides, styles, changes }
}

function latinise(word: string): string {
  if (!cyrillicOrGreek.test(word) || !/[a-zA-Z]/.test(word)) return word
  let out = ''
  for (const letter of word) out += lookAlikes[letter] ?? letter
  return out
}
