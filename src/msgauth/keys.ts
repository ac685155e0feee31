// SPDX-License-Identifier: Apache-2.0
/**
 * Signing keys: one PKCS#8 PEM file each, named as its DNS record is: "SELECTOR._domainkey.DOMAIN.pem".
 *
 * A new key does not sign at once where an older one can: its record must be known to the world first. It takes over
 * when its file is older than the overlap; the older record stays published until nobody verifies its mail any more.
 */
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseDomain } from '../core/address.ts'
import type { Domain, EpochMs } from '../core/brand.ts'
import { type Complaint, UserError } from '../core/failure.ts'

export type SigningAlgorithm = 'rsa-sha256' | 'ed25519-sha256'

export interface SigningKey {
  readonly domain: Domain
  readonly selector: string
  readonly algorithm: SigningAlgorithm
  readonly key: KeyObject
}

export interface StoredKey extends SigningKey {
  readonly file: string
  /** Of the modulus; 256 for Ed25519. */
  readonly bits: number
  readonly createdAt: EpochMs
}

export interface DnsRecord {
  readonly name: string
  /** The record's text as one string. */
  readonly value: string
  /** A line for a zone file, in strings of at most 255 octets (RFC 1035 §3.3.14). */
  readonly zoneLine: string
}

/** RFC 8301 §3.2: signers must use at least 1024 bits and should use 2048; some DNS panels refuse more. */
export const rsaBits = 2048
const maxKeyFile = 32 * 1024

/** RFC 6376 §3.1: labels with dots between. */
const selectorPattern = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*$/

const fileName = (selector: string, domain: string): string => `${selector}._domainkey.${domain}.pem`

/** "s20261122r": the day of its birth and its kind, so that selectors sort by age and never repeat a kind. */
export function selectorFor(algorithm: SigningAlgorithm, now: EpochMs): string {
  const day = new Date(now).toISOString().slice(0, 10).replaceAll('-', '')
  return `s${day}${algorithm === 'rsa-sha256' ? 'r' : 'e'}`
}

function complain(file: string, text: string, hint: string | null): Complaint {
  return { file, line: 0, text, hint }
}

/** The TXT record to publish for a key (RFC 6376 §3.6.1, RFC 8463 §4). */
export function dnsRecord(key: SigningKey): DnsRecord {
  const der = createPublicKey(key.key).export({ type: 'spki', format: 'der' })
  const isRsa = key.algorithm === 'rsa-sha256'
  // An Ed25519 record holds the bare 32 octets, which end the DER form.
  const bytes = isRsa ? der : der.subarray(-32)
  const value = `v=DKIM1; k=${isRsa ? 'rsa' : 'ed25519'}; p=${bytes.toString('base64')}`
  const name = `${key.selector}._domainkey.${key.domain}`
  const strings = (value.match(/.{1,250}/g) ?? []).map((text) => `"${text}"`)
  return { name, value, zoneLine: `${name}. IN TXT ( ${strings.join(' ')} )` }
}

/**
 * Makes a key and its file (mode 0600, in a directory of mode 0700 where it has to be made).
 * @throws UserError where the name is not one, or the file exists: a key is never overwritten
 */
export async function generateKey(options: {
  readonly directory: string
  readonly domain: string
  readonly algorithm: SigningAlgorithm
  /** null: named after the day. */
  readonly selector: string | null
  readonly now: EpochMs
}): Promise<StoredKey> {
  const domain = parseDomain(options.domain)
  if (domain === null) throw new UserError(64, `"${options.domain}" is not a domain name`)
  const selector = options.selector ?? selectorFor(options.algorithm, options.now)
  if (!selectorPattern.test(selector)) throw new UserError(64, `"${selector}" is not a selector: use a-z, 0-9 and -`)
  const key =
    options.algorithm === 'rsa-sha256'
      ? generateKeyPairSync('rsa', { modulusLength: rsaBits }).privateKey
      : generateKeyPairSync('ed25519').privateKey
  const file = join(options.directory, fileName(selector, domain))
  try {
    await mkdir(options.directory, { recursive: true, mode: 0o700 })
    await writeFile(file, key.export({ type: 'pkcs8', format: 'pem' }), { flag: 'wx', mode: 0o600, flush: true })
  } catch (error) {
    const exists = error instanceof Error && 'code' in error && error.code === 'EEXIST'
    const hint = exists ? 'give another --selector' : null
    throw new UserError(73, [complain(file, exists ? 'the key exists already' : String(error), hint)])
  }
  return { ...describe(key), domain, selector, key, file, createdAt: options.now }
}

