// SPDX-License-Identifier: Apache-2.0
/** eval tests of the MIME structure and of how parts are encoded. */
import { isAscii as areAscii } from 'node:buffer'
import { latin1 } from '../kit/bytes.ts'
import type { Part } from '../message/structure.ts'
import { isFaraway, likelyCapitals } from './evals-header.ts'
import { countHigh, type EvalTests, isAboveTo, yes } from './evals-kit.ts'
import type { PartView } from './part-views.ts'
import type { Views } from './views.ts'

const asciiNames =
  /us-ascii|ansi_x3\.4-1968|iso-ir-6|ansi_x3\.4-1986|iso_646\.irv:1991|ascii|iso646-us|us|ibm367|cp367|csascii/

/** What check_for_mime asks for, under SpamAssassin's names. */
function mimeFacts(views: Views): Map<string, number> {
  const facts = new Map<string, number>([['mime_multipart_ratio', 1]])
  const add = (name: string, by = 1): void => {
    facts.set(name, (facts.get(name) ?? 0) + by)
  }
  let isAlternative = false
  for (const part of views.parts) {
    if (part.type === 'multipart/alternative') isAlternative = true
    const charset = (part.charset ?? '').toLowerCase()
    if (part.type === 'text/html') add('mime_body_html_count')
    else if (part.type.startsWith('text')) add('mime_body_text_count')
    if (part.encoding.includes('base64')) add('mime_base64_count')
    else if (part.encoding.includes('quoted-printable')) add('mime_qp_count')
    if (part.disposition.includes('attachment')) add('mime_attachment')
    const isShown = !/^(?:attachment|inline)/.test(part.disposition)
    if (
      part.type.startsWith('text') &&
      part.encoding.includes('base64') &&
      isShown &&
      (charset === '' || asciiNames.test(charset))
    )
      facts.set('mime_base64_encoded_text', 1)
    if (/iso-\S+-\S+\b/.test(charset) && !/iso-(?:8859-\d{1,2}|2022-(?:jp|kr))\b/.test(charset))
      facts.set('mime_bad_iso_charset', 1)
    if (isFaraway(views, charset)) facts.set('mime_faraway_charset', 1)
    if (part.isLeaf) countLines(part, add)
  }
  if (isAlternative) {
    facts.set('mime_multipart_alternative', 1)
    facts.set('mime_multipart_ratio', alternativeRatio(views))
  }
  const qpBytes = facts.get('qp_bytes') ?? 0
  if (qpBytes > 0) {
    facts.set('mime_qp_ratio', (facts.get('qp_escapes') ?? 0) / qpBytes)
    facts.set('mime_qp_count', facts.get('qp_escapes') ?? 0)
  }
  const plain = facts.get('plain_chars') ?? 0
  if (plain > 0) facts.set('mime_text_unicode_ratio', (facts.get('plain_references') ?? 0) / plain)
  if (views.message.defects.has('unclosed-multipart')) facts.set('mime_missing_boundary', 1)
  return facts
}

