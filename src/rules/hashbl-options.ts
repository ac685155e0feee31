// SPDX-License-Identifier: Apache-2.0
/** How a rule asks a list of hashes: "bl.example/TXT", "sha256/case/max=5", and the names that come of values. */
import { createHash } from 'node:crypto'
import { didYouMean } from '../kit/nearest.ts'
import { isHostName } from './domains.ts'
import { zoneName } from './settings-dns.ts'
import type { Views } from './views.ts'

export interface HashList {
  readonly zone: string
  readonly type: 'a' | 'txt'
}

export interface HashOptions {
  /** null: the value itself is asked for. */
  readonly hash: HashKind | null
  readonly words: ReadonlySet<string>
  /** Values of one message that are asked about. */
  readonly max: number
  readonly minSize: number
  readonly maxSize: number
}

type HashKind = 'md5' | 'sha1' | 'sha256'

/** The last of them counts where several stand. */
const hashes: readonly HashKind[] = ['md5', 'sha1', 'sha256']
const common: readonly string[] = ['raw', ...hashes, 'case', 'max', 'shuffle']
const numbers: readonly string[] = ['max', 'minsize', 'maxsize']
/** Options by the eval test that knows them. */
const own: Readonly<Record<string, readonly string[]>> = {
  check_hashbl_emails: ['nodot', 'notag', 'nouri', 'noquote', 'user', 'host', 'domain'],
  check_hashbl_uris: [],
  check_hashbl_bodyre: ['num'],
  check_hashbl_tag: ['ip', 'ipv4', 'ipv6', 'revip', 'fqdn', 'tld', 'trim'],
  check_hashbl_attachments: ['minsize', 'maxsize'],
}
const standardMax = 10

/** "bl.example", "bl.example/A", "bl.example/TXT"; a text says what is wrong. */
export function parseHashList(text: string): HashList | string {
  if (text === '') return 'the list that is asked is missing'
  const [, written = '', type = 'A'] = /^([^/]*)(?:\/(.*))?$/s.exec(text) ?? []
  if (!/^(?:A|TXT)$/i.test(type)) return `"${type}" is no type of record that lists have: use A or TXT`
  const zone = zoneName(written)
  return isHostName(zone) ? { zone, type: /^A$/i.test(type) ? 'a' : 'txt' } : `"${written}" is no name of a list`
}

/** Options of one eval test, and those among them that mean nothing to it; a text says what is wrong. */
export function parseHashOptions(
  test: string,
  text: string,
): { readonly options: HashOptions; readonly idle: readonly string[] } | string {
  const words = new Set<string>()
  const values = new Map<string, number>()
  for (const option of text.toLowerCase().split('/')) {
    const [word = '', value] = option.trim().split('=')
    if (word === '') continue
    if (!isKnown(word)) return `"${word}" is no option${hint(word)}`
    if (numbers.includes(word) !== (value !== undefined) || !/^(?:[1-9]\d{0,8})?$/.test(value ?? ''))
      return `"${option.trim()}" cannot be: options are ${numbers.join('=N, ')}=N, all others are words`
    words.add(word)
    if (value !== undefined) values.set(word, Number(value))
  }
  const hash = hashes.findLast((one) => words.has(one)) ?? null
  if (hash === null && (test === 'check_hashbl_uris' || test === 'check_hashbl_attachments'))
    return `these are asked for by a hash: add ${hashes.join(', ')}`
  const options = {
    hash,
    words,
    max: values.get('max') ?? standardMax,
    minSize: values.get('minsize') ?? 0,
    maxSize: values.get('maxsize') ?? Number.POSITIVE_INFINITY,
  }
  return { options, idle: [...words].filter((word) => !common.includes(word) && own[test]?.includes(word) !== true) }
}

function isKnown(word: string): boolean {
  return common.includes(word) || Object.values(own).some((words) => words.includes(word))
}

function hint(word: string): string {
  const nearest = didYouMean(word, [...common, ...Object.values(own).flat()])
  return nearest === null ? '' : ` (${nearest})`
}

/** The label that a value (one code unit per byte) is asked for by. */
export function hashed(value: string, hash: HashKind | null): string {
  if (hash === null) return value
  const bytes = createHash(hash).update(value, 'latin1').digest()
  // 64 hexadecimal digits are too long for a label (RFC 1035 §2.3.4).
  return hash === 'sha256' ? base32(bytes) : bytes.toString('hex')
}

const digits = 'abcdefghijklmnopqrstuvwxyz234567'

/** RFC 4648 §6, in lower case and without padding. */
function base32(bytes: Uint8Array): string {
  let [out, bits, count] = ['', 0, 0]
  for (const byte of bytes) {
    bits = ((bits << 8) | byte) & 0xfff
    for (count += 8; count >= 5; count -= 5) out += digits[(bits >>> (count - 5)) & 31]
  }
  return count === 0 ? out : out + digits[(bits << (5 - count)) & 31]
}

/**
 * As many values as may be asked about. Those that are left out are drawn by a secret of the message, so that nobody
 * can write what drops out; and rules that draw from the same values draw the same, so that names are shared.
 */
export function chosen(values: readonly string[], { max, words }: HashOptions, views: Views): readonly string[] {
  if (values.length <= max) return values
  if (!words.has('shuffle')) return values.slice(0, max)
  const secret = views.once(messageSecret)
  const drawn = values.map((value) => ({ value, lot: hashed(secret + value, 'sha1') }))
  return drawn
    .sort((a, b) => (a.lot < b.lot ? -1 : 1))
    .slice(0, max)
    .map(({ value }) => value)
}

function messageSecret(): string {
  return crypto.randomUUID()
}
