// SPDX-License-Identifier: Apache-2.0
/** Public keys of signers: the record of RFC 6376 §3.6, the floor of RFC 8301 §3.2, Ed25519 of RFC 8463 §4. */
import { createPublicKey, type KeyObject } from 'node:crypto'
import type { AuthResult } from '../core/auth.ts'
import type { Resolver } from '../core/ports.ts'
import { Lru } from '../kit/lru.ts'
import { colonList, isBase64, parseTagList, withoutSpace } from './tag-list.ts'

export interface PublicKey {
  readonly kind: 'key'
  readonly key: KeyObject
  readonly type: 'rsa' | 'ed25519'
  /** Of the modulus; 256 for Ed25519. */
  readonly bits: number
  /** t=y: the owner is testing (RFC 6376 §3.6.1). */
  readonly testing: boolean
  /** t=s: the domain of i= must be that of d=. */
  readonly exactIdentity: boolean
}

export interface NoKey {
  readonly kind: 'none'
  readonly result: Extract<AuthResult, 'neutral' | 'policy' | 'temperror'>
  readonly because: string
}

/** RFC 8301 §3.2. */
const minBits = 1024
/** A record of an RSA key of 16,384 bits has 3 kB; OpenSSL verifies with no larger one. */
const maxRecord = 8 * 1024

/** The DER form of an Ed25519 key up to its 32 octets. */
const ed25519Head = Buffer.from('302a300506032b6570032100', 'hex')

const unusable = (because: string): NoKey => ({ kind: 'none', result: 'neutral', because })

function tryKey(der: Buffer, type: 'spki' | 'pkcs1'): KeyObject | null {
  try {
    return createPublicKey({ key: der, format: 'der', type })
  } catch {
    return null
  }
}

/** RFC 6376 §3.6.1 asks for the bare RSAPublicKey; everybody publishes SubjectPublicKeyInfo. Both are read. */
function toKey(bytes: Buffer, type: string): KeyObject | null {
  if (type === 'ed25519') return bytes.length === 32 ? tryKey(Buffer.concat([ed25519Head, bytes]), 'spki') : null
  return tryKey(bytes, 'spki') ?? tryKey(bytes, 'pkcs1')
}

/** Reads a key record for a signature by the hash algorithm (RFC 6376 §6.1.2). */
export function readKeyRecord(record: string, hash: 'sha1' | 'sha256'): PublicKey | NoKey {
  if (record.length > maxRecord) return unusable('invalid public key')
  const { tags, first, broken } = parseTagList(withoutSpace(record))
  const p = tags.get('p') ?? ''
  if (broken !== '' || p === '' || !isBase64(p)) return unusable('invalid public key')
  if (tags.has('v') && (tags.get('v') !== 'DKIM1' || first !== 'v')) return unusable('unknown key version')
  const services = colonList(tags.get('s') ?? '*')
  if (!services.includes('email') && !services.includes('*')) return unusable('key not for email')
  if (tags.has('h') && !colonList(tags.get('h') ?? '').includes(hash)) return unusable('inappropriate hash algorithm')
  const type = (tags.get('k') ?? 'rsa').toLowerCase()
  const key = toKey(Buffer.from(p, 'base64'), type)
  if (key === null || key.asymmetricKeyType !== type) return unusable('unknown key type')
  const flags = colonList(tags.get('t') ?? '')
  const bits = key.asymmetricKeyDetails?.modulusLength ?? 256
  if (type === 'rsa' && bits < minBits) return { kind: 'none', result: 'policy', because: 'weak-key' }
  return {
    kind: 'key',
    key,
    type: type === 'rsa' ? 'rsa' : 'ed25519',
    bits,
    testing: flags.includes('y'),
    exactIdentity: flags.includes('s'),
  }
}

/** Keys of records read lately: a few signers sign most mail, and reading a key costs more than verifying with it. */
const lately = new Lru<string, PublicKey | NoKey>(256)
/** Longer records, which nobody needs, are not kept. */
const maxKept = 1024

function keyOf(record: string, hash: 'sha1' | 'sha256'): PublicKey | NoKey {
  if (record.length > maxKept) return readKeyRecord(record, hash)
  const question = `${hash} ${record}`
  const known = lately.get(question, 0)
  if (known !== undefined) return known
  const key = readKeyRecord(record, hash)
  // What a record says never changes; it is asked for anew each time.
  lately.set(question, key, Number.POSITIVE_INFINITY)
  return key
}

/** Asks for a key. Of several records the first counts: RFC 6376 §3.6.2.2 leaves it open. */
export async function fetchKey(
  dns: Resolver,
  selector: string,
  domain: string,
  hash: 'sha1' | 'sha256',
): Promise<PublicKey | NoKey> {
  const answer = await dns.txt(`${selector}._domainkey.${domain}`)
  if (answer.kind === 'tempfail')
    return { kind: 'none', result: 'temperror', because: `DNS failure: ${answer.because}` }
  if (answer.kind !== 'found') return unusable('no key')
  return keyOf(answer.records[0] ?? '', hash)
}
