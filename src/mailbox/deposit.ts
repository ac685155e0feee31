// SPDX-License-Identifier: Apache-2.0
/** Puts new files into folders. Knows nothing of UIDs: those are given when somebody reads the folder. */
import { mkdir, unlink, utimes } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Clock } from '../core/ports.ts'
import { type Chunks, directorySyncs, type LineEnds, rename, syncDirectory, writeNew } from './durable.ts'
import { printFileName, withSizes } from './file-name.ts'
import { defaultFolders, folderPath } from './folder-name.ts'
import { isMissing } from './scan.ts'

/** Directories remembered as existing. */
const maxRemembered = 50_000

export interface Placing {
  /** System flags: then the message goes into cur/; null: into new/. */
  readonly system: number | null
  /** Modification time to give it; null: now. */
  readonly dateMs: number | null
  readonly lineEnds: LineEnds
}

export interface Placed {
  readonly base: string
  readonly path: string
}

export class Deposit {
  readonly #root: string
  readonly #clock: Clock
  readonly #nameOf: (nowMs: number) => string
  readonly #ready = new Set<string>()
  /** Shared by all who change directories of this shelf. */
  readonly syncDirectory = directorySyncs()

  constructor(root: string, clock: Clock, nameOf: (nowMs: number) => string) {
    this.#root = root
    this.#clock = clock
    this.#nameOf = nameOf
  }

  newName(): string {
    return this.#nameOf(this.#clock.now())
  }

  /** Writes a message. Durable when it resolves. */
  async put(maildir: string, folder: string, chunks: Chunks, placing: Placing): Promise<Placed> {
    const { system, dateMs, lineEnds } = placing
    const directory = await this.ready(maildir, folder)
    const unique = this.newName()
    const temporary = join(directory, 'tmp', unique)
    const written = await writeNew(temporary, chunks, lineEnds).catch(async (cause: unknown) => {
      // Somebody removed the folder since we saw it. A stream is half read by then: only whole bytes can go again.
      if (!isMissing(cause) || !Array.isArray(chunks)) throw cause
      this.forget()
      await this.ready(maildir, folder)
      return writeNew(temporary, chunks, lineEnds)
    })
    if (dateMs !== null) await utimes(temporary, dateMs / 1000, dateMs / 1000)
    const base = withSizes(unique, written.sizeBytes, written.crlfBytes)
    const box = join(directory, system === null ? 'new' : 'cur')
    const path = join(box, system === null ? base : printFileName(base, system, ''))
    await rename(temporary, path)
    try {
      await this.syncDirectory(box)
    } catch (cause) {
      // Whoever delivers will come again: it must not be there twice then.
      await unlink(path).catch(() => undefined)
      throw cause
    }
    return { base, path }
  }

  /** The folder's directory; makes the account and the folder at first use. */
  async ready(maildir: string, folder: string): Promise<string> {
    const directory = folderPath(maildir, folder)
    if (this.#ready.has(directory)) return directory
    if (!this.#ready.has(maildir)) await this.#makeAccount(maildir)
    if (directory !== maildir) await this.make(directory)
    this.#remember(directory)
    return directory
  }

  /** Directories are looked for anew: one was removed or renamed. */
  forget(): void {
    this.#ready.clear()
  }

  /** Makes one folder; nothing happens where it exists. */
  async make(directory: string): Promise<void> {
    for (const box of ['tmp', 'cur', 'new']) await mkdir(join(directory, box), { recursive: true, mode: 0o700 })
    await syncDirectory(directory)
    await syncDirectory(dirname(directory))
  }

  /** INBOX and, only when the account is new, its default folders: a person may delete those for good. */
  async #makeAccount(maildir: string): Promise<void> {
    const first = await mkdir(join(maildir, 'tmp'), { recursive: true, mode: 0o700 })
    await this.make(maildir)
    if (first !== undefined) {
      for (const name of defaultFolders) await this.make(folderPath(maildir, name))
      for (let path = dirname(maildir); path.startsWith(this.#root); path = dirname(path)) await syncDirectory(path)
    }
    this.#remember(maildir)
  }

  #remember(directory: string): void {
    if (this.#ready.size >= maxRemembered) this.#ready.clear()
    this.#ready.add(directory)
  }
}
