// SPDX-License-Identifier: Apache-2.0
/** Who must hear about what changed in a folder. */
import type { StoredMessage } from './stored-message.ts'

export interface FolderChange {
  readonly added: readonly StoredMessage[]
  /** UIDs. */
  readonly removed: readonly number[]
  /** UIDs whose flags or keywords differ. */
  readonly flags: readonly number[]
  /** Whoever asked for the change, so that it need not be told; null when it came from outside. */
  readonly origin: object | null
}

export type FolderListener = (change: FolderChange) => void

export class Changes {
  readonly #listeners = new Set<FolderListener>()

  get heard(): boolean {
    return this.#listeners.size > 0
  }

  listen(listener: FolderListener): () => void {
    this.#listeners.add(listener)
    return () => {
      this.#listeners.delete(listener)
    }
  }

  tell(change: Partial<FolderChange>): void {
    const whole = { added: [], removed: [], flags: [], origin: null, ...change }
    if (whole.added.length + whole.removed.length + whole.flags.length === 0) return
    for (const listener of this.#listeners) listener(whole)
  }
}
