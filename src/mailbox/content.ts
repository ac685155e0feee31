// SPDX-License-Identifier: Apache-2.0
/** Reads messages as IMAP shows them: every line end CRLF, whatever another program wrote. Recently read ones are kept. */
import { type FileHandle, open, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { BoundedMap } from './bounded-map.ts'
import { bareLineFeeds } from './durable.ts'
import { sizeInName } from './file-name.ts'
import type { Folder } from './folder.ts'
import { isMissing } from './scan.ts'
import type { StoredMessage } from './stored-message.ts'

/** Larger files, which only another program can have put there, are read up to here. */
const maxMessageBytes = 256 * 1024 * 1024
/** A header section longer than this is cut. */
const maxHeadBytes = 1024 * 1024
const headChunk = 16 * 1024
const cacheBytes = 32 * 1024 * 1024
const cacheFacts = 50_000
const cacheNotes = 16 * 1024 * 1024

/** The bytes with CRLF line ends; the same object where they already are. */
export function withCrlf(bytes: Buffer): Buffer {
  const bare = bareLineFeeds(bytes, 0)
  if (bare === 0) return bytes
  const out = Buffer.allocUnsafe(bytes.length + bare)
  let to = 0
  let from = 0
  for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) {
    if (bytes[at - 1] === 13) continue
    to += bytes.copy(out, to, from, at)
    out[to++] = 13
    from = at
  }
  bytes.copy(out, to, from)
  return out
}

/** Where the body begins in CRLF text: behind the first empty line, or at the end. */
export function endOfHead(bytes: Buffer): number {
  if (bytes[0] === 13 && bytes[1] === 10) return 2
  const at = bytes.indexOf('\r\n\r\n')
  return at < 0 ? bytes.length : at + 4
}

async function readUpTo(file: FileHandle, wanted: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafe(wanted)
  let have = 0
  while (have < wanted) {
    const { bytesRead } = await file.read(bytes, have, wanted - have, have)
    if (bytesRead === 0) break
    have += bytesRead
  }
  return bytes.subarray(0, have)
}

async function readHead(path: string): Promise<Buffer> {
  const file = await open(path, 'r')
  try {
    for (let wanted = headChunk; ; wanted *= 4) {
      const raw = await readUpTo(file, Math.min(wanted, maxHeadBytes))
      const bytes = withCrlf(raw)
      const end = endOfHead(bytes)
      if (end < bytes.length || raw.length < wanted || wanted >= maxHeadBytes) return bytes.subarray(0, end)
    }
  } finally {
    await file.close()
  }
}

async function readWhole(path: string): Promise<Buffer> {
  const file = await open(path, 'r')
  try {
    const { size } = await file.stat()
    return withCrlf(await readUpTo(file, Math.min(size, maxMessageBytes)))
  } finally {
    await file.close()
  }
}

/** All answers are null where the message is gone. */
export class Contents {
  readonly #bytes = new BoundedMap<Buffer>(cacheBytes)
  readonly #sizes = new BoundedMap<number>(cacheFacts)
  readonly #dates = new BoundedMap<number>(cacheFacts)
  readonly #notes = new BoundedMap<string>(cacheNotes)

  async bytes(folder: Folder, uid: number): Promise<Buffer | null> {
    return this.#remember(this.#bytes, folder, uid, readWhole, (bytes) => bytes.length)
  }

  /** The header section, the empty line included. */
  async head(folder: Folder, uid: number): Promise<Buffer | null> {
    const key = keyOf(folder, folder.message(uid))
    const whole = this.#bytes.get(key)
    if (whole !== undefined) return whole.subarray(0, endOfHead(whole))
    return this.#read(folder, uid, readHead)
  }

  /** Bytes with CRLF line ends (RFC822.SIZE). */
  async size(folder: Folder, uid: number): Promise<number | null> {
    const message = folder.message(uid)
    const named = message === undefined ? null : sizeInName(message.base)
    if (named !== null) return named
    const known = this.#sizes.get(keyOf(folder, message))
    if (known !== undefined) return known
    const bytes = await this.bytes(folder, uid)
    if (bytes !== null) this.#sizes.set(keyOf(folder, message), bytes.length)
    return bytes?.length ?? null
  }

  /** INTERNALDATE: the file's modification time, in milliseconds. */
  async date(folder: Folder, uid: number): Promise<number | null> {
    return this.#remember(
      this.#dates,
      folder,
      uid,
      async (path) => (await stat(path)).mtimeMs,
      () => 1,
    )
  }

  /** What a reader worked out from a message (its envelope, its structure), kept under a name of its own. */
  async note(folder: Folder, uid: number, name: string, make: () => Promise<string | null>): Promise<string | null> {
    const key = `${name} ${keyOf(folder, folder.message(uid))}`
    const known = this.#notes.get(key)
    if (known !== undefined) return known
    const text = await make()
    if (text !== null) this.#notes.set(key, text, text.length + key.length)
    return text
  }

  async #remember<T>(
    cache: BoundedMap<T>,
    folder: Folder,
    uid: number,
    read: (path: string) => Promise<T>,
    weigh: (value: T) => number,
  ): Promise<T | null> {
    const key = keyOf(folder, folder.message(uid))
    const known = cache.get(key)
    if (known !== undefined) return known
    const value = await this.#read(folder, uid, read)
    if (value !== null) cache.set(key, value, weigh(value))
    return value
  }

  /** A message may get another file name at any moment; the second look asks the directory. */
  async #read<T>(folder: Folder, uid: number, read: (path: string) => Promise<T>): Promise<T | null> {
    for (const again of [true, true, false]) {
      const message = folder.message(uid)
      if (message === undefined) return null
      try {
        return await read(folder.pathOf(message))
      } catch (cause) {
        if (!isMissing(cause)) throw cause
        if (again) await folder.sync()
      }
    }
    return null
  }
}

function keyOf(folder: Folder, message: StoredMessage | undefined): string {
  return message === undefined ? '' : join(folder.directory, message.base)
}
