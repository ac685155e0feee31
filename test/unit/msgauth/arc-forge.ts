// SPDX-License-Identifier: Apache-2.0
/**
 * Makes ARC chains, good and bad, from the text of their fields: "{bh}" and "{b}" stand for the hashes and signatures.
 * Its canonical forms are its own (RFC 6376 §3.4), so that a mistake of src/ is not made here once more.
 */
import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'

export interface SetText {
  /** What signs; the chain's key unless another is given. */
  readonly key?: KeyObject
  readonly results: string
  readonly message: string
  readonly seal: string
  /** Forms that the signer uses, whatever c= says. */
  readonly forms?: readonly ['simple' | 'relaxed', 'simple' | 'relaxed']
  /** What the sealer, a mailing list perhaps, makes of the header before it signs. */
  readonly edit?: (lines: readonly string[]) => string[]
}

export interface ChainText {
  /** From the top of the header; field lines with their folds. */
  readonly head: readonly string[]
  readonly body: string
  readonly sets: readonly SetText[]
}

export const chainKey = generateKeyPairSync('rsa', { modulusLength: 1024 })

export const chainHead = [
  'MIME-Version: 1.0',
  'Received: by 192.0.2.3 with ESMTP; Fri, 02 Jan 2026 03:04:05 +0000',
  'Message-ID: <1@example.com>',
  'Date: Fri, 02 Jan 2026 03:04:05 +0000',
  'From: Alice <alice@example.com>',
  'To: tea@lists.example.org',
  'Subject: Tea at four',
]
export const chainBody = 'Dear all,\r\ntea is ready.\r\n-- \r\nA.\r\n'

export const signedNames = 'from:to:date:subject:mime-version:arc-authentication-results'

/** The text of a set as it should be. */
export const goodSet = (i: number): SetText => ({
  results: `i=${i}; lists.example.org;\r\n spf=pass smtp.mailfrom=alice@example.com;\r\n dmarc=pass header.from=example.com`,
  message: `a=rsa-sha256; b={b};\r\n bh={bh}; c=relaxed/relaxed; d=example.org;\r\n h=${signedNames};\r\n i=${i}; s=dummy; t=12345`,
  seal: `a=rsa-sha256;\r\n b={b}; cv=${i === 1 ? 'none' : 'pass'}; d=example.org; i=${i}; s=dummy;\r\n t=12345`,
})

const relaxed = (line: string): string => {
  const [name = '', ...rest] = line.split(':')
  const value = rest
    .join(':')
    .replace(/\r\n/g, '')
    .replace(/[ \t]+/g, ' ')
    .trim()
  return `${name.trim().toLowerCase()}:${value}`
}
const formed = (line: string, form: 'simple' | 'relaxed'): string => (form === 'simple' ? line : relaxed(line))

/** Base64 of the hash of a body in its canonical form. */
export function hashOf(body: string, form: 'simple' | 'relaxed'): string {
  const lines = body.split('\r\n')
  const cut = form === 'simple' ? lines : lines.map((line) => line.replace(/[ \t]+/g, ' ').replace(/ $/, ''))
  while (cut.at(-1) === '') cut.pop()
  const text = cut.length === 0 ? (form === 'simple' ? '\r\n' : '') : `${cut.join('\r\n')}\r\n`
  return createHash('sha256').update(text, 'latin1').digest('base64')
}

function bytesOf(data: string, key: KeyObject): Buffer {
  const bytes = Buffer.from(data, 'latin1')
  if (key.asymmetricKeyType === 'rsa') return sign('sha256', bytes, key)
  // RFC 8463 §3.
  return sign(null, createHash('sha256').update(bytes).digest(), key)
}

/** Wrapped at 70 characters, as a signer would. */
const signatureOf = (data: string, key: KeyObject): string =>
  (
    bytesOf(data, key)
      .toString('base64')
      .match(/.{1,70}/g) ?? []
  ).join('\r\n ')

/** A signature field over the fields that its h= names, the lowest of equal names first; "{b}" is what it makes. */
export function signedField(
  name: string,
  head: readonly string[],
  text: string,
  forms: readonly ['simple' | 'relaxed', string],
  key: KeyObject,
): string {
  const names = (/(?:^|;)\s*h\s*=([^;]*)/.exec(text)?.[1] ?? '').split(':').map((part) => part.trim().toLowerCase())
  const left = [...head]
  let data = ''
  for (const wanted of names) {
    const at = left.findLastIndex((line) => line.slice(0, line.indexOf(':')).trim().toLowerCase() === wanted)
    if (at >= 0) data += `${formed(left.splice(at, 1)[0] ?? '', forms[0])}\r\n`
  }
  data += formed(`${name}: ${text.replace('{b}', '')}`, forms[0])
  return `${name}: ${text.replace('{b}', signatureOf(data, key))}`
}

/** The header of a chain, the newest set on top. A set whose seal says cv=fail covers itself alone (RFC 8617 §5.1.2). */
export function chainLines(chain: ChainText): string[] {
  let lines = [...chain.head]
  let sealed: string[] = []
  for (const set of chain.sets) {
    const key = set.key ?? chainKey.privateKey
    lines = set.edit?.(lines) ?? lines
    const forms = set.forms ?? (['relaxed', 'relaxed'] as const)
    const results = `ARC-Authentication-Results: ${set.results}`
    lines.unshift(results)
    const text = set.message.replace('{bh}', hashOf(chain.body, forms[1]))
    const message = signedField('ARC-Message-Signature', lines, text, forms, key)
    lines.unshift(message)
    if (/cv=fail/.test(set.seal)) sealed = []
    const unsigned = `ARC-Seal: ${set.seal.replace('{b}', '')}`
    const data = [...sealed, results, message, unsigned].map(relaxed).join('\r\n')
    const seal = `ARC-Seal: ${set.seal.replace('{b}', signatureOf(data, key))}`
    lines.unshift(seal)
    sealed.push(results, message, seal)
  }
  return lines
}

export const toMessage = (lines: readonly string[], body: string): Buffer =>
  Buffer.from(`${lines.join('\r\n')}\r\n\r\n${body}`, 'latin1')

/** The key record of a chain's signer. */
export const keyRecord = (key: KeyObject = chainKey.publicKey): string =>
  `v=DKIM1; k=rsa; p=${key.export({ type: 'spki', format: 'der' }).toString('base64')}`
