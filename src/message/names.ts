// SPDX-License-Identifier: Apache-2.0
/** A fixed set of short names, found in running text without a copy of each candidate: one hash, one comparison. */

/** Start of a running hash; feed it the name's code units with `nameStep`. */
export const nameSeed = 17

/** One step of the hash. Capitals count as small letters; what else falls together is told apart by the comparison. */
export function nameStep(hash: number, code: number): number {
  return (Math.imul(hash, 31) + (code | 32)) | 0
}

export class NameTable {
  /** By number. */
  readonly names: readonly string[]
  /** Number and one, by hash; 0 is free. Four times as many places as names: few meet. */
  readonly #places: Int16Array
  readonly #mask: number

  /** Names in lower-case ASCII. */
  constructor(names: readonly string[]) {
    this.names = names
    const size = 1 << Math.ceil(Math.log2(names.length * 4))
    this.#places = new Int16Array(size)
    this.#mask = size - 1
    for (const [i, name] of names.entries()) {
      let place = hashOf(name) & this.#mask
      while (this.#places[place] !== 0) place = (place + 1) & this.#mask
      this.#places[place] = i + 1
    }
  }

  /** The number of the name at `codes[start, end)`, whose hash is known; -1 for a name that is not in the set. */
  find(codes: Uint16Array, start: number, end: number, hash: number): number {
    for (let place = hash & this.#mask; ; place = (place + 1) & this.#mask) {
      const found = (this.#places[place] as number) - 1
      if (found < 0 || isSame(this.names[found] as string, codes, start, end)) return found
    }
  }

  /** The number of a name; -1 when it is not in the set. */
  numberOf(name: string): number {
    return this.names.indexOf(name)
  }
}

function hashOf(name: string): number {
  let hash = nameSeed
  for (let i = 0; i < name.length; i++) hash = nameStep(hash, name.charCodeAt(i))
  return hash
}

function isSame(name: string, codes: Uint16Array, start: number, end: number): boolean {
  if (name.length !== end - start) return false
  for (let i = 0; i < name.length; i++) {
    const code = codes[start + i] as number
    if ((code >= 0x41 && code <= 0x5a ? code | 32 : code) !== name.charCodeAt(i)) return false
  }
  return true
}
