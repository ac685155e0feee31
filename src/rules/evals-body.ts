// SPDX-License-Identifier: Apache-2.0
/** eval tests of the text. */
import { isAlphanumeric } from '../kit/bytes.ts'
import { type EvalTests, isFromTo, yes } from './evals-kit.ts'
import { cutChunks } from './paragraphs.ts'
import type { RenderedPart, Views } from './views.ts'
import { wordsOf } from './words.ts'

interface Difference {
  /** Words of the HTML alternative that the plain one lacks, in percent of those it has. */
  readonly percent: number
  readonly htmlWords: number
  readonly textWords: number
}

/** Words that are counted of one alternative. */
const maxWords = 100_000

function alternativeDifference(views: Views): Difference {
  let worst: Difference = { percent: 0, htmlWords: 0, textWords: 0 }
  for (const { part, type } of views.parts) {
    if (type !== 'multipart/alternative') continue
    const inside = views.rendered.filter(
      (one) => one.view.part.bodyStart >= part.bodyStart && one.view.part.bodyEnd <= part.bodyEnd,
    )
    const html = countWords(inside.filter((one) => one.isHtml))
    const text = countWords(inside.filter((one) => !one.isHtml))
    if (html.size === 0 && inside.some((one) => one.html?.inside.has('img') === true)) html.set('\n', 1)
    if (html.size === 0) continue
    let left = 0
    for (const [word, count] of html) if (count - (text.get(word) ?? 0) >= 1) left++
    const percent = (left / html.size) * 100
    worst = { percent: Math.max(percent, worst.percent), htmlWords: html.size, textWords: text.size }
  }
  return worst
}

function countWords(parts: readonly RenderedPart[]): Map<string, number> {
  const words = new Map<string, number>()
  let left = maxWords
  for (const { text } of parts) {
    for (const word of wordsOf(text)) {
      if (left-- <= 0) return words
      if (isAlphanumeric(word.charCodeAt(0)) || /[\p{L}\p{N}_]/u.test(word)) words.set(word, (words.get(word) ?? 0) + 1)
    }
  }
  return words
}

/** Nothing but a calendar beside the HTML: no plain text is missed there. */
function isInvitation(views: Views): boolean {
  const types = views.parts.map((part) => part.type)
  return types.join() === 'multipart/alternative,text/html,text/calendar'
}

function difference(views: Views, [min = '0', max = 'undef']: readonly string[]): string | null {
  const { percent } = isInvitation(views) ? { percent: 0 } : views.once(alternativeDifference)
  const isAbove = Number(min) === 0 || percent > Number(min)
  return yes(isAbove && (max === 'undef' || percent <= Number(max)), `${Math.round(percent)} %`)
}

function wordRatio(views: Views, [ratio = '0', least = '0']: readonly string[]): string | null {
  const { htmlWords, textWords } = views.once(alternativeDifference)
  return yes(htmlWords > Number(least) && textWords / htmlWords > Number(ratio))
}

function blankLines(views: Views, [min = '0', max = '100', least]: readonly string[]): string | null {
  let [blank, lines] = [0, 0]
  for (const chunk of views.rawbody) {
    const all = chunk.split('\n')
    // What stands behind a last line end is a line of its own, an empty one.
    lines += all.length
    for (const line of all) if (!/\S/.test(line)) blank++
  }
  const share = lines < Math.max(1, Number(least ?? 1)) ? -1 : (100 * blank) / lines
  return yes((Number(min) === 0 || share > Number(min)) && share <= Number(max), `${Math.round(share)} %`)
}

/** The highest share of spaces in a line, in percent of the other characters. */
function spaceShare(views: Views): number {
  let highest = -1
  for (const line of views.body) {
    if (line.length <= 5) continue
    let spaces = 0
    for (let at = line.indexOf(' '); at >= 0; at = line.indexOf(' ', at + 1)) spaces++
    const others = line.length - spaces
    highest = Math.max(highest, spaces > others || others === 0 ? 100 : Math.trunc((100 * spaces) / others))
  }
  return highest
}

const stockLabel =
  /(?:^trad(?:e|ing)date|company(?:name)?|s\w?(?:t\w?o\w?c\w?k|y\w?m(?:\w?b\w?o\w?l)?)|t(?:arget|icker)|(?:opening|current)p(?:rice)?|p(?:rojected|osition)|expectations|weeks?high|marketperformance|(?:year|week|month|day|price)(?:target|estimates?)|sector|r(?:ecommendation|ating))$/

/** Labels of a stock tip, "Symbol: XYZ", each counted once. */
function stockLabels(views: Views): number {
  const part = views.rendered.find((one) => one.view.type === 'text/plain')
  const found = new Set<string>()
  for (const chunk of cutChunks(part?.text ?? '')) {
    for (const match of chunk.matchAll(/^\s*([^:\s][^:\n]{2,29})\s*:\s*\S/gm)) {
      const label = stockLabel.exec(
        (match[1] ?? '')
          .toLowerCase()
          .replace(/[^a-z]/g, '')
          .slice(0, 40),
      )?.[0]
      if (label !== undefined) found.add(label)
    }
  }
  return found.size
}

interface Signature {
  readonly body: number
  readonly signature: number
}

/** Bytes before and behind the signature mark of the first plain part. */
function signature(views: Views): Signature | null {
  const part = views.parts.find((one) => one.type === 'text/plain' && one.isLeaf)
  if (part === undefined) return null
  const text = part.bytes
  let found: Signature = { body: text.length, signature: 0 }
  for (const match of text.matchAll(/^-- ?\r?$/gm)) {
    const end = match.index + match[0].length
    if (text.length - end > 4) found = { body: match.index, signature: text.length - end }
  }
  return found
}

function signatureTest(read: (found: Signature) => number): EvalTests[string] {
  return (views, [min = '0', max]) => {
    const found = views.once(signature)
    const value = found === null ? -1 : read(found)
    return yes(found !== null && value >= Number(min) && (max === undefined || value <= Number(max)), `${value}`)
  }
}

export const bodyTests: EvalTests = {
  multipart_alternative_difference: difference,
  multipart_alternative_difference_count: wordRatio,
  check_blank_line_ratio: blankLines,
  tvd_vertical_words: (views, [min = '0', max = '100']) =>
    yes(isFromTo(views.once(spaceShare), [min, Number(max) >= 100 ? '101' : max], 0)),
  check_stock_info: (views, [min = '0']) => yes(views.once(stockLabels) >= Number(min)),
  check_body_length: (views, [max = '0']) => {
    const length = views.message.raw.length - views.message.bodyStart
    return yes(length <= Number(max), `${length} bytes`)
  },
  plaintext_body_length: signatureTest((found) => found.body),
  plaintext_sig_length: signatureTest((found) => found.signature),
  plaintext_body_sig_ratio: signatureTest((found) =>
    found.signature === 0 ? 1_000_000 : found.body / found.signature,
  ),
}
