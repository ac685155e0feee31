// SPDX-License-Identifier: Apache-2.0
/** Header fields that we write: nothing that a value holds can end the field or begin another. */
import { isAscii } from '../kit/bytes.ts'

/** RFC 5322 §2.1.1: lines should have 78 characters, and must not have more than 998. */
const softLine = 78
const hardLine = 998
/** RFC 2047 §2: a line with encoded words has at most 76 characters. 30 bytes make a word of 52, beside most names. */
const wordBytes = 30

/** A field name as RFC 5322 §2.2 has it; what may not stand in one becomes "-". */
export function cleanName(name: string): string {
  return name.replace(/[^\x21-\x39\x3b-\x7e]/g, '-').slice(0, 76) || 'X-Nameless'
}

/** A value on one line: folds undone, CR, LF, NUL and other control characters gone. */
export function cleanValue(value: string): string {
  return value
    .replace(/\r?\n[ \t]+/g, ' ')
    .replace(/[\x00-\x08\x0a-\x1f\x7f]+/g, ' ')
    .replace(/\t/g, ' ')
    .trim()
}

/** "Name: value" with its line end, folded; text beyond ASCII becomes encoded words (RFC 2047). */
export function printField(name: string, value: string, lineEnd: string): string {
  const clean = cleanValue(value)
  const text = isAscii(clean) ? clean : encodeWords(clean)
  return `${fold(`${cleanName(name)}: ${text}`, lineEnd)}${lineEnd}`
}

/** Breaks a line at spaces. Where there are none the hard limit is kept by breaking anywhere. */
export function fold(line: string, lineEnd: string): string {
  const lines: string[] = []
  let rest = line
  while (rest.length > softLine) {
    // A line must hold more than its own fold, or the next reader would see an empty one.
    const first = lines.length === 0 ? rest.indexOf(':') + 2 : 1
    let cut = rest.lastIndexOf(' ', softLine)
    if (cut <= first) cut = rest.indexOf(' ', Math.max(first + 1, softLine))
    const isHard = cut < 0 || cut > hardLine
    if (isHard && rest.length <= hardLine) break
    const at = isHard ? hardLine - 1 : cut
    lines.push(rest.slice(0, at))
    rest = ` ${rest.slice(isHard ? at : at + 1)}`
  }
  lines.push(rest)
  return lines.filter((part, i) => i === 0 || part.trim() !== '').join(lineEnd)
}

/** Text as encoded words of UTF-8, never cut inside a character. */
export function encodeWords(text: string): string {
  const words: string[] = []
  let bytes = 0
  let piece = ''
  for (const character of text) {
    const size = Buffer.byteLength(character)
    if (bytes + size > wordBytes) {
      words.push(piece)
      piece = ''
      bytes = 0
    }
    piece += character
    bytes += size
  }
  if (piece !== '') words.push(piece)
  return words.map((word) => `=?UTF-8?B?${Buffer.from(word, 'utf8').toString('base64')}?=`).join(' ')
}
