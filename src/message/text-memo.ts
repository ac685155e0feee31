// SPDX-License-Identifier: Apache-2.0
/**
 * What was read of texts that one message repeats: the style attributes of its cells. From message to message few are
 * the same, so it lives as long as its reader.
 */
export class TextMemo<T> {
  readonly #read: (text: string) => T
  readonly #known = new Map<string, T>()

  /** What `read` returns depends on nothing but the text, and is never undefined. */
  constructor(read: (text: string) => T) {
    this.#read = read
  }

  get(text: string): T {
    const known = this.#known.get(text)
    if (known !== undefined) return known
    const made = this.#read(text)
    if (this.#known.size < maxTexts) this.#known.set(text, made)
    return made
  }
}

const maxTexts = 500
