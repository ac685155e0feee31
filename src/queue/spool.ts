// SPDX-License-Identifier: Apache-2.0
/**
 * Messages on disk. Under its root:
 *
 *   tmp/ID     being written; worth nothing
 *   blobs/ID   whole and fsynced; it has an owner once a row of the queue or the quarantine names it
 *   blobs/bID  a bundle of small messages that have just come (bundles.ts)
 *
 * docs/internals/queue.md says what a crash leaves.
 */
import { randomBytes } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, opendir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { BlobId, EpochMs } from '../core/brand.ts'
import type { Blob } from '../core/message.ts'
import type { BlobStore } from '../core/ports.ts'
import { DirectorySync, type DurableFs, realFs, writeDurable } from '../kit/durable-file.ts'
import { Bundles, placeOf } from './bundles.ts'

const idPattern = /^[0-9a-f]{24}$/
/** Larger messages have a file of their own from the beginning. */
const maxBundled = 256 * 1024

function isBundled({ byteLength }: Uint8Array): boolean {
  return byteLength > 0 && byteLength <= maxBundled
}

function isMissing(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ENOENT'
}

export class Spool implements BlobStore, AsyncDisposable {
  readonly #tmp: string
  readonly #blobs: string
  readonly #fs: DurableFs
  readonly #directory: DirectorySync
  readonly #bundles: Bundles

  private constructor(root: string, fs: DurableFs) {
    this.#tmp = join(root, 'tmp')
    this.#blobs = join(root, 'blobs')
    this.#fs = fs
    this.#directory = new DirectorySync(this.#blobs, fs)
    this.#bundles = new Bundles(this.#blobs, fs, this.#directory)
  }

  /** Makes the folders, readable by us alone. */
  static async open(root: string, fs: DurableFs = realFs): Promise<Spool> {
    const spool = new Spool(root, fs)
    for (const folder of [spool.#tmp, spool.#blobs]) await mkdir(folder, { recursive: true, mode: 0o700 })
    return spool
  }

  /**
   * Rejects with the disk's error (ENOSPC, EIO …); nothing but a file in tmp/, or bytes in a bundle that nothing refers
   * to, can then be left behind.
   */
  async put(content: Uint8Array | AsyncIterable<Uint8Array>, stay: 'brief' | 'long' = 'long'): Promise<Blob> {
    if (stay === 'brief' && content instanceof Uint8Array && isBundled(content)) return this.#bundles.put(content)
    const id = randomBytes(12).toString('hex') as BlobId
    const size = await writeDurable(join(this.#tmp, id), this.#path(id), content, {
      fs: this.#fs,
      directory: this.#directory,
    })
    return this.#blob(id, size)
  }

  async get(id: BlobId): Promise<Blob | null> {
    const place = placeOf(id)
    if (place !== null) return this.#bundles.get(id, place)
    if (!idPattern.test(id)) return null
    try {
      return this.#blob(id, (await stat(this.#path(id))).size)
    } catch (error) {
      if (isMissing(error)) return null
      throw error
    }
  }

  async detach(id: BlobId): Promise<BlobId> {
    const place = placeOf(id)
    if (place === null || this.#bundles.mayStay(place)) return id
    const blob = await this.get(id)
    if (blob === null) throw new Error(`the blob ${id} is missing`)
    return (await this.put(await blob.bytes())).id
  }

  /** Not fsynced: a name that comes back after a power cut is an orphan, which recovery removes. */
  async remove(id: BlobId): Promise<void> {
    const place = placeOf(id)
    if (place !== null) await this.#bundles.remove(id, place)
    else if (idPattern.test(id)) await this.#unlink(this.#path(id))
  }

  async *list(): AsyncIterable<{ readonly id: BlobId; readonly storedAt: EpochMs }> {
    for await (const { name, storedAt } of this.#files(this.#blobs)) {
      if (idPattern.test(name)) yield { id: name as BlobId, storedAt }
    }
  }

  /** Removes what was being written when a process died before then; returns the number of files. */
  async sweep(before: EpochMs): Promise<number> {
    let removed = 0
    for await (const { path, storedAt } of this.#files(this.#tmp)) {
      if (storedAt >= before) continue
      await this.#unlink(path)
      removed += 1
    }
    return removed
  }

  /** Removes bundles last written before then of which no row needs anything; returns their number. */
  sweepBundles(before: EpochMs, isUsed: (bundle: string) => Promise<boolean>): Promise<number> {
    return this.#bundles.sweep(before, isUsed)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#bundles.close()
  }

  async *#files(folder: string): AsyncIterable<{ name: string; path: string; storedAt: EpochMs }> {
    for await (const entry of await opendir(folder)) {
      const path = join(folder, entry.name)
      const found = await stat(path).catch((error: unknown) => (isMissing(error) ? null : Promise.reject(error)))
      if (found?.isFile()) yield { name: entry.name, path, storedAt: found.mtimeMs as EpochMs }
    }
  }

  async #unlink(path: string): Promise<void> {
    try {
      await this.#fs.unlink(path)
    } catch (error) {
      if (!isMissing(error)) throw error
    }
  }

  #path(id: BlobId): string {
    return join(this.#blobs, id)
  }

  #blob(id: BlobId, size: number): Blob {
    const path = this.#path(id)
    return { id, size, bytes: () => readFile(path), open: () => createReadStream(path) }
  }
}
