// SPDX-License-Identifier: Apache-2.0
/** DKIM signatures for mail of our own users (RFC 6376 §5, RFC 8301, RFC 8463). */
import { createHash, sign } from 'node:crypto'
import type { EpochMs } from '../core/brand.ts'
import { Failure } from '../core/failure.ts'
import type { HeaderEdit } from '../core/message.ts'
import { bodyHash, canonicalBody, relaxedField } from './canonical.ts'
import { openSection, type RawField } from './fields.ts'
import type { SigningKey } from './keys.ts'

/** Signed as often as they stand there and once more, so that nobody can add one (RFC 6376 §8.15). */
const oversigned = [
  'From',
  'To',
  'Cc',
  'Subject',
  'Date',
  'Message-ID',
  'Reply-To',
  'In-Reply-To',
  'References',
  'MIME-Version',
  'Content-Type',
  'Content-Transfer-Encoding',
]

/** Signed where they stand; a list may add its own later. */
const signedIfPresent = [
  'Sender',
  'Content-ID',
  'Content-Description',
  'Resent-From',
  'Resent-To',
  'Resent-Cc',
  'Resent-Date',
  'Resent-Message-ID',
  'List-Id',
  'List-Help',
  'List-Unsubscribe',
  'List-Unsubscribe-Post',
  'List-Subscribe',
  'List-Post',
  'List-Owner',
  'List-Archive',
]

/** What our own users' mail may hold; beyond it a signature would be longer than verifiers read. */
const limits = { headerBytes: 1024 * 1024, fields: 5000, signatures: 100, signatureBytes: 1024 * 1024 }

/** Longest line that we fold to (RFC 5322 §2.1.1 recommends 78). */
const lineWidth = 76

function namesToSign(fields: readonly RawField[]): string[] {
  const count = (name: string): number => fields.filter((field) => field.key === name.toLowerCase()).length
  return [
    ...oversigned.flatMap((name) => Array.from({ length: count(name) + 1 }, () => name)),
    ...signedIfPresent.flatMap((name) => Array.from({ length: count(name) }, () => name)),
  ]
}

/** The fields in the order of the h= list: of equal names the lowest first (RFC 6376 §5.4.2). */
function canonicalFields(fields: readonly RawField[], names: readonly string[]): string {
  const left = new Map<string, RawField[]>()
  for (const field of fields) {
    const same = left.get(field.key)
    if (same === undefined) left.set(field.key, [field])
    else same.push(field)
  }
  return names
    .map((name) => left.get(name.toLowerCase())?.pop())
    .map((field) => (field === undefined ? '' : `${relaxedField(field.line.toString('latin1'))}\r\n`))
    .join('')
}

/** Joins words with a separator, folding before the line gets too long. */
function folded(words: readonly string[], separator: string, firstColumn: number): string {
  let text = ''
  let column = firstColumn
  for (const [i, word] of words.entries()) {
    const piece = i < words.length - 1 ? `${word}${separator}` : word
    if (i > 0 && column + piece.length > lineWidth) {
      text += '\r\n\t'
      column = 1
    }
    text += piece
    column += piece.length
  }
  return text
}

function signatureField(key: SigningKey, names: readonly string[], hash: string, seconds: number): string {
  const head = `v=1; a=${key.algorithm}; c=relaxed/relaxed; d=${key.domain};\r\n\ts=${key.selector}; t=${seconds};`
  return `${head}\r\n\th=${folded(names, ':', 3)};\r\n\tbh=${hash};\r\n\tb=`
}

function signWith(key: SigningKey, data: string): string {
  const bytes = Buffer.from(data, 'latin1')
  if (key.algorithm === 'rsa-sha256') return sign('sha256', bytes, key.key).toString('base64')
  // RFC 8463 §3: Ed25519 signs the SHA-256 hash of the data.
  return sign(null, createHash('sha256').update(bytes).digest(), key.key).toString('base64')
}

/**
 * One DKIM-Signature per key, to be prepended in this order. Sign last: any later change breaks the signature.
 * @param raw the whole message as it will leave, CRLF line ends
 * @throws Failure (554) when the header is larger than a verifier would read
 */
export function signMessage(raw: Uint8Array, keys: readonly SigningKey[], now: EpochMs): HeaderEdit[] {
  if (keys.length === 0) return []
  const section = openSection(raw, limits)
  if (section.refused !== null) {
    throw new Failure({ code: 554, enhanced: '5.6.0', text: 'Message header too large to be signed' }, section.refused)
  }
  const names = namesToSign(section.fields)
  const signed = canonicalFields(section.fields, names)
  const hash = bodyHash(canonicalBody(section.body, 'relaxed'), 'sha256', null)
  return keys.map((key) => {
    const value = signatureField(key, names, hash, Math.floor(now / 1000))
    const signature = signWith(key, signed + relaxedField(`DKIM-Signature: ${value}`))
    const pieces = signature.match(/.{1,72}/g) ?? []
    return { op: 'prepend', name: 'DKIM-Signature', value: value + pieces.join('\r\n\t ') }
  })
}
