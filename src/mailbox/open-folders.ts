// SPDX-License-Identifier: Apache-2.0
/**
 * One object per folder directory, however many sessions look at it: two would give out UIDs twice. The weak reference
 * keeps that true for as long as anybody holds the object; the strong ones only keep recent folders warm.
 */
import { BoundedMap } from './bounded-map.ts'
import type { Folder } from './folder.ts'

/** Messages of the folders kept warm, in sum. */
const warmMessages = 200_000

export class OpenFolders {
  readonly #weak = new Map<string, WeakRef<Folder>>()
  readonly #warm = new BoundedMap<Folder>(warmMessages)
  readonly #opening = new Map<string, Promise<Folder>>()
  readonly #registry = new FinalizationRegistry<string>((directory) => {
    if (this.#weak.get(directory)?.deref() === undefined) this.#weak.delete(directory)
  })

  opened(directory: string): Folder | undefined {
    return this.#weak.get(directory)?.deref()
  }

  /** The folder, current. */
  async get(directory: string, open: () => Promise<Folder>): Promise<Folder> {
    const have = this.opened(directory)
    if (have !== undefined) {
      await have.sync()
      this.#warm.set(directory, have, have.size + 1)
      return have
    }
    const opening = this.#opening.get(directory)
    if (opening !== undefined) return opening
    const promise = open()
      .then((folder) => {
        this.#weak.set(directory, new WeakRef(folder))
        this.#registry.register(folder, directory)
        this.#warm.set(directory, folder, folder.size + 1)
        return folder
      })
      .finally(() => this.#opening.delete(directory))
    this.#opening.set(directory, promise)
    return promise
  }

  forget(directory: string): void {
    this.#weak.delete(directory)
    this.#warm.delete(directory)
  }
}
