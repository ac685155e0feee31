// SPDX-License-Identifier: Apache-2.0
/**
 * The training journal: append-only; the model is a function of its base and of this file.
 *
 *   head, 32 bytes   "PSTNJRN1" · u32 feature version · u32 seed · 16 bytes reserved (zero)
 *   record           u32 length of the payload · u32 CRC-32 of it · payload
 *   payload          u8 kind · u8 source · f64 sequence · f64 time (epoch ms) · 16 bytes digest · u32 features, in the
 *                    order of the message: hashes do not compress, and sorting them would cost more than it saves
 *
 * A record is whole or, after a crash, a tail that its length or checksum betrays; the tail is cut off at the next
 * opening. Learning is acknowledged after fsync, so what is cut was never acknowledged.
 */
import { closeSync, fstatSync, fsyncSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs'
import { crc32 } from 'node:zlib'
import type { EpochMs } from '../core/brand.ts'
import { UserError } from '../core/failure.ts'
import { maxFeatures } from './features.ts'
import { featureVersion } from './model.ts'
import { ByteReader, ByteWriter } from './varint.ts'

const magic = 'PSTNJRN1'
const headLength = 32
const frame = 8
const maxRecord = 64 + maxFeatures * 4
const chunk = 1 << 20

/** Who said so, by rank: a later, higher-ranking label replaces a lower one. */
export const sources = ['automatic', 'trap', 'administrator', 'user'] as const
export type Source = (typeof sources)[number]

export interface JournalRecord {
  readonly kind: 'ham' | 'spam' | 'forget'
  readonly source: Source
  readonly sequence: number
  readonly at: EpochMs
  /** Hex. */
  readonly digest: string
  /** In the order of the message; empty for forget. */
  readonly features: Uint32Array
}

const kinds = ['ham', 'spam', 'forget'] as const

export class Journal {
  readonly path: string
  readonly #fd: number
  readonly #writer = new ByteWriter()
  readonly #payload = new ByteWriter()
  #end: number

  private constructor(path: string, fd: number, end: number) {
    this.path = path
    this.#fd = fd
    this.#end = end
  }

  /** Opens or makes a journal. UserError 65 when it is not one, or of another seed or tokenizer; 73 when it cannot be made. */
  static open(path: string, seed: number): Journal {
    let fd: number
    try {
      fd = openSync(path, 'a+', 0o600)
    } catch (cause) {
      throw new UserError(73, [{ file: path, line: 0, text: (cause as Error).message, hint: null }])
    }
    try {
      const size = fstatSync(fd).size
      if (size < headLength) writeHead(fd, seed)
      else checkHead(path, fd, seed)
      return new Journal(path, fd, Math.max(size, headLength))
    } catch (cause) {
      closeSync(fd)
      throw cause
    }
  }

  /** Every whole record in order. A torn tail ends the walk and is cut off. */
  *records(): Generator<JournalRecord> {
    let at = headLength
    let buffer = Buffer.alloc(0)
    let start = headLength
    for (;;) {
      const have = start + buffer.length - at
      const length = have >= 4 ? buffer.readUInt32LE(at - start) : -1
      if (have < frame || (length <= maxRecord && have < frame + length)) {
        const more = Buffer.allocUnsafe(chunk)
        const read = readSync(this.#fd, more, 0, chunk, start + buffer.length)
        if (read === 0) break
        buffer = Buffer.concat([buffer.subarray(at - start), more.subarray(0, read)])
        start = at
        continue
      }
      if (length > maxRecord) break
      const payload = buffer.subarray(at - start + frame, at - start + frame + length)
      if (crc32(payload) !== buffer.readUInt32LE(at - start + 4)) break
      at += frame + length
      yield decode(payload)
    }
    if (at < this.#end) {
      ftruncateSync(this.#fd, at)
      this.#end = at
    }
  }

  /** Takes a record up for the next commit. */
  append(record: JournalRecord): void {
    encode(this.#payload, record)
    const payload = this.#payload.view()
    this.#writer.uint32(payload.length)
    this.#writer.uint32(crc32(payload))
    this.#writer.raw(payload)
    if (this.#writer.length > chunk) this.#flush()
  }

  /** Resolves what was appended into something a crash cannot lose. */
  commit(): void {
    this.#flush()
    fsyncSync(this.#fd)
  }

  /** Empties the journal: everything in it was forgotten. */
  truncate(): void {
    ftruncateSync(this.#fd, headLength)
    fsyncSync(this.#fd)
    this.#end = headLength
  }

  close(): void {
    closeSync(this.#fd)
  }

  #flush(): void {
    const bytes = this.#writer.bytes()
    let done = 0
    while (done < bytes.length) done += writeSync(this.#fd, bytes, done)
    this.#end += bytes.length
    this.#writer.clear()
  }
}

function writeHead(fd: number, seed: number): void {
  ftruncateSync(fd, 0)
  const head = Buffer.alloc(headLength)
  head.write(magic, 'latin1')
  head.writeUInt32LE(featureVersion, 8)
  head.writeUInt32LE(seed >>> 0, 12)
  writeSync(fd, head)
  fsyncSync(fd)
}

function checkHead(path: string, fd: number, seed: number): void {
  const head = Buffer.alloc(headLength)
  readSync(fd, head, 0, headLength, 0)
  const bad = (text: string, hint: string | null) => new UserError(65, [{ file: path, line: 0, text, hint }])
  if (head.toString('latin1', 0, 8) !== magic) throw bad('is not a training journal', null)
  if (head.readUInt32LE(8) !== featureVersion) throw bad('was written by another version of Postern', 'train anew')
  if (head.readUInt32LE(12) !== seed >>> 0) throw bad('belongs to a model with another seed', 'is it the right pair?')
}

function encode(writer: ByteWriter, record: JournalRecord): void {
  writer.clear()
  writer.byte(kinds.indexOf(record.kind))
  writer.byte(sources.indexOf(record.source))
  writer.double(record.sequence)
  writer.double(record.at)
  writer.raw(Buffer.from(record.digest, 'hex'))
  const { buffer, byteOffset, byteLength } = record.features
  writer.raw(new Uint8Array(buffer, byteOffset, byteLength))
}

function decode(payload: Buffer): JournalRecord {
  const reader = new ByteReader(payload)
  const kind = kinds[reader.byte()] ?? 'forget'
  const source = sources[reader.byte()] ?? 'automatic'
  const sequence = reader.double()
  const at = reader.double() as EpochMs
  const digest = reader.raw(16).toString('hex')
  const bytes = reader.raw(payload.length - reader.at)
  const features = new Uint32Array(new Uint8Array(bytes).buffer, 0, bytes.length >> 2)
  return { kind, source, sequence, at, digest, features }
}