function describe(key: KeyObject): { algorithm: SigningAlgorithm; bits: number } {
  if (key.asymmetricKeyType === 'ed25519') return { algorithm: 'ed25519-sha256', bits: 256 }
  return { algorithm: 'rsa-sha256', bits: key.asymmetricKeyDetails?.modulusLength ?? 0 }
}

async function readKey(file: string, selector: string, domain: Domain): Promise<StoredKey | Complaint> {
  const facts = await stat(file)
  if ((facts.mode & 0o077) !== 0) {
    return complain(file, 'others may read this private key', 'chmod 600, and think of a new key')
  }
  if (facts.size > maxKeyFile) return complain(file, 'not a private key: too large', null)
  let key: KeyObject
  try {
    key = createPrivateKey(await readFile(file))
  } catch {
    return complain(file, 'not a private key in PEM form', 'make one with: postern dkim generate')
  }
  const { algorithm, bits } = describe(key)
  if (key.asymmetricKeyType !== 'ed25519' && key.asymmetricKeyType !== 'rsa') {
    return complain(file, `a ${key.asymmetricKeyType} key cannot sign mail`, 'use rsa or ed25519')
  }
  // RFC 8301 §3.2.
  if (algorithm === 'rsa-sha256' && bits < 1024) return complain(file, `${bits} bits are too few`, 'use 2048')
  return { domain, selector, algorithm, bits, key, file, createdAt: facts.mtimeMs as EpochMs }
}

/**
 * Every key of a directory, oldest first; none where the directory is not there.
 * @throws UserError with one complaint per file that is no key, badly named, or readable by others
 */
export async function listKeys(directory: string): Promise<StoredKey[]> {
  let names: string[]
  try {
    names = await readdir(directory)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return []
    throw new UserError(74, [complain(directory, String(error), null)])
  }
  const found = await Promise.all(
    names
      .filter((name) => name.endsWith('.pem'))
      .map(async (name) => {
        const file = join(directory, name)
        const at = name.indexOf('._domainkey.')
        const domain = at < 0 ? null : parseDomain(name.slice(at + 12, -4))
        if (domain === null) return complain(file, 'not named as a key', 'use SELECTOR._domainkey.DOMAIN.pem')
        return await readKey(file, name.slice(0, at), domain)
      }),
  )
  const complaints = found.filter((item): item is Complaint => 'text' in item)
  if (complaints.length > 0) throw new UserError(78, complaints)
  return found
    .filter((item): item is StoredKey => 'key' in item)
    .sort((a, b) => a.createdAt - b.createdAt || a.selector.localeCompare(b.selector))
}

/** The domain and its parents down to two labels: a parent's key is aligned too (RFC 7489 §3.1.1, relaxed). */
function withParents(domain: string): string[] {
  const labels = domain.split('.')
  return labels.slice(0, Math.max(1, labels.length - 1)).map((_, i) => labels.slice(i).join('.'))
}

/** What a key does now: it signs, waits for its DNS record to be known, or has been taken over from. */
export type KeyState = 'signs' | 'waits' | 'old'

/** The state of each key, in the order given. An old key's record stays published until its last mail has been verified. */
export function keyStates(keys: readonly StoredKey[], now: EpochMs, overlapMs: number): KeyState[] {
  return keys.map((key) => {
    const same = signingKeysFor(keys, key.domain, now, overlapMs).find(({ algorithm }) => algorithm === key.algorithm)
    if (same === undefined || same === key) return 'signs'
    return key.createdAt > same.createdAt ? 'waits' : 'old'
  })
}

/**
 * The keys that sign for a domain now: its own or its nearest parent's; of each kind the newest that is older than the
 * overlap, or the oldest there is. RSA first, then Ed25519: many verifiers know only the former.
 */
export function signingKeysFor(
  keys: readonly StoredKey[],
  domain: Domain,
  now: EpochMs,
  overlapMs: number,
): StoredKey[] {
  const owner = withParents(domain).find((name) => keys.some((key) => key.domain === name))
  const own = keys.filter((key) => key.domain === owner).sort((a, b) => a.createdAt - b.createdAt)
  return (['rsa-sha256', 'ed25519-sha256'] as const).flatMap((algorithm) => {
    const same = own.filter((key) => key.algorithm === algorithm)
    const ripe = same.filter((key) => now - key.createdAt >= overlapMs)
    const chosen = ripe.at(-1) ?? same[0]
    return chosen === undefined ? [] : [chosen]
  })
}
