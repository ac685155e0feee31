// SPDX-License-Identifier: Apache-2.0
/** Addresses as lists name them: "*@example.org", "a?c@example.org". Matching takes no regular expression. */

/** Patterns, in lower case. */
export class AddressGlobs {
  readonly #whole = new Set<string>()
  /** What "*@example.org" and its like say behind the "@". */
  readonly #domains = new Set<string>()
  /** What "*@*.example" says behind the last star and its dot. */
  readonly #zones = new Set<string>()
  readonly #others = new Set<string>()

  get size(): number {
    return this.#whole.size + this.#domains.size + this.#zones.size + this.#others.size
  }

  add(patterns: readonly string[]): void {
    for (const pattern of patterns) {
      const { list, entry } = this.#placeOf(pattern)
      list.add(entry)
    }
  }

  delete(pattern: string): void {
    const { list, entry } = this.#placeOf(pattern)
    list.delete(entry)
  }

  /** True when one of the patterns matches the whole text, case aside. */
  match(text: string): boolean {
    const lower = text.toLowerCase()
    if (this.#whole.has(lower)) return true
    const at = lower.lastIndexOf('@')
    if (at >= 0 && this.#domains.has(lower.slice(at + 1))) return true
    if (this.#zones.size > 0 && this.#isInZone(lower)) return true
    for (const glob of this.#others) if (matchesGlob(glob, lower)) return true
    return false
  }

  #isInZone(text: string): boolean {
    const from = text.indexOf('@')
    for (let dot = from < 0 ? -1 : text.indexOf('.', from); dot >= 0; dot = text.indexOf('.', dot + 1))
      if (this.#zones.has(text.slice(dot + 1))) return true
    return false
  }

  #placeOf(pattern: string): { readonly list: Set<string>; readonly entry: string } {
    const entry = pattern.toLowerCase()
    if (!/[*?]/.test(entry)) return { list: this.#whole, entry }
    const domain = /^\*@([^*?@]*)$/.exec(entry)?.[1]
    if (domain !== undefined) return { list: this.#domains, entry: domain }
    const zone = /^\*@\*\.([^*?@]*)$/.exec(entry)?.[1]
    return zone === undefined ? { list: this.#others, entry } : { list: this.#zones, entry: zone }
  }
}

/** "*" stands for any text, "?" for one character. Goes back to the last star only, so the work is length × length. */
export function matchesGlob(glob: string, text: string): boolean {
  let [at, i, star, mark] = [0, 0, -1, 0]
  while (i < text.length) {
    if (glob[at] === '*') {
      star = at++
      mark = i
    } else if (glob[at] === '?' || glob[at] === text[i]) {
      at++
      i++
    } else if (star >= 0) {
      at = star + 1
      i = ++mark
    } else return false
  }
  while (glob[at] === '*') at++
  return at === glob.length
}
