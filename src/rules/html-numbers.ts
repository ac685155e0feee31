// SPDX-License-Identifier: Apache-2.0
/** What html_range, html_eval and html_test ask for, under SpamAssassin's names. */
import type { Styles } from './html-styles.ts'

export type HtmlNumbers = ReadonlyMap<string, number>

/** What was counted on the way through a part. */
export class HtmlCounts {
  tags = 0
  /** Tags whose name had not been met before. */
  tagsSeen = 0
  elements = 0
  elementsSeen = 0
  closedExtra = 0
  /** Tags in the middle of a word. */
  obfuscation = 0
  readonly backhair = new Set<string>()
  /** Pixels. */
  imageArea = 0
  readonly flags = new Map<string, number>()
}

/** sourceLength: characters. */
export function numbersOf(counts: HtmlCounts, styles: Styles, sourceLength: number, output: string): HtmlNumbers {
  const length = characters(output)
  const numbers = new Map<string, number>([
    ['html', 1],
    ['length', sourceLength],
    ['html_length', length],
    ['non_space_len', length - blanks(output)],
    ['image_area', counts.imageArea],
    ['min_size', styles.smallest],
    ['max_size', styles.largest],
    ['ratio', sourceLength === 0 ? 0 : (sourceLength - length) / sourceLength],
    ...counts.flags,
  ])
  if (counts.tags > 0) {
    numbers.set('closed_extra_ratio', counts.closedExtra / counts.tags)
    if (counts.elements > 0) numbers.set('bad_tag_ratio', (counts.tags - counts.elements) / counts.tags)
    if (counts.obfuscation > 0) numbers.set('obfuscation_ratio', counts.obfuscation / counts.tags)
  }
  if (counts.elementsSeen > 0)
    numbers.set('non_element_ratio', (counts.tagsSeen - counts.elementsSeen) / counts.tagsSeen)
  if (counts.backhair.size > 0) numbers.set('backhair_count', counts.backhair.size)
  if (styles.hasLowContrast) numbers.set('font_low_contrast', 1)
  if (styles.hasInvalidColour) numbers.set('font_invalid_color', 1)
  return numbers
}

/** Code units of white space. */
function blanks(text: string): number {
  let count = 0
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i)
    if (c <= 0x20 ? c === 0x20 || (c >= 0x09 && c <= 0x0d) : c >= 0xa0 && blank.test(text.charAt(i))) count++
  }
  return count
}

const blank = /\s/

/** Code points: code units but for the second halves of pairs. */
export function characters(text: string): number {
  if (!/[\ud800-\udbff]/.test(text)) return text.length
  return text.length - (text.match(/[\ud800-\udbff][\udc00-\udfff]/g)?.length ?? 0)
}

/** Line ends of two characters. */
export function lineEnds(codes: Uint16Array): number {
  let count = 0
  for (let i = 1; i < codes.length; i++) if (codes[i] === 0x0a && codes[i - 1] === 0x0d) count++
  return count
}
