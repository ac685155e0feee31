// SPDX-License-Identifier: Apache-2.0
/** DKIM signatures for mail of our own users (RFC 6376 §5, RFC 8301, RFC 8463). */
import { createHash, sign } from 'node:crypto'
import type { EpochMs } from '../core/brand.ts'
import { Failure } from '../core/failure.ts'
import type { HeaderEdit } from '../core/message.ts'
import { fieldOf, openSection } from './fields.ts'
import type { SigningKey } from './keys.ts'
import { SignedMessage } from './signed-message.ts'

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
export const signingLimits = { headerBytes: 1024 * 1024, fields: 5000, signatures: 100, signatureBytes: 1024 * 1024 }

/** Longest line that we fold to (RFC 5322 §2.1.1 recommends 78). */
const lineWidth = 76

function namesToSign(message: SignedMessage): string[] {
  const count = (name: string): number => message.named(name.toLowerCase()).length
  return [
    ...oversigned.flatMap((name) => Array.from({ length: count(name) + 1 }, () => name)),
    ...signedIfPresent.flatMap((name) => Array.from({ length: count(name) }, () => name)),
  ]
}

/** The list of h=, folded before a line gets too long. */
export function foldedNames(names: readonly string[]): string {
  let text = ''
  let column = 3
  for (const [i, name] of names.entries()) {
    const piece = i < names.length - 1 ? `${name}:` : name
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
  return `${head}\r\n\th=${foldedNames(names)};\r\n\tbh=${hash};\r\n\tb=`
}

function signatureOf(key: SigningKey, bytes: Buffer): Buffer {
  if (key.algorithm === 'rsa-sha256') return sign('sha256', bytes, key.key)
  // RFC 8463 §3: Ed25519 signs the SHA-256 hash of the data.
  return sign(null, createHash('sha256').update(bytes).digest(), key.key)
}

/** The value of b=, folded into lines of 72 characters, "b=" included. */
export function signWith(key: SigningKey, data: string): string {
  const text = signatureOf(key, Buffer.from(data, 'latin1')).toString('base64')
  return [text.slice(0, 70), ...(text.slice(70).match(/.{1,72}/g) ?? [])].join('\r\n\t')
}

/**
 * One DKIM-Signature per key, to be prepended in this order. Sign last: any later change breaks the signature.
 * @param raw the whole message as it will leave, CRLF line ends
 * @throws Failure (554) when the header is larger than a verifier would read
 */
export function signMessage(raw: Uint8Array, keys: readonly SigningKey[], now: EpochMs): HeaderEdit[] {
  if (keys.length === 0) return []
  const section = openSection(raw, signingLimits)
  if (section.refused !== null) {
    throw new Failure({ code: 554, enhanced: '5.6.0', text: 'Message header too large to be signed' }, section.refused)
  }
  const message = new SignedMessage(section)
  const names = namesToSign(message)
  const keysOf = names.map((name) => name.toLowerCase())
  const { hash } = message.digest('relaxed', 'sha256', null)
  return keys.map((key) => {
    const value = signatureField(key, names, hash, Math.floor(now / 1000))
    const signature = signWith(key, message.signedData(keysOf, 'relaxed', fieldOf('DKIM-Signature', value)))
    return { op: 'prepend', name: 'DKIM-Signature', value: value + signature }
  })
}
