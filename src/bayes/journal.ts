// SPDX-License-Identifier: Apache-2.0
/**
 * The training journal: append-only; the model is a function of its base and of this file.
 *
 *   head, 32 bytes   "PSTNJRN2" · u32 feature version · u32 seed · u32 how often it was emptied · 12 bytes zero
 *   record           u32 length of the payload · u32 CRC-32 of it · payload
 *   payload          u8 kind · u8 source · u8 reach · f64 sequence · f64 time (epoch ms) · 16 bytes digest · u8 length
 *                    and the reader's name · u32 features, in the order of the message: hashes do not compress, and
 *                    sorting them would cost more than it saves
 *
 * A record is whole or, after a crash, a tail that its length or checksum betrays; the tail is cut off at the next
 * opening. Learning is acknowledged after fsync, so what is cut was never acknowledged.
 */
import {
  closeSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readSync,
  renameSync,
  statSync,
  writeSync,
} from 'node:fs'
import { crc32 } from 'node:zlib'
import type { EpochMs } from '../core/brand.ts'
import { UserError } from '../core/failure.ts'
import { maxFeatures } from './features.ts'
import { headLength } from './journal-file.ts'
import { featureVersion } from './model.ts'
import { type Reach, reaches } from './scopes.ts'
import { ByteReader, ByteWriter } from './varint.ts'

const magic = 'PSTNJRN2'
const frame = 8
const emptiedAt = 16
const maxReader = 255
const maxRecord = 64 + maxReader + maxFeatures * 4
const chunk = 1 << 20

/** Who said so, by rank: a later, higher-ranking label replaces a lower one. */
export const sources = ['automatic', 'trap', 'administrator', 'user'] as const
export type Source = (typeof sources)[number]

export interface JournalRecord {
  /** confirm: a higher source says what is known already. */
  readonly kind: 'ham' | 'spam' | 'forget' | 'confirm'
  readonly source: Source
  readonly sequence: number
  readonly at: EpochMs
  /** Hex. */
  readonly digest: string
  /** Whose opinion it is: an account, a domain, or everybody (""). */
  readonly reader: string
  readonly reach: Reach
  /** In the order of the message; empty for forget and confirm. */
  readonly features: Uint32Array
}

const kinds = ['ham', 'spam', 'forget', 'confirm'] as const

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

  /** Where the next record will stand. */
  get end(): number {
    return this.#end
  }

  /** How often it was emptied: offsets from before mean nothing any more. */
  emptied(): number {
    const head = Buffer.alloc(4)
    readSync(this.#fd, head, 0, 4, emptiedAt)
    return head.readUInt32LE()
  }

  /** Takes up what other processes appended; says whether there is something. The caller holds the lock. */
  takeUp(): boolean {
    const before = this.#end
    this.#end = Math.max(headLength, fstatSync(this.#fd).size)
    return this.#end !== before
  }

  /** Whether the path leads to another file by now. */
  isReplaced(): boolean {
    const now = statSync(this.path, { throwIfNoEntry: false })
    return now === undefined || now.ino !== fstatSync(this.#fd).ino
  }

  /** Whether sequence numbers rise from record to record: they do unless journals were put together. */
  isInOrder(): boolean {
    let last = 0
    for (const { sequence } of this.records()) {
      if (sequence <= last) return false
      last = sequence
    }
    return true
  }

  /** Puts the records in the order of their sequence numbers, each number once. Whole or not at all. */
  sort(): void {
    const places: { sequence: number; at: number; bytes: number }[] = []
    let at = headLength
    for (const record of this.records()) {
      const bytes = frame + payloadLength(record)
      places.push({ sequence: record.sequence, at, bytes })
      at += bytes
    }
    places.sort((a, b) => a.sequence - b.sequence || a.at - b.at)
    const sorted = `${this.path}.sorted`
    const out = openSync(sorted, 'w', 0o600)
    try {
      copyRange(this.#fd, out, 0, headLength)
      let last = 0
      for (const place of places) {
        if (place.sequence !== last) copyRange(this.#fd, out, place.at, place.bytes)
        last = place.sequence
      }
      fsyncSync(out)
    } finally {
      closeSync(out)
    }
    renameSync(sorted, this.path)
  }

  /** Every whole record in order, from an offset on. A torn tail ends the walk and is cut off. */
  *records(from = headLength): Generator<JournalRecord> {
    let at = from
    let buffer = Buffer.alloc(0)
    let start = from
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
    const times = Buffer.alloc(4)
    times.writeUInt32LE((this.emptied() + 1) >>> 0)
    writeAt(this.path, times, emptiedAt)
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

/** The journal itself is open for appending, which writes at the end whatever the offset. */
function writeAt(path: string, bytes: Buffer, at: number): void {
  const fd = openSync(path, 'r+')
  try {
    writeSync(fd, bytes, 0, bytes.length, at)
    fsyncSync(fd)
  } finally {
    closeSync(fd)
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

function payloadLength({ reader, features }: JournalRecord): number {
  return 1 + 1 + 1 + 8 + 8 + 16 + 1 + Buffer.byteLength(reader) + features.byteLength
}

function copyRange(from: number, to: number, at: number, length: number): void {
  const bytes = Buffer.allocUnsafe(length)
  readSync(from, bytes, 0, length, at)
  writeSync(to, bytes)
}

function encode(writer: ByteWriter, record: JournalRecord): void {
  writer.clear()
  writer.byte(kinds.indexOf(record.kind))
  writer.byte(sources.indexOf(record.source))
  writer.byte(reaches.indexOf(record.reach))
  writer.double(record.sequence)
  writer.double(record.at)
  writer.raw(Buffer.from(record.digest, 'hex'))
  const reader = Buffer.from(record.reader).subarray(0, maxReader)
  writer.byte(reader.length)
  writer.raw(reader)
  const { buffer, byteOffset, byteLength } = record.features
  writer.raw(new Uint8Array(buffer, byteOffset, byteLength))
}

function decode(payload: Buffer): JournalRecord {
  const reader = new ByteReader(payload)
  const kind = kinds[reader.byte()] ?? 'forget'
  const source = sources[reader.byte()] ?? 'automatic'
  const reach = reaches[reader.byte()] ?? 'all'
  const sequence = reader.double()
  const at = reader.double() as EpochMs
  const digest = reader.raw(16).toString('hex')
  const name = reader.raw(reader.byte()).toString('utf8')
  const bytes = reader.raw(payload.length - reader.at)
  const features = new Uint32Array(new Uint8Array(bytes).buffer, 0, bytes.length >> 2)
  return { kind, source, sequence, at, digest, reader: name, reach, features }
}
