// SPDX-License-Identifier: Apache-2.0
/** Which records of a DNS list count: "127.0.0.2", "2", "127.0.1.20-127.0.1.39", "16/16", a pattern. */
import { type Pattern, patternOrWhy, splitPattern } from './pattern.ts'
import { search } from './search.ts'

export type Subtest =
  | { readonly kind: 'text'; readonly text: string }
  /** Any of these bits, in an answer of 127.0.0.0/8. */
  | { readonly kind: 'bits'; readonly bits: number }
  | { readonly kind: 'range'; readonly from: number; readonly to: number }
  | { readonly kind: 'masked'; readonly value: number; readonly mask: number }
  | { readonly kind: 'pattern'; readonly pattern: Pattern }

/** Of check_rbl and its kin: an address as it is, bits, or else a pattern. The text says what is wrong. */
export function parseListSubtest(text: string): Subtest | string {
  if (/^\d+$/.test(text)) return { kind: 'bits', bits: Number(text) >>> 0 }
  if (/^\d+(?:\.\d+){3}$/.test(text)) return { kind: 'text', text }
  return patternOf(text, '')
}

/** Of urirhssub and its kin: numbers, decimal, hexadecimal or as an address; alone, as a range or with a mask. */
export function parseNumericSubtest(text: string): Subtest | string {
  const match = /^([^/-]+)(?:([/-])(.+))?$/s.exec(text)
  const [first, second] = [numberOf(match?.[1] ?? ''), match?.[3] === undefined ? null : numberOf(match[3])]
  if (first === null || (match?.[3] !== undefined && second === null)) return `"${text}" is no number, range or mask`
  if (second === null)
    return text.includes('.') ? { kind: 'range', from: first, to: first } : { kind: 'bits', bits: first }
  return match?.[2] === '-'
    ? { kind: 'range', from: first, to: second }
    : { kind: 'masked', value: (first & second) >>> 0, mask: second }
}

/** Of askdns, codes of answers apart: a pattern in slashes, a text in quotes, numbers. */
export function parseRecordSubtest(text: string): Subtest | string {
  const split = splitPattern(text)
  if (split !== null) return patternOf(split.source, split.flags)
  const quoted = /^(["'])(.*)\1$/s.exec(text)
  return quoted === null ? parseNumericSubtest(text) : { kind: 'text', text: quoted[2] ?? '' }
}

/** Of check_hashbl_emails and its kin: a pattern whatever it looks like. */
export function parsePatternSubtest(text: string): Subtest | string {
  return patternOf(text, '')
}

function patternOf(source: string, flags: string): Subtest | string {
  const pattern = patternOrWhy(source, flags)
  return typeof pattern === 'string' ? pattern : { kind: 'pattern', pattern }
}

function numberOf(text: string): number | null {
  if (/^\d{1,10}$/.test(text)) return Number(text)
  if (/^0x[\da-f]{1,8}$/i.test(text)) return Number(text)
  return addressNumber(text)
}

/** "127.0.0.2" → 0x7f000002; null for what is no IPv4 address. */
function addressNumber(text: string): number | null {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text)
  if (match === null) return null
  const octets = match.slice(1).map(Number)
  return octets.every((octet) => octet < 256) ? octets.reduce((sum, octet) => sum * 256 + octet, 0) : null
}

/** Whether a record of an answer meets the subtest. */
export function meetsSubtest(subtest: Subtest, record: string): boolean {
  if (subtest.kind === 'text') return subtest.text === record
  if (subtest.kind === 'pattern') return search(subtest.pattern, record) !== null
  const number = addressNumber(record)
  if (number === null) return false
  switch (subtest.kind) {
    case 'bits':
      return number >>> 24 === 127 && (number & subtest.bits) !== 0
    case 'range':
      return number >= subtest.from && number <= subtest.to
    case 'masked':
      return (number & subtest.mask) >>> 0 === subtest.value
  }
}
