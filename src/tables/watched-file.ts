// SPDX-License-Identifier: Apache-2.0
/** A file that is read again when it changes; a broken new version leaves the old one in force. */
import { readFile, stat } from 'node:fs/promises'
import type { Complaint } from '../core/failure.ts'
import { printComplaint } from '../core/failure.ts'
import type { Clock, Logger, Meter } from '../core/ports.ts'
import type { Read } from './table.ts'

export interface WatchOptions {
  readonly clock: Clock
  readonly log: Logger
  readonly meter: Meter
  /** Milliseconds between looks at the file. */
  readonly checkEveryMs: number
}

/** Bytes: what is read into memory at once. */
const maxFile = 512 * 1024 * 1024

export class WatchedFile<T> {
  readonly #path: string
  readonly #parse: (text: string, file: string) => Read<T>
  readonly #options: WatchOptions
  #value: T
  #seen: string
  #lookAt: number
  #looking: Promise<void> | null = null

  private constructor(
    path: string,
    parse: (text: string, file: string) => Read<T>,
    options: WatchOptions,
    value: T,
    seen: string,
  ) {
    this.#path = path
    this.#parse = parse
    this.#options = options
    this.#value = value
    this.#seen = seen
    this.#lookAt = options.clock.now() + options.checkEveryMs
  }

  /** The file as it is now, or what is wrong with it. */
  static async open<T>(
    path: string,
    parse: (text: string, file: string) => Read<T>,
    options: WatchOptions,
  ): Promise<WatchedFile<T> | readonly Complaint[]> {
    try {
      const seen = await fingerprint(path)
      const read = parse(await readFile(path, 'utf8'), path)
      return read.kind === 'bad' ? read.complaints : new WatchedFile(path, parse, options, read.value, seen)
    } catch (error) {
      return [{ file: path, line: 0, text: reason(error), hint: null }]
    }
  }

  /** What was read last. Looking whether the file has changed happens beside it: no lookup waits for a disk. */
  get value(): T {
    if (this.#options.clock.now() >= this.#lookAt) void this.refresh()
    return this.#value
  }

  /** Looks at the file now. Never throws. */
  refresh(): Promise<void> {
    this.#lookAt = this.#options.clock.now() + this.#options.checkEveryMs
    this.#looking ??= this.#look().finally(() => {
      this.#looking = null
    })
    return this.#looking
  }

  async #look(): Promise<void> {
    try {
      const seen = await fingerprint(this.#path)
      if (seen === this.#seen) return
      this.#seen = seen
      const read = this.#parse(await readFile(this.#path, 'utf8'), this.#path)
      if (read.kind === 'bad') return this.#keepOld(read.complaints.slice(0, 5).map(printComplaint))
      this.#value = read.value
      this.#options.meter.count('postern_tables_reloads_total', { result: 'ok' })
      this.#options.log.info('tables.reloaded', { file: this.#path })
    } catch (error) {
      if (this.#seen !== '') this.#keepOld([reason(error)])
      this.#seen = ''
    }
  }

  #keepOld(because: readonly string[]): void {
    this.#options.meter.count('postern_tables_reloads_total', { result: 'failed' })
    this.#options.log.warn('tables.old_version_kept', { file: this.#path, because })
  }
}

/** Changes with the file; a rename over it changes the inode, an edit the time or the size. */
async function fingerprint(path: string): Promise<string> {
  const found = await stat(path)
  if (!found.isFile()) throw new Error('it is not a file')
  if (found.size > maxFile) throw new Error(`it is larger than ${maxFile} bytes`)
  return `${found.ino} ${found.size} ${found.mtimeMs}`
}

function reason(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : null
  if (code === 'ENOENT') return 'there is no such file'
  if (code === 'EACCES') return 'it may not be read by us'
  return error instanceof Error ? error.message : String(error)
}
