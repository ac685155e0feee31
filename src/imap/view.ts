// SPDX-License-Identifier: Apache-2.0
/**
 * One session's numbering of a folder. Sequence numbers change only when the session is told (RFC 3501 §7.4.1): what
 * happens in the folder is kept until drain() is called at a moment when it may be said.
 */
import type { FolderChange } from '../mailbox/changes.ts'
import { wordsOf } from '../mailbox/flags.ts'
import type { Folder } from '../mailbox/folder.ts'
import type { StoredMessage } from '../mailbox/stored-message.ts'
import { type Range, settle } from './sets.ts'

export class View {
  readonly folder: Folder
  readonly name: string
  readonly readOnly: boolean
  /** By sequence number less one; ascending. */
  #uids: number[] = []
  readonly #recent = new Set<number>()
  #added: number[] = []
  readonly #removed = new Set<number>()
  readonly #reflagged = new Set<number>()
  readonly #stop: () => void
  #onChange: (() => void) | null = null

  private constructor(folder: Folder, name: string, readOnly: boolean) {
    this.folder = folder
    this.name = name
    this.readOnly = readOnly
    this.#uids = [...folder.messages()].map(({ uid }) => uid)
    this.#stop = folder.listen((change) => this.#hear(change))
  }

  /** Looks at a folder; with the right to write, recent messages become this session's (RFC 3501 §2.3.2). */
  static async open(folder: Folder, name: string, readOnly: boolean): Promise<View> {
    const view = new View(folder, name, readOnly)
    await view.#claim(view.#uids)
    return view
  }

  close(): void {
    this.#stop()
    this.#onChange?.()
  }

  get count(): number {
    return this.#uids.length
  }

  get recentCount(): number {
    return this.#recent.size
  }

  get uids(): readonly number[] {
    return this.#uids
  }

  isRecent(uid: number): boolean {
    return this.#recent.has(uid)
  }

  /** 0 where the session does not know the UID. */
  numberOf(uid: number): number {
    const at = this.#atOrAfter(uid)
    return this.#uids[at] === uid ? at + 1 : 0
  }

  /** UIDs of a set; numbers that stand for nothing are passed over. Null: a sequence number is out of range. */
  resolve(ranges: readonly Range[], byUid: boolean): number[] | null {
    if (byUid) {
      const largest = this.#uids.at(-1) ?? 0
      return settle(ranges, largest).flatMap(({ from, to }) => {
        return this.#uids.slice(this.#atOrAfter(from), this.#atOrAfter(to + 1))
      })
    }
    const settled = settle(ranges, this.#uids.length)
    const last = settled.at(-1)
    if (last !== undefined && (last.to > this.#uids.length || (settled[0]?.from ?? 0) < 1)) return null
    return settled.flatMap(({ from, to }) => this.#uids.slice(from - 1, to))
  }

  /** Flags as the session sees them, \Recent included. */
  flagWords(message: StoredMessage): string[] {
    return [...wordsOf(message.flags), ...(this.#recent.has(message.uid) ? ['\\Recent'] : [])]
  }

  /** Resolves at the next change, or when the view is closed. */
  async changed(): Promise<void> {
    if (this.#removed.size + this.#added.length + this.#reflagged.size > 0) return
    await new Promise<void>((resolve) => {
      this.#onChange = resolve
    })
  }

  /**
   * Untagged responses for what changed since the last call.
   * @param mayRenumber whether EXPUNGE may be said now
   */
  async drain(mayRenumber: boolean): Promise<string[]> {
    const lines = mayRenumber ? this.#expunges() : []
    const added = this.#added.filter((uid) => uid > (this.#uids.at(-1) ?? 0) && this.folder.message(uid) !== undefined)
    this.#added = []
    if (added.length > 0) {
      this.#uids.push(...added)
      await this.#claim(added)
      lines.push(`* ${this.#uids.length} EXISTS\r\n`, `* ${this.#recent.size} RECENT\r\n`)
    }
    for (const uid of this.#reflagged) {
      const message = this.folder.message(uid)
      const number = this.numberOf(uid)
      if (message === undefined || number === 0) continue
      lines.push(`* ${number} FETCH (UID ${uid} FLAGS (${this.flagWords(message).join(' ')}))\r\n`)
    }
    this.#reflagged.clear()
    return lines
  }

  /** From the last to the first, so that no number shifts before it is said. */
  #expunges(): string[] {
    const numbers = [...this.#removed]
      .map((uid) => this.numberOf(uid))
      .filter((number) => number > 0)
      .sort((a, b) => b - a)
    if (numbers.length > 0) this.#uids = this.#uids.filter((uid) => !this.#removed.has(uid))
    for (const uid of this.#removed) this.#recent.delete(uid)
    this.#removed.clear()
    return numbers.map((number) => `* ${number} EXPUNGE\r\n`)
  }

  #hear(change: FolderChange): void {
    this.#added.push(...change.added.map(({ uid }) => uid))
    for (const uid of change.removed) this.#removed.add(uid)
    if (change.origin !== this) for (const uid of change.flags) this.#reflagged.add(uid)
    this.#onChange?.()
    this.#onChange = null
  }

  async #claim(uids: readonly number[]): Promise<void> {
    const recent = uids.filter((uid) => this.folder.message(uid)?.recent === true)
    if (this.readOnly) for (const uid of recent) this.#recent.add(uid)
    else for (const uid of await this.folder.claim(recent)) this.#recent.add(uid)
  }

  #atOrAfter(uid: number): number {
    let low = 0
    let high = this.#uids.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.#uids[middle] ?? 0) < uid) low = middle + 1
      else high = middle
    }
    return low
  }
}
