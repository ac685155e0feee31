// SPDX-License-Identifier: Apache-2.0

/** The package keeps its connections in a Set; each is dressed as it is put there, before its first byte is read. */
export class DressingRoom<T> extends Set<T> {
  readonly #dress: (item: T) => void

  constructor(dress: (item: T) => void) {
    super()
    this.#dress = dress
  }

  override add(item: T): this {
    this.#dress(item)
    return super.add(item)
  }
}