function countLines(part: PartView, add: (name: string, by?: number) => void): void {
  const text = part.lines
  if (part.encoding === 'quoted-printable') countQuoted(text, add)
  if (part.type !== 'text/plain') return
  const isAscii = part.charset === null || part.charset.toLowerCase() === 'us-ascii'
  if (isAscii && /[\x00\r\x80-\xff]/.test(text)) add('mime_ascii_text_illegal')
  if (part.encoding !== '' && part.encoding !== '7bit' && part.encoding !== '8bit') return
  const references = text.match(/&#x[0-9A-F]{4};/g)?.length ?? 0
  add('plain_references', references)
  add('plain_chars', text.length - references * 8)
}

const needlessEscapes = /=(?:09|3[0-9ABCEF]|[2456][0-9A-F]|7[0-9A-E])/g

/** Where the next one is; Infinity for nowhere. */
function nextNeedless(text: string, from: number): number {
  needlessEscapes.lastIndex = from
  return needlessEscapes.exec(text)?.index ?? Number.POSITIVE_INFINITY
}

/** Escapes that were not needed, apart from those that keep white space at the end of a line. */
function countQuoted(text: string, add: (name: string, by?: number) => void): void {
  const tells = text.includes('SPAM: ')
  let [bytes, longLines, escapes] = [0, 0, 0]
  let next = nextNeedless(text, 0)
  for (let start = 0, end = 0; start < text.length; start = end) {
    const newline = text.indexOf('\n', start)
    end = newline < 0 ? text.length : newline + 1
    const isTold = tells && text.startsWith('SPAM: ', start)
    if (!isTold && end - start > 79) longLines++
    if (!isTold) bytes += end - start
    // Most lines hold none.
    if (next >= end) continue
    next = nextNeedless(text, end)
    if (isTold) continue
    const line = text.slice(start, end)
    const trailing = /((?:=09|=20)+)\s*$/.exec(line)?.[1]?.length ?? 0
    escapes += (line.match(needlessEscapes)?.length ?? 0) - trailing / 3
  }
  add('qp_bytes', bytes)
  if (longLines > 0) add('mime_qp_long_line', longLines)
  add('qp_escapes', escapes)
}

/** Bytes of the last plain part by those of the last HTML part; 1 where one of them is absent. */
function alternativeRatio(views: Views): number {
  const leaves = views.parts.filter((part) => part.isLeaf && !part.disposition.includes('attachment'))
  const sizeOf = (type: string): number | null => {
    const part = leaves.findLast((one) => one.type === type)
    return part === undefined ? null : part.lines.length
  }
  const [text, html] = [sizeOf('text/plain'), sizeOf('text/html')]
  return text === null || html === null || html === 0 ? 1 : text / html
}

function fact(views: Views, name: string): number {
  return views.once(mimeFacts).get(name) ?? 0
}

function isHtmlMail(views: Views): boolean {
  return /^text\/html/i.test(views.fields.text('Content-Type'))
}

/** Share of capitals in lines of more than one word, in percent. */
function uppercaseShare(views: Views): number {
  const charsets = views.parts.flatMap((part) => part.charset ?? [])
  if (charsets.some((charset) => likelyCapitals.test(charset))) return 0
  let [length, lower, upper] = [0, 0, 0]
  for (const line of views.body) {
    if (!/\S\s+\S/.test(line) || /^(?:[A-Za-z0-9+/=]{60,76} ){2}/.test(line)) continue
    length += line.length
    const bytes = Buffer.from(line, 'latin1')
    for (let i = 0; i < bytes.length; i++) {
      const code = bytes[i] as number
      if ((code >= 0x61 && code <= 0x7a) || (code >= 0x30 && code <= 0x39)) lower++
      else if (code >= 0x41 && code <= 0x5a) upper++
    }
  }
  return length < 200 || upper + lower === 0 ? 0 : (upper / (upper + lower)) * 100
}

/** A part of the alternatives that shows something else than text. */
function nonTextAlternative(views: Views): string | null {
  for (const { part, type } of views.parts) {
    if (type !== 'multipart/alternative') continue
    const odd = views.parts.find(
      (one) =>
        part.children.includes(one.part) &&
        one.isLeaf &&
        one.type !== 'application/rtf' &&
        !one.type.startsWith('text/'),
    )
    if (odd !== undefined) return odd.type
  }
  return null
}

function longestBase64(views: Views): number {
  let longest = 0
  for (const part of views.parts) {
    if (!part.isLeaf || part.encoding !== 'base64' || part.type === 'application/ics') continue
    for (const line of part.lines.split('\n')) longest = Math.max(longest, line.length + 1)
  }
  return longest
}

/** Breaches of form, under SpamAssassin's names. */
function parseFlags(views: Views): Set<string> {
  const flags = new Set<string>()
  const { raw, headers, defects } = views.message
  if (defects.has('too-many-parts')) flags.add('mimepart_limit_exceeded')
  if (headers.fields.some((field) => field.raw.length > 8192 || field.name.length > 256)) flags.add('truncated_header')
  const odd = oddLines(views)
  if (headers.defects.includes('no-header-end') || odd.length > 3 || odd.some((line) => line.startsWith('--')))
    flags.add('missing_head_body_separator')
  for (const { part } of views.parts) {
    if (part.children.length === 0 || !part.type.startsWith('multipart/')) continue
    for (const child of part.children) if (!beginsWithField(raw, child)) flags.add('missing_mime_headers')
    if (part.children.some((child) => child.headers.defects.includes('bad-header-line')))
      flags.add('missing_mime_head_body_separator')
    if (hasEpilogue(raw, part)) flags.add('mime_epilogue_exists')
  }
  return flags
}

/** Of the header section: lines that are no field. Mostly there is none, which its reader knows already. */
function oddLines({ message: { raw, headers } }: Views): readonly string[] {
  const start = headers.fields[0]?.start ?? 0
  if (headers.defects.length === 0 && areAscii(raw.subarray(start, headers.end))) return []
  return latin1(raw, start, headers.end)
    .split(/\r?\n/)
    .filter((line) => line !== '' && !/^(?:[ \t]|[!-9;-~]+[ \t]*:)/.test(line))
}

function beginsWithField(raw: Buffer, part: Part): boolean {
  const start = part.headers.start
  return start >= raw.length || /^[!-9;-~]+:/.test(latin1(raw, start, Math.min(raw.length, start + 200)))
}

/** Text behind the end of a multipart. */
function hasEpilogue(raw: Buffer, part: Part): boolean {
  const last = Math.max(...part.children.map((child) => child.bodyEnd))
  const boundary = part.contentType.parameters.get('boundary') ?? ''
  const close = raw.indexOf(`--${boundary}--`, last, 'latin1')
  if (close < 0 || close >= part.bodyEnd) return false
  const line = raw.indexOf(0x0a, close)
  return line >= 0 && /[^\s.]/.test(latin1(raw, line, Math.min(part.bodyEnd, line + 100_000)))
}

function farawayBody(views: Views): string | null {
  const charset = /charset=["']?([^"'\s;]+)/i.exec(views.fields.text('Content-Type'))?.[1]
  if (charset === undefined || !isFaraway(views, charset)) return null
  const body = views.body.join('\n')
  const high = countHigh(body)
  return yes(high > 3 && body.length - high <= high, charset)
}

export const mimeTests: EvalTests = {
  check_for_mime: (views, [name = '']) => yes(fact(views, name) !== 0, name),
  check_for_mime_html: (views) => yes(isHtmlMail(views) || fact(views, 'mime_body_html_count') > 0),
  check_for_mime_html_only: (views) =>
    yes(isHtmlMail(views) || (fact(views, 'mime_body_html_count') > 0 && fact(views, 'mime_body_text_count') === 0)),
  check_mime_multipart_ratio: (views, [min, max]) => {
    const ratio = fact(views, 'mime_multipart_ratio')
    return yes(ratio >= Number(min) && ratio < Number(max), ratio.toFixed(2))
  },
  check_for_ascii_text_illegal: (views) => yes(fact(views, 'mime_ascii_text_illegal') > 0),
  check_abundant_unicode_ratio: (views, [ratio]) => yes(fact(views, 'mime_text_unicode_ratio') >= Number(ratio)),
  check_qp_ratio: (views, [min]) => yes(fact(views, 'mime_qp_ratio') >= Number(min)),
  check_for_faraway_charset: farawayBody,
  check_for_uppercase: (views, args) => {
    const share = views.once(uppercaseShare)
    return yes(isAboveTo(share, args, 0), `${Math.round(share)} %`)
  },
  check_ma_non_text: nonTextAlternative,
  check_base64_length: (views, [min, max]) => {
    const length = views.once(longestBase64)
    return yes(length >= Number(min) && (max === undefined || length <= Number(max)), `${length}`)
  },
  check_msg_parse_flags: (views, [name = '']) => yes(views.once(parseFlags).has(name), name),
}
