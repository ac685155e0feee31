// SPDX-License-Identifier: Apache-2.0
/**
 * Passwords as PHC strings: "$argon2id$v=19$m=19456,t=2,p=1$SALT$HASH" (RFC 9106), and scrypt ("$scrypt$ln=…", RFC
 * 7914) of accounts that came from elsewhere. Base64 without padding.
 */
import { type Argon2Parameters, argon2, randomBytes, scrypt, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'
import { Semaphore } from '../kit/semaphore.ts'

export interface PasswordCost {
  /** KiB of memory. */
  readonly memory: number
  readonly passes: number
  readonly parallelism: number
}

/** OWASP's smallest recommended cost of argon2id. */
export const defaultCost: PasswordCost = { memory: 19_456, passes: 2, parallelism: 1 }

/** match: right. weak: right, but cheaper to guess than what we make today. unreadable: not a hash that we know. */
export type PasswordCheck = 'match' | 'weak' | 'mismatch' | 'unreadable'

interface StoredHash {
  readonly salt: Buffer
  readonly hash: Buffer
  readonly derive: (password: string, salt: Buffer, length: number) => Promise<Buffer>
  readonly isWeak: boolean
}

const derive = promisify<'argon2id', Argon2Parameters, Buffer>(argon2)
const deriveScrypt = promisify<string, Buffer, number, { N: number; r: number; p: number; maxmem: number }, Buffer>(
  scrypt,
)

const saltBytes = 16
const hashBytes = 32
/** A stored hash that asks for more than this would stop everybody's login. */
const maxMemoryKib = 256 * 1024
const maxPasses = 16
const maxParallelism = 8

const phc =
  /^\$(argon2id|scrypt)\$(?:v=19\$)?([a-z]{1,2}=\d{1,7}(?:,[a-z]{1,2}=\d{1,7}){2})\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{22,86})$/

const unpadded = (bytes: Buffer): string => bytes.toString('base64').replace(/=+$/, '')

/** RFC 8265 §4.2 (OpaqueString): the same characters typed on another keyboard are the same password. */
const prepare = (password: string): string => password.normalize('NFC')

function deriveArgon2(cost: PasswordCost): StoredHash['derive'] {
  return (password, nonce, tagLength) => derive('argon2id', { message: prepare(password), nonce, tagLength, ...cost })
}

function parameters(text: string): Map<string, number> {
  return new Map(
    text.split(',').map((pair) => [pair.slice(0, pair.indexOf('=')), Number(pair.slice(pair.indexOf('=') + 1))]),
  )
}

function parsePhc(stored: string, cost: PasswordCost): StoredHash | null {
  const [, kind, written = '', salt64 = '', hash64 = ''] = phc.exec(stored) ?? []
  const given = parameters(written)
  const salt = Buffer.from(salt64, 'base64')
  const hash = Buffer.from(hash64, 'base64')
  if (kind === 'argon2id') {
    const memory = given.get('m') ?? 0
    const passes = given.get('t') ?? 0
    const parallelism = given.get('p') ?? 0
    if (passes < 1 || passes > maxPasses || parallelism < 1 || parallelism > maxParallelism) return null
    if (memory < 8 * parallelism || memory > maxMemoryKib) return null
    const isWeak = memory * passes < cost.memory * cost.passes || memory < cost.memory / 2
    return { salt, hash, derive: deriveArgon2({ memory, passes, parallelism }), isWeak }
  }
  if (kind !== 'scrypt') return null
  const [ln = 0, r = 0, p = 0] = [given.get('ln'), given.get('r'), given.get('p')]
  const memory = 128 * 2 ** ln * r
  if (ln < 1 || r < 1 || p < 1 || p > maxParallelism || memory > maxMemoryKib * 1024) return null
  return {
    salt,
    hash,
    derive: (password, nonce, length) =>
      deriveScrypt(prepare(password), nonce, length, { N: 2 ** ln, r, p, maxmem: 2 * memory }),
    isWeak: true,
  }
}

/**
 * Hashes and checks, so many at once: each takes its memory and a thread of Node's pool. Who has to wait behind too
 * many others is turned away at once.
 */
export class Passwords {
  readonly #cost: PasswordCost
  readonly #slots: Semaphore
  readonly #maxWaiting: number
  #nobody: Promise<string> | null = null

  constructor(options: { readonly cost: PasswordCost; readonly concurrency: number; readonly maxWaiting: number }) {
    this.#cost = options.cost
    this.#slots = new Semaphore(options.concurrency)
    this.#maxWaiting = options.maxWaiting
  }

  /** Too many are waiting already: answer "later" instead of queueing. */
  get isBusy(): boolean {
    return this.#slots.waiting >= this.#maxWaiting
  }

  /** The PHC string of a password. */
  async hash(password: string): Promise<string> {
    const salt = randomBytes(saltBytes)
    using _slot = await this.#slots.acquire()
    const hash = await deriveArgon2(this.#cost)(password, salt, hashBytes)
    const { memory, passes, parallelism } = this.#cost
    return `$argon2id$v=19$m=${memory},t=${passes},p=${parallelism}$${unpadded(salt)}$${unpadded(hash)}`
  }

  async check(stored: string, password: string): Promise<PasswordCheck> {
    const known = parsePhc(stored, this.#cost)
    if (known === null) return 'unreadable'
    using _slot = await this.#slots.acquire()
    const hash = await known.derive(password, known.salt, known.hash.length)
    if (!timingSafeEqual(hash, known.hash)) return 'mismatch'
    return known.isWeak ? 'weak' : 'match'
  }

  /** Takes as long as a check: who asks for an account that is not there must not learn it by the clock. */
  async checkNobody(password: string): Promise<void> {
    this.#nobody ??= this.hash(randomBytes(saltBytes).toString('hex'))
    await this.check(await this.#nobody, password)
  }
}
