// SPDX-License-Identifier: Apache-2.0
/**
 * Bytes that are on disk when a promise says so. A delivery is tmp/x → write → fdatasync → rename to new/x → fsync new.
 * After a crash: a file in tmp is rubbish (nobody was told), a file in new is whole.
 */
import { closeSync, constants, fsync, open as openFile, openSync, rename as renameFile, writev } from 'node:fs'
import { open, unlink } from 'node:fs/promises'
import { dirname } from 'node:path'

/** A message in pieces; a stream's strings are taken as Latin-1. */
export type Chunks = readonly Uint8Array[] | AsyncIterable<unknown>

/** crlf: whoever hands over the pieces knows that every line of theirs ends so. */
export type LineEnds = 'crlf' | 'any'

export interface Written {
  readonly sizeBytes: number
  /** What the size would be with every line end as CRLF. */
  readonly crlfBytes: number
}

/** Line feeds without a carriage return before them; before is the last byte of the chunk before. */
export function bareLineFeeds(chunk: Uint8Array, before: number): number {
  let bare = 0
  for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, at + 1)) {
    if ((at === 0 ? before : chunk[at - 1]) !== 13) bare += 1
  }
  return bare
}

/** Writes a new file and syncs its bytes. The file must not exist; it is removed again when anything fails. */
export async function writeNew(path: string, chunks: Chunks, lineEnds: LineEnds = 'any'): Promise<Written> {
  return isWhole(chunks) ? writeWhole(path, chunks, lineEnds) : writeStream(path, chunks)
}

function isWhole(chunks: Chunks): chunks is readonly Uint8Array[] {
  return Array.isArray(chunks)
}

/** Every write of such a file ends on the disk: no sync of its own is needed. */
const newAndSynced = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_DSYNC

/** With few calls, for this is what a busy gateway does most. */
async function writeWhole(path: string, chunks: readonly Uint8Array[], lineEnds: LineEnds): Promise<Written> {
  const file = await new Promise<number>((resolve, reject) =>
    openFile(path, newAndSynced, 0o600, (error, opened) => (error === null ? resolve(opened) : reject(error))),
  )
  try {
    for (let rest = chunks.filter(({ length }) => length > 0); rest.length > 0; ) {
      rest = without(rest, await writeSome(file, rest))
    }
  } catch (cause) {
    closeSync(file)
    await unlink(path).catch(() => undefined)
    throw cause
  }
  closeSync(file)
  let sizeBytes = 0
  for (const chunk of chunks) sizeBytes += chunk.length
  return { sizeBytes, crlfBytes: sizeBytes + (lineEnds === 'crlf' ? 0 : bareOf(chunks)) }
}

function bareOf(chunks: readonly Uint8Array[]): number {
  let bare = 0
  let last = 0
  for (const chunk of chunks) {
    bare += bareLineFeeds(chunk, last)
    last = chunk[chunk.length - 1] ?? last
  }
  return bare
}

function writeSome(file: number, chunks: readonly Uint8Array[]): Promise<number> {
  return new Promise((resolve, reject) =>
    writev(file, chunks, (error, written) => {
      if (error !== null) reject(error)
      else if (written === 0) reject(new Error('the disk takes no more bytes'))
      else resolve(written)
    }),
  )
}

/** What is left of the chunks after so many bytes. */
function without(chunks: readonly Uint8Array[], bytes: number): Uint8Array[] {
  let skip = bytes
  return chunks.flatMap((chunk) => {
    const from = Math.min(skip, chunk.length)
    skip -= from
    return from === chunk.length ? [] : [chunk.subarray(from)]
  })
}

async function writeStream(path: string, chunks: Chunks): Promise<Written> {
  const file = await open(path, 'wx', 0o600)
  let sizeBytes = 0
  let bare = 0
  let last = 0
  try {
    for await (const piece of chunks) {
      const chunk = piece instanceof Uint8Array ? piece : Buffer.from(String(piece), 'latin1')
      for (let at = 0; at < chunk.length; ) at += (await file.write(chunk, at)).bytesWritten
      sizeBytes += chunk.length
      bare += bareLineFeeds(chunk, last)
      last = chunk[chunk.length - 1] ?? last
    }
    await file.datasync()
  } catch (cause) {
    await file.close()
    await unlink(path).catch(() => undefined)
    throw cause
  }
  await file.close()
  return { sizeBytes, crlfBytes: sizeBytes + bare }
}

/** Replaces a small file: readers see the old or the new text, never a part; durable when it resolves. */
export async function replaceFile(path: string, text: string): Promise<void> {
  const temporary = `${path}.tmp`
  await unlink(temporary).catch(() => undefined)
  await writeNew(temporary, [Buffer.from(text, 'utf8')])
  await rename(temporary, path)
  await syncDirectory(dirname(path))
}

/** For the main thread cheaper than that of node:fs/promises, which makes room for results that a rename has not. */
export function rename(from: string, to: string): Promise<void> {
  return new Promise((resolve, reject) => renameFile(from, to, (error) => (error === null ? resolve() : reject(error))))
}

export async function syncDirectory(path: string): Promise<void> {
  // Neither call waits for the disk: somebody has just written there.
  const directory = openSync(path, 'r')
  try {
    await new Promise<void>((resolve, reject) =>
      fsync(directory, (error) => (error === null ? resolve() : reject(error))),
    )
  } finally {
    closeSync(directory)
  }
}

/**
 * Directory syncs, shared: whoever asks while one is running waits for the next one together with all others who
 * asked meanwhile. The sync that answers began after the asking, so the asker's rename is covered by it.
 */
export function directorySyncs(sync: (path: string) => Promise<void> = syncDirectory): (path: string) => Promise<void> {
  const running = new Map<string, Promise<void>>()
  const next = new Map<string, Promise<void>>()
  const start = (path: string): Promise<void> => {
    const now = sync(path).finally(() => running.delete(path))
    running.set(path, now)
    return now
  }
  return (path) => {
    const waiting = next.get(path)
    if (waiting !== undefined) return waiting
    const current = running.get(path)
    if (current === undefined) return start(path)
    const after = current
      .catch(() => undefined)
      .then(() => {
        next.delete(path)
        return start(path)
      })
    next.set(path, after)
    return after
  }
}
