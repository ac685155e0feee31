// SPDX-License-Identifier: Apache-2.0
/**
 * What was read of short texts that mail repeats, in one message and from message to message: style attributes. It is
 * bounded, and keeps copies of the texts, since a piece of a message would keep the whole.
 */
import { isAscii } from '../kit/bytes.ts'

/** Longer texts are rarely the same twice. */
const maxLength = 300
/** At most this many texts, so about half a megabyte. */
const maxTexts = 2000

export class TextMemo<T> {
  readonly #read: (text: string) => T
  readonly #known = new Map<string, T>()

  /** What `read` returns may depend on nothing but the text, and is never undefined. */
  constructor(read: (text: string) => T) {
    this.#read = read
  }

  get(text: string): T {
    const known = this.#known.get(text)
    if (known !== undefined) return known
    if (text.length > maxLength || !isAscii(text)) return this.#read(text)
    const copy = Buffer.from(text, 'latin1').toString('latin1')
    const made = this.#read(copy)
    // Beginning anew is cheaper than keeping an order, and hardly ever happens in the middle of a message.
    if (this.#known.size >= maxTexts) this.#known.clear()
    this.#known.set(copy, made)
    return made
  }
}
