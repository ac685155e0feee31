// SPDX-License-Identifier: Apache-2.0
/**
 * Small messages that stay for a moment, many to a file: whoever waits meanwhile is written and fsynced together, and
 * neither a file is made nor one removed for each of them. A bundle that is closed and holds nothing that lives is
 * unlinked; what stays longer than most of its bundle is moved out (Spool.detach).
 */
import { randomBytes } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { open, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import type { BlobId, EpochMs } from '../core/brand.ts'
import type { Blob } from '../core/message.ts'
import { type DirectorySync, type DurableFs, writeAll } from '../kit/durable-file.ts'

/** A bundle larger than this is closed, and the next one begun. */
const maxBundleBytes = 16 * 1024 * 1024
/** What has just been put is most likely to be asked for next: so much of it stays in memory. */
const maxHotBytes = 32 * 1024 * 1024
/** Written and fsynced in one go at most. */
const maxGroupBytes = 4 * 1024 * 1024

const namePattern = /^b[0-9a-f]{12}$/
const idPattern = /^(b[0-9a-f]{12})\.(\d{1,9})\.(\d{1,9})$/

interface Place {
  readonly bundle: string
  readonly offset: number
  readonly size: number
}

/** Where a bundled blob lies; null for the name of any other blob. */
export function placeOf(id: string): Place | null {
  const [, bundle, offset, size] = idPattern.exec(id) ?? []
  return bundle === undefined ? null : { bundle, offset: Number(offset), size: Number(size) }
}

interface Current {
  readonly name: string
  readonly file: Awaited<ReturnType<DurableFs['open']>>
  size: number
  /** False until its name is on disk. */
  named: boolean
}

interface Live {
  /** What has not been removed: sizes by offset. */
  readonly sizes: Map<number, number>
  bytes: number
  written: number
}

interface Waiting {
  readonly bytes: Uint8Array
  readonly resolve: (blob: Blob) => void
  readonly reject: (error: unknown) => void
}

export class Bundles {
  readonly #folder: string
  readonly #fs: DurableFs
  readonly #directory: DirectorySync
  /** The bundles of this process. */
  readonly #live = new Map<string, Live>()
  /** The newest last. */
  readonly #hot = new Map<BlobId, Uint8Array>()
  #hotBytes = 0
  #waiting: Waiting[] = []
  #current: Current | null = null
  #flushing: Promise<void> | null = null

  constructor(folder: string, fs: DurableFs, directory: DirectorySync) {
    this.#folder = folder
    this.#fs = fs
    this.#directory = directory
  }

  /** Durable when it resolves. */
  put(bytes: Uint8Array): Promise<Blob> {
    const { promise, resolve, reject } = Promise.withResolvers<Blob>()
    this.#waiting.push({ bytes, resolve, reject })
    this.#flushing ??= this.#flush()
    return promise
  }

  /** Null where the bundle is gone, or too short to hold it. */
  async get(id: BlobId, { bundle, offset, size }: Place): Promise<Blob | null> {
    const hot = this.#hot.get(id)
    if (hot !== undefined) return inMemory(id, hot)
    const path = join(this.#folder, bundle)
    if (!this.#live.get(bundle)?.sizes.has(offset)) {
      const found = await stat(path).catch(orMissing)
      if (found === null || found.size < offset + size) return null
    }
    const stream = () => createReadStream(path, { start: offset, end: offset + size - 1 })
    return { id, size, bytes: () => readPart(path, offset, size), open: stream }
  }

  /** Bundles of other processes are left to the sweep: only they know what lives in them. */
  async remove(id: BlobId, { bundle, offset }: Place): Promise<void> {
    this.#cool(id)
    const live = this.#live.get(bundle)
    if (live === undefined) return
    live.bytes -= live.sizes.get(offset) ?? 0
    live.sizes.delete(offset)
    if (live.sizes.size === 0 && this.#current?.name !== bundle) await this.#unlink(bundle)
  }

  /** True while most of its bundle lives as well: then it keeps little from being freed. */
  mayStay({ bundle }: Place): boolean {
    const live = this.#live.get(bundle)
    return live !== undefined && live.bytes * 2 >= live.written
  }

  /** Unlinks closed bundles last written before then that nothing refers to; returns their number. */
  async sweep(before: EpochMs, isUsed: (bundle: string) => Promise<boolean>): Promise<number> {
    let removed = 0
    for (const name of await readdir(this.#folder)) {
      if (!namePattern.test(name) || name === this.#current?.name) continue
      const found = await stat(join(this.#folder, name)).catch(orMissing)
      if (found === null || found.mtimeMs >= before || (await isUsed(name))) continue
      await this.#unlink(name)
      removed += 1
    }
    return removed
  }

  /** Closes the file; what was put is on disk by then. */
  async close(): Promise<void> {
    await this.#flushing
    await this.#leave()
  }

  async #flush(): Promise<void> {
    while (this.#waiting.length > 0) {
      const group = this.#nextGroup()
      try {
        const bundle = this.#current ?? (await this.#begin())
        await writeAll(bundle.file, group.length === 1 ? (group[0]?.bytes ?? new Uint8Array(0)) : joined(group))
        await Promise.all([bundle.file.sync(), bundle.named ? null : this.#directory.sync()])
        bundle.named = true
        this.#answer(bundle, group)
        if (bundle.size >= maxBundleBytes) await this.#leave()
      } catch (error) {
        // What is on disk now is unknown: nobody may write after it.
        await this.#leave().catch(() => undefined)
        for (const { reject } of group) reject(error)
      }
    }
    // In the same breath as the look at what waits: whoever comes later must find nobody at work.
    this.#flushing = null
  }

  #nextGroup(): Waiting[] {
    let bytes = 0
    const end = this.#waiting.findIndex((one) => {
      bytes += one.bytes.byteLength
      return bytes > maxGroupBytes
    })
    return this.#waiting.splice(0, end < 0 ? this.#waiting.length : Math.max(end, 1))
  }

  #answer(bundle: Current, group: readonly Waiting[]): void {
    const live = this.#live.get(bundle.name)
    for (const { bytes, resolve } of group) {
      const id = `${bundle.name}.${bundle.size}.${bytes.byteLength}` as BlobId
      live?.sizes.set(bundle.size, bytes.byteLength)
      bundle.size += bytes.byteLength
      this.#keepHot(id, bytes)
      resolve(inMemory(id, bytes))
    }
    if (live === undefined) return
    live.bytes += bundle.size - live.written
    live.written = bundle.size
  }

  #keepHot(id: BlobId, bytes: Uint8Array): void {
    this.#hot.set(id, bytes)
    this.#hotBytes += bytes.byteLength
    for (const [oldest] of this.#hot) {
      if (this.#hotBytes <= maxHotBytes) return
      this.#cool(oldest)
    }
  }

  #cool(id: BlobId): void {
    this.#hotBytes -= this.#hot.get(id)?.byteLength ?? 0
    this.#hot.delete(id)
  }

  async #begin(): Promise<Current> {
    const name = `b${randomBytes(6).toString('hex')}`
    const file = await this.#fs.open(join(this.#folder, name), 'wx', 0o600)
    this.#live.set(name, { sizes: new Map(), bytes: 0, written: 0 })
    this.#current = { name, file, size: 0, named: false }
    return this.#current
  }

  async #leave(): Promise<void> {
    const bundle = this.#current
    if (bundle === null) return
    this.#current = null
    await bundle.file.close()
    if (this.#live.get(bundle.name)?.sizes.size === 0) await this.#unlink(bundle.name)
  }

  async #unlink(name: string): Promise<void> {
    this.#live.delete(name)
    await this.#fs.unlink(join(this.#folder, name)).catch(orMissing)
  }
}

function orMissing(error: unknown): null {
  if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
  throw error
}

function joined(group: readonly Waiting[]): Uint8Array {
  return Buffer.concat(group.map(({ bytes }) => bytes))
}

function inMemory(id: BlobId, bytes: Uint8Array): Blob {
  const open = () => Readable.from([bytes], { objectMode: false })
  return { id, size: bytes.byteLength, bytes: async () => bytes, open }
}

async function readPart(path: string, offset: number, size: number): Promise<Uint8Array> {
  const bytes = Buffer.allocUnsafe(size)
  const file = await open(path, 'r')
  try {
    for (let done = 0; done < size; ) {
      const { bytesRead } = await file.read(bytes, done, size - done, offset + done)
      if (bytesRead === 0) throw new Error(`${path} ends before the message`)
      done += bytesRead
    }
    return bytes
  } finally {
    await file.close()
  }
}
