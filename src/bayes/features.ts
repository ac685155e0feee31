// SPDX-License-Identifier: Apache-2.0
/** Where features land: hashed, once each, counted up to a ceiling. No string is made unless an explanation is wanted. */

/** The field a feature came from; kept in the top four bits of its hash, so learners can tell fields apart. */
export const field = {
  word: 0,
  pair: 1,
  subject: 2,
  author: 3,
  header: 4,
  received: 5,
  link: 6,
  structure: 7,
  gram: 8,
  recipient: 9,
  script: 10,
  stem: 11,
  identity: 12,
  attachment: 13,
} as const
export type Field = (typeof field)[keyof typeof field]

export const fieldNames: readonly string[] = Object.keys(field)

/** Several fields, one bit each. */
export function fieldSet(...fields: readonly Field[]): number {
  return fields.reduce((set: number, one) => set | (1 << one), 0)
}

/** A message of a hundred thousand different words says no more than its first few thousand. */
export const maxFeatures = 4096

const slots = 8192
const prime = 0x01000193

/** One step of the running hash (FNV-1a over UTF-16 code units). */
export function step(hash: number, code: number): number {
  return Math.imul(hash ^ code, prime)
}

/** Spreads the bits of a running hash over all 32 (the finaliser of MurmurHash3). */
export function finish(hash: number): number {
  let h = hash ^ (hash >>> 16)
  h = Math.imul(h, 0x85ebca6b)
  h ^= h >>> 13
  h = Math.imul(h, 0xc2b2ae35)
  return h ^ (h >>> 16)
}

/** Hash of a whole string, continued from a start value. */
export function hashText(start: number, text: string): number {
  let h = start
  for (let i = 0; i < text.length; i++) h = step(h, text.charCodeAt(i))
  return h
}

/** A key of zero is an empty slot, so no feature is zero. */
function featureOf(of: Field, finished: number): number {
  return ((finished >>> 4) | (of << 28)) >>> 0 || 1
}

export class FeatureSink {
  readonly #features = new Uint32Array(maxFeatures)
  readonly #keys = new Uint32Array(slots)
  readonly #names: Map<number, string> | null
  readonly seed: number
  /** The features to be named, and then nothing else is done; all of the message's are named while null. */
  #wanted: ReadonlySet<number> | null = null
  /** All that was wanted is named. */
  #isNamed = false
  #count = 0

  /** The seed keys every hash: two models with different seeds do not understand one another. */
  constructor(seed: number, explaining: boolean) {
    this.seed = seed
    this.#names = explaining ? new Map() : null
  }

  get explaining(): boolean {
    return this.#names !== null
  }

  /** True where nothing that comes is wanted any more. */
  get full(): boolean {
    return this.#isNamed || this.#count >= maxFeatures
  }

  /** False where nothing of these fields (fieldSet) is wanted, or nothing any more. */
  wants(fields: number): boolean {
    if (this.full) return false
    return this.#wanted === null || [...this.#wanted].some((feature) => ((fields >>> (feature >>> 28)) & 1) === 1)
  }

  get count(): number {
    return this.#count
  }

  /** Forgets the last message; the buffers stay. The next one is read only for the names of `wanted`, if that is given. */
  reset(wanted: ReadonlySet<number> | null = null): void {
    this.#wanted = wanted
    this.#isNamed = false
    if (wanted === null) this.#keys.fill(0)
    this.#count = 0
    this.#names?.clear()
  }

  /** Adds a running hash under a field; the same feature twice is one. */
  add(of: Field, running: number): void {
    this.addFinished(of, finish(running))
  }

  /** The same for a running hash whose bits are spread already. */
  addFinished(of: Field, finished: number): void {
    if (this.#wanted !== null) return
    const feature = featureOf(of, finished)
    const keys = this.#keys
    let slot = feature & (slots - 1)
    for (let key = keys[slot]; key !== 0; key = keys[slot]) {
      if (key === feature) return
      slot = (slot + 1) & (slots - 1)
    }
    if (this.#count >= maxFeatures) return
    keys[slot] = feature
    this.#features[this.#count++] = feature
  }

  /** Adds a short text as one feature. */
  addText(of: Field, kind: string, text: string): void {
    const running = hashText(hashText(this.seed, kind), text)
    this.add(of, running)
    if (this.#names !== null) this.name(of, running, () => kind + text)
  }

  /** Remembers what a feature of this message was, for an explanation; most are not wanted, and their text is not made. */
  name(of: Field, running: number, text: () => string): void {
    const feature = featureOf(of, finish(running))
    if (this.#names === null || this.#names.has(feature)) return
    if (!(this.#wanted?.has(feature) ?? this.#has(feature))) return
    this.#names.set(feature, text())
    this.#isNamed = this.#names.size === this.#wanted?.size
  }

  #has(feature: number): boolean {
    let slot = feature & (slots - 1)
    while (this.#keys[slot] !== 0 && this.#keys[slot] !== feature) slot = (slot + 1) & (slots - 1)
    return this.#keys[slot] === feature
  }

  /** The features of the message so far; valid until the next reset. */
  view(): Uint32Array {
    return this.#features.subarray(0, this.#count)
  }

  /** The features' texts, when the sink was made to explain. */
  names(): ReadonlyMap<number, string> {
    return this.#names ?? new Map()
  }
}
