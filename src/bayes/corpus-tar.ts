// SPDX-License-Identifier: Apache-2.0
/** Messages inside a tar file (POSIX.1-2017 pax, ustar, GNU long names), packed with gzip, xz or not; one member at a time. */
import { createReadStream } from 'node:fs'
import type { Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { maxMessage } from './corpus-files.ts'
import { unpackXz } from './corpus-xz.ts'

const block = 512
/** A long name is kept up to here. */
const maxName = 4096

export type ArchiveKind = 'tar' | 'gzip' | 'xz'

export interface TarMember {
  readonly name: string
  /** Cut where no message needs to be longer. */
  readonly bytes: Buffer
}

/** What a file is by its first bytes; null is no archive. */
export function archiveKind(start: Buffer): ArchiveKind | null {
  if (start.length > 262 && start.toString('latin1', 257, 262) === 'ustar') return 'tar'
  if (start[0] === 0x1f && start[1] === 0x8b) return 'gzip'
  return start.toString('latin1', 0, 6) === '\xfd7zXZ\0' ? 'xz' : null
}

/** Every regular member in the order of the file. Throws an Error that says in words where the archive is broken. */
export async function* readTar(path: string, kind: ArchiveKind): AsyncGenerator<TarMember> {
  const file = createReadStream(path, { highWaterMark: 1 << 18 })
  const stream = unpack(file, kind)
  file.on('error', (cause) => stream.destroy(cause))
  const source = new ByteSource(stream)
  let longName = ''
  try {
    for (;;) {
      const head = await source.take(block, block)
      if (head.length === 0 || (head.length === block && head.every((byte) => byte === 0))) return
      if (head.length < block) throw new Error('is a tar file that ends too early')
      const size = octal(head, 124, 12)
      if (!hasChecksum(head) || size === null) throw new Error('is a broken tar file')
      const type = String.fromCharCode(head[156] ?? 0)
      const keep = type === 'L' || type === 'x' ? maxName : type === '0' || type === '\0' ? maxMessage : 0
      const bytes = await source.take(size, keep)
      await source.take(-size & (block - 1), 0)
      if (bytes.length < Math.min(size, keep)) throw new Error('is a tar file that ends too early')
      if (type === 'L') longName = text(bytes, 0, bytes.length)
      else if (type === 'x') longName = /(?:^|\n)\d+ path=([^\n]*)\n/.exec(bytes.toString('utf8'))?.[1] ?? ''
      else {
        const prefix = text(head, 345, 155)
        const short = text(head, 0, 100)
        const name = longName || (prefix === '' ? short : `${prefix}/${short}`)
        longName = ''
        if (keep > 0 && size > 0) yield { name, bytes }
      }
    }
  } finally {
    stream.destroy()
    file.destroy()
  }
}

function unpack(file: Readable, kind: ArchiveKind): Readable {
  if (kind === 'xz') return unpackXz(file)
  return kind === 'tar' ? file : file.pipe(createGunzip())
}

/** A stream read in pieces of chosen length. */
class ByteSource {
  readonly #chunks: AsyncIterator<Buffer>
  #rest: Buffer = Buffer.alloc(0)

  constructor(stream: Readable) {
    this.#chunks = stream[Symbol.asyncIterator]()
  }

  /** The next `length` bytes, of which the first `keep` are returned; fewer at the end of the stream. */
  async take(length: number, keep: number): Promise<Buffer> {
    const kept: Buffer[] = []
    let have = 0
    let left = length
    while (left > 0) {
      if (this.#rest.length === 0) {
        const { value, done } = await this.#chunks.next()
        if (done === true) break
        this.#rest = value
      }
      const piece = this.#rest.subarray(0, left)
      this.#rest = this.#rest.subarray(piece.length)
      left -= piece.length
      if (have < keep) kept.push(piece.subarray(0, keep - have))
      have += piece.length
    }
    return Buffer.concat(kept)
  }
}

function text(bytes: Buffer, at: number, length: number): string {
  const end = bytes.subarray(at, at + length).indexOf(0)
  return bytes.toString('utf8', at, end < 0 ? at + length : at + end)
}

function octal(head: Buffer, at: number, length: number): number | null {
  const written = text(head, at, length).trim()
  return /^[0-7]{1,11}$/.test(written) ? Number.parseInt(written, 8) : null
}

function hasChecksum(head: Buffer): boolean {
  let sum = 0
  for (let i = 0; i < block; i++) sum += i >= 148 && i < 156 ? 32 : (head[i] ?? 0)
  return sum === octal(head, 148, 8)
}
