// SPDX-License-Identifier: Apache-2.0
/**
 * One open folder: its messages in the order of their UIDs, kept equal to the directory. Every change goes through
 * one queue, so that no scan sees a half-done rename of our own. Other programs may deliver, re-flag and delete at any
 * time: sync() notices by the directories' modification times.
 */
import { rename, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import type { Clock } from '../core/ports.ts'
import { Changes, type FolderListener } from './changes.ts'
import { compareArrival, parseFileName, printFileName, systemOf } from './file-name.ts'
import { changeFlags, type FlagChange, type Flags, sameKeywords } from './flags.ts'
import { oneAtATime } from './lock.ts'
import { type Found, isMissing, removeOldTemporaries, type Stamp, scan, stampOf } from './scan.ts'
import type { Adoption, StoredMessage } from './stored-message.ts'
import { Uids } from './uids.ts'

/** A directory changed less than this before it was read may change again within the same time stamp. */
const settledMs = 1100

export interface FolderDeps {
  readonly clock: Clock
  readonly syncDirectory: (path: string) => Promise<void>
  /** A UIDVALIDITY that the account never used. */
  readonly newValidity: () => Promise<number>
}

function storedAs(uid: number, { base, where, name, letters }: Found, keywords: readonly string[]): StoredMessage {
  const flags = { system: systemOf({ base, letters }), keywords }
  return { uid, base, where, name, flags, recent: where === 'new' }
}

export class Folder {
  readonly directory: string
  readonly #deps: FolderDeps
  readonly #uids: Uids
  readonly #messages = new Map<number, StoredMessage>()
  readonly #changes = new Changes()
  readonly #inTurn = oneAtATime()
  #stamp: Stamp | null = null
  #scannedAt = 0
  #gone = false
  #retired = false
  #syncWaits = false

  private constructor(directory: string, uids: Uids, deps: FolderDeps) {
    this.directory = directory
    this.#uids = uids
    this.#deps = deps
  }

  /** Reads the folder; the directory must exist. */
  static async open(directory: string, deps: FolderDeps): Promise<Folder> {
    const folder = new Folder(directory, await Uids.load(directory, deps.newValidity), deps)
    await removeOldTemporaries(directory, deps.clock.now())
    await folder.sync()
    return folder
  }

  get uidValidity(): number {
    return this.#uids.validity
  }

  get uidNext(): number {
    return this.#uids.next
  }

  /** The directory was removed or renamed: nothing can be read or changed any more. */
  get gone(): boolean {
    return this.#gone
  }

  get watched(): boolean {
    return this.#changes.heard
  }

  get size(): number {
    return this.#messages.size
  }

  /** By ascending UID. */
  messages(): Iterable<StoredMessage> {
    return this.#messages.values()
  }

  message(uid: number): StoredMessage | undefined {
    return this.#messages.get(uid)
  }

  /** Returns the function that stops the listening. */
  listen(listener: FolderListener): () => void {
    return this.#changes.listen(listener)
  }

  pathOf(message: StoredMessage): string {
    return join(this.directory, message.where, message.name)
  }

  /** Takes in what happened in the directory since the last look. Cheap when nothing did. */
  sync(): Promise<void> {
    return this.#inTurn(() => this.#sync())
  }

  /** The same, for many who need not wait: calls before it begins are one. */
  async syncSoon(): Promise<void> {
    if (this.#syncWaits) return
    this.#syncWaits = true
    await this.#inTurn(() => {
      this.#syncWaits = false
      return this.#sync()
    })
  }

  /**
   * Changes flags of messages and tells the listeners. UIDs without a message are passed over.
   * @param origin not told of the change
   */
  setFlags(uids: readonly number[], change: FlagChange, by: Flags, origin: object | null): Promise<void> {
    return this.#inTurn(async () => {
      const changed: number[] = []
      const keywords: [number, readonly string[]][] = []
      for (const uid of uids) {
        const message = this.#messages.get(uid)
        if (message === undefined) continue
        const flags = changeFlags(message.flags, change, by)
        const sameWords = sameKeywords(flags.keywords, message.flags.keywords)
        if (flags.system === message.flags.system && sameWords) continue
        if (!(await this.#rename(uid, flags))) continue
        if (!sameWords) keywords.push([uid, flags.keywords])
        changed.push(uid)
      }
      await this.#uids.setKeywords(keywords)
      this.#changes.tell({ flags: changed, origin })
    })
  }

  /** Those of the UIDs that no session has seen so far; from now on one has. They move from new/ to cur/. */
  claim(uids: readonly number[]): Promise<readonly number[]> {
    return this.#inTurn(async () => {
      const claimed: number[] = []
      for (const uid of uids) {
        const message = this.#messages.get(uid)
        if (message?.recent !== true) continue
        claimed.push(uid)
        this.#messages.set(uid, { ...message, recent: false })
        if (message.where === 'new') await this.#rename(uid, message.flags)
      }
      return claimed
    })
  }

  /** Removes messages for good; durable when it resolves. Answers the UIDs that were still there. */
  expunge(uids: readonly number[]): Promise<readonly number[]> {
    return this.#inTurn(async () => {
      const removed: number[] = []
      for (const uid of uids) {
        if (await this.#tryFile(uid, (path) => unlink(path))) removed.push(uid)
      }
      if (removed.length > 0) await this.#deps.syncDirectory(join(this.directory, 'cur'))
      await this.#drop(removed)
      return removed
    })
  }

  /** Takes messages out that another folder has taken over (MOVE). */
  release(uids: readonly number[]): Promise<void> {
    return this.#inTurn(() => this.#drop(uids.filter((uid) => this.#messages.has(uid))))
  }

  /** Gives files that were just put into cur/ their UIDs, in this order; durable when it resolves. */
  adopt(items: readonly Adoption[]): Promise<readonly number[]> {
    return this.#inTurn(async () => {
      if (this.#retired) throw new Error(`${this.directory} was removed meanwhile`)
      const fresh = items.filter(({ base }) => this.#uids.uidOf(base) === undefined)
      await this.#uids.assign(fresh.map(({ base, flags }) => ({ base, keywords: flags.keywords })))
      const added: StoredMessage[] = []
      for (const { base, flags } of fresh) {
        const uid = this.#uids.uidOf(base) ?? 0
        added.push({ uid, base, where: 'cur', name: printFileName(base, flags.system, ''), flags, recent: true })
      }
      this.#add(added)
      // A scan that came between the rename and this call has given a UID already, but knows no keywords.
      const late = items.filter((item) => !fresh.includes(item) && item.flags.keywords.length > 0)
      await this.#uids.setKeywords(late.map(({ base, flags }) => [this.#uids.uidOf(base) ?? 0, flags.keywords]))
      for (const { base, flags } of late) this.#reflag(this.#uids.uidOf(base) ?? 0, flags)
      return items.map(({ base }) => this.#uids.uidOf(base) ?? 0)
    })
  }

  /** Runs the task that takes the directory away; afterwards this object stays empty for good. */
  retire(task: () => Promise<void>): Promise<void> {
    return this.#inTurn(async () => {
      await task()
      this.#retired = true
      await this.#rescan()
    })
  }

  /** Runs a task on the message's file; looks anew when the file has another name by now. False: it is gone. */
  withFile(uid: number, task: (path: string) => Promise<void>): Promise<boolean> {
    return this.#inTurn(() => this.#tryFile(uid, task))
  }

  #reflag(uid: number, flags: Flags): void {
    const message = this.#messages.get(uid)
    if (message !== undefined) this.#messages.set(uid, { ...message, flags })
  }

  async #tryFile(uid: number, task: (path: string) => Promise<void>): Promise<boolean> {
    for (const again of [true, false]) {
      const message = this.#messages.get(uid)
      if (message === undefined) return false
      try {
        await task(this.pathOf(message))
        return true
      } catch (cause) {
        if (!isMissing(cause)) throw cause
        if (again) await this.#rescan()
      }
    }
    return false
  }

  async #rename(uid: number, flags: Flags): Promise<boolean> {
    return this.#tryFile(uid, async (path) => {
      const message = this.#messages.get(uid)
      if (message === undefined) return
      const name = printFileName(message.base, flags.system, parseFileName(message.name).letters)
      await rename(path, join(this.directory, 'cur', name))
      this.#messages.set(uid, { ...message, where: 'cur', name, flags })
    })
  }

  async #sync(): Promise<void> {
    const stamp = await stampOf(this.directory)
    const same = stamp !== null && this.#stamp?.new === stamp.new && this.#stamp.cur === stamp.cur
    if (same && this.#settled(stamp)) return
    await this.#rescan()
  }

  #settled(stamp: Stamp): boolean {
    return [stamp.new, stamp.cur].every((ns) => Number(ns / 1_000_000n) + settledMs < this.#scannedAt)
  }

  async #rescan(): Promise<void> {
    this.#scannedAt = this.#deps.clock.now()
    this.#stamp = await stampOf(this.directory)
    let found = this.#retired ? null : await scan(this.directory)
    this.#gone = found === null
    // A rename during the scan can hide a file from it: nothing is gone before two scans say so.
    const missing = (files: ReadonlyMap<string, Found> | null): boolean =>
      [...this.#uids.bases()].some(([base]) => files?.has(base) !== true)
    if (found !== null && missing(found)) found = new Map([...found, ...((await scan(this.directory)) ?? [])])
    await this.#apply(found ?? new Map())
  }

  async #apply(found: ReadonlyMap<string, Found>): Promise<void> {
    const removed = [...this.#uids.bases()].filter(([base]) => !found.has(base)).map(([, uid]) => uid)
    if (this.#gone) {
      for (const uid of removed) this.#messages.delete(uid)
      this.#changes.tell({ removed })
      return
    }
    await this.#drop(removed)
    const flags: number[] = []
    const known = [...this.#uids.bases()]
    // Only a damaged UID file is out of order, and only at the first reading does the order matter.
    if (this.#messages.size === 0) known.sort((a, b) => a[1] - b[1])
    for (const [base, uid] of known) {
      const file = found.get(base)
      if (file !== undefined && this.#refresh(uid, file)) flags.push(uid)
    }
    this.#changes.tell({ flags })
    const bases = [...found.keys()].filter((base) => this.#uids.uidOf(base) === undefined).sort(compareArrival)
    await this.#uids.assign(bases.map((base) => ({ base, keywords: [] })))
    const fresh = bases.flatMap((base) => found.get(base) ?? [])
    this.#add(fresh.map((file) => storedAs(this.#uids.uidOf(file.base) ?? 0, file, [])))
  }

  /** Brings one known message up to date with its file; true when its flags differ from what was known. */
  #refresh(uid: number, file: Found): boolean {
    const old = this.#messages.get(uid)
    const system = systemOf(file)
    if (old !== undefined && old.name === file.name && old.where === file.where) return false
    const fresh = storedAs(uid, file, old?.flags.keywords ?? this.#uids.keywordsOf(uid))
    this.#messages.set(uid, { ...fresh, recent: old?.recent ?? fresh.recent })
    return old !== undefined && old.flags.system !== system
  }

  #add(added: readonly StoredMessage[]): void {
    for (const message of added) this.#messages.set(message.uid, message)
    this.#changes.tell({ added })
  }

  async #drop(removed: readonly number[]): Promise<void> {
    for (const uid of removed) this.#messages.delete(uid)
    await this.#uids.forget(removed)
    this.#changes.tell({ removed })
  }
}
