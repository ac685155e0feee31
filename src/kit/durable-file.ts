// SPDX-License-Identifier: Apache-2.0
/** Files that are either whole and on disk, or absent. */
import { type FileHandle, open, rename, unlink } from 'node:fs/promises'
import { dirname } from 'node:path'

/** The calls that can fail for want of space or a sound disk; a test hands in some that do. */
export interface DurableFs {
  open(path: string, flags: string, mode?: number): Promise<Pick<FileHandle, 'write' | 'sync' | 'close'>>
  rename(from: string, to: string): Promise<void>
  unlink(path: string): Promise<void>
}

export const realFs: DurableFs = { open, rename, unlink }

/** Waits until the names in a directory are on disk: without it a rename may be undone by a power cut. */
export async function syncDirectory(path: string, fs: DurableFs = realFs): Promise<void> {
  const handle = await fs.open(path, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/**
 * One directory whose fsync is shared: everybody who asks while one is running is served by the next one together.
 */
export class DirectorySync {
  readonly #path: string
  readonly #fs: DurableFs
  #running: Promise<void> | null = null
  #next: Promise<void> | null = null

  constructor(path: string, fs: DurableFs = realFs) {
    this.#path = path
    this.#fs = fs
  }

  /** Resolves when every name made before this call is on disk. */
  sync(): Promise<void> {
    if (this.#running === null) return this.#start()
    // The running one may have begun before our rename: only the one after it counts for us.
    this.#next ??= this.#running.then(
      () => this.#start(),
      () => this.#start(),
    )
    return this.#next
  }

  #start(): Promise<void> {
    this.#next = null
    const running = syncDirectory(this.#path, this.#fs).finally(() => {
      if (this.#running === running) this.#running = null
    })
    this.#running = running
    return running
  }
}

/** Short writes are gone on with. Rejects when the disk takes no more. */
export async function writeAll(file: Pick<FileHandle, 'write'>, chunk: Uint8Array): Promise<void> {
  let done = 0
  while (done < chunk.byteLength) {
    const { bytesWritten } = await file.write(chunk, done, chunk.byteLength - done)
    if (bytesWritten === 0) throw new Error('the disk takes no more bytes')
    done += bytesWritten
  }
}

/**
 * Writes tmp, fsyncs it, renames it to path and fsyncs path's directory; returns the number of bytes.
 * After a failure neither file is left behind, unless even the removal fails: then only tmp is.
 */
export async function writeDurable(
  tmp: string,
  path: string,
  content: Uint8Array | AsyncIterable<Uint8Array>,
  options: { readonly fs?: DurableFs; readonly directory?: DirectorySync; readonly mode?: number } = {},
): Promise<number> {
  const fs = options.fs ?? realFs
  let size = 0
  try {
    const file = await fs.open(tmp, 'wx', options.mode ?? 0o600)
    try {
      for await (const chunk of content instanceof Uint8Array ? [content] : content) {
        await writeAll(file, chunk)
        size += chunk.byteLength
      }
      await file.sync()
    } finally {
      await file.close()
    }
    await fs.rename(tmp, path)
  } catch (error) {
    await fs.unlink(tmp).catch(() => undefined)
    throw error
  }
  try {
    await (options.directory ?? new DirectorySync(dirname(path), fs)).sync()
  } catch (error) {
    await fs.unlink(path).catch(() => undefined)
    throw error
  }
  return size
}
