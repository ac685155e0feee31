// SPDX-License-Identifier: Apache-2.0
/** What signatures cover (RFC 6376 §3.4, §3.7), each canonical form computed once per message. */
import { createHash, verify } from 'node:crypto'
import { type BodyDigest, type Canonicalization, digestBody, type HashName, relaxedField } from './canonical.ts'
import type { RawField, Section } from './fields.ts'
import type { PublicKey } from './public-key.ts'
import { isBase64 } from './tag-list.ts'

/** The field with the value of its b= emptied, by the segment from which the tag list reads it (RFC 6376 §3.7). */
export function withoutSignature(line: string): string {
  const colon = line.indexOf(':')
  const specs = line.slice(colon + 1).split(';')
  const at = specs.findLastIndex((spec) => /^[ \t\r\n]*b[ \t\r\n]*=/.test(spec))
  if (at >= 0) specs[at] = (specs[at] ?? '').slice(0, (specs[at] ?? '').indexOf('=') + 1)
  return line.slice(0, colon + 1) + specs.join(';')
}

/** Whether the signature over the data is the key's. Ed25519 signs the SHA-256 hash (RFC 8463 §3). */
export function isSignedBy(key: PublicKey, hash: HashName, data: string, signature: string): boolean {
  if (!isBase64(signature)) return false
  const bytes = Buffer.from(data, 'latin1')
  const signed = Buffer.from(signature, 'base64')
  try {
    if (key.type === 'rsa') return verify(hash, bytes, key.key, signed)
    return verify(null, createHash('sha256').update(bytes).digest(), key.key, signed)
  } catch {
    return false
  }
}

export class SignedMessage {
  readonly section: Section
  readonly #byName = new Map<string, RawField[]>()
  readonly #relaxed = new Map<RawField, string>()
  readonly #digests = new Map<string, BodyDigest>()

  constructor(section: Section) {
    this.section = section
    for (const field of section.fields) {
      const same = this.#byName.get(field.key)
      if (same === undefined) this.#byName.set(field.key, [field])
      else same.push(field)
    }
  }

  /** Top to bottom. */
  named(key: string): readonly RawField[] {
    return this.#byName.get(key) ?? []
  }

  canonical(field: RawField, form: Canonicalization): string {
    if (form === 'simple') return field.text
    const known = this.#relaxed.get(field)
    if (known !== undefined) return known
    const text = relaxedField(field.text)
    this.#relaxed.set(field, text)
    return text
  }

  /** The fields that h= names, of equal names the lowest first, and the signature itself (RFC 6376 §3.7, §5.4.2). */
  signedData(names: readonly string[], form: Canonicalization, signature: RawField): string {
    const used = new Map<string, number>()
    let data = ''
    for (const name of names) {
      // RFC 6376 §3.5: h= may name signature fields, but never the one that is made or verified.
      const same = name === signature.key ? this.named(name).filter((field) => field !== signature) : this.named(name)
      const count = (used.get(name) ?? 0) + 1
      used.set(name, count)
      const field = same[same.length - count]
      if (field !== undefined) data += `${this.canonical(field, form)}\r\n`
    }
    return data + withoutSignature(this.canonical(signature, form))
  }

  digest(form: Canonicalization, hash: HashName, length: number | null): BodyDigest {
    const key = `${form}:${hash}:${length}`
    const known = this.#digests.get(key)
    if (known !== undefined) return known
    const digest = digestBody(this.section.body, form, hash, length)
    this.#digests.set(key, digest)
    return digest
  }
}
