// SPDX-License-Identifier: Apache-2.0
/** The bytes of mail files: one message, or an mbox in pieces. No file is held whole unless it is one message. */
import { closeSync, createReadStream, fstatSync, openSync, readSync } from 'node:fs'

/** What is read of one message; the classifier looks at less. Bytes. */
export const maxMessage = 4 * 1024 * 1024
/** Enough to tell what a file is. */
export const startBytes = 4096
/** A line beyond this is passed on in pieces. */
const longLine = 65_536
const lf = 10

/** A file of this size whole where it can be one message, as most are; of a larger one enough to tell what it is. */
export function readStart(path: string, size: number): Buffer {
  return readUpTo(path, size <= maxMessage ? maxMessage : startBytes)
}

/** A file, cut where no message needs to be longer. */
export function readFile(path: string): Buffer {
  return readUpTo(path, maxMessage)
}

function readUpTo(path: string, most: number): Buffer {
  const fd = openSync(path, 'r')
  try {
    const room = Buffer.allocUnsafe(Math.min(most, fstatSync(fd).size))
    let have = 0
    while (have < room.length) {
      const read = readSync(fd, room, have, room.length - have, have)
      if (read === 0) break
      have += read
    }
    return room.subarray(0, have)
  } finally {
    closeSync(fd)
  }
}

export function streamFile(path: string): AsyncIterable<Buffer> {
  return createReadStream(path, { highWaterMark: 1 << 20 })
}

/** Whether bytes begin as mail does: a header field among the first lines, and no NUL before it (RFC 5322 §2.2). */
export function looksLikeMail(bytes: Uint8Array): boolean {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.byteLength, startBytes)).toString('latin1')
  for (const line of head.split(/\r?\n/, 10)) {
    if (line.includes('\0')) return false
    if (/^[!-9;-~]{1,76}[ \t]{0,3}:/.test(line)) return true
  }
  return false
}

/**
 * The messages of an mbox stream, without their "From " lines; a stream that has none is one message. What exceeds the
 * ceiling of one message is dropped. The quoting of ">From " is left: it is part of what was kept.
 */
export async function* splitMbox(stream: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): AsyncGenerator<Buffer> {
  const message = new Gathered()
  let rest = Buffer.alloc(0)
  let afterBlank = true
  let midLine = false
  for await (const piece of stream) {
    const bytes = rest.length === 0 ? asBuffer(piece) : Buffer.concat([rest, piece])
    let at = 0
    // What is not added yet of the message at hand.
    let from = 0
    for (let end = bytes.indexOf(lf); end >= 0; end = bytes.indexOf(lf, at)) {
      const line = bytes.subarray(at, end + 1)
      if (!midLine && afterBlank && startsMessage(line)) {
        message.add(bytes.subarray(from, at))
        if (message.size > 0) yield message.take()
        from = end + 1
      }
      afterBlank = !midLine && (line.length === 1 || (line.length === 2 && line[0] === 13))
      midLine = false
      at = end + 1
    }
    message.add(bytes.subarray(from, at))
    midLine ||= bytes.length - at > longLine
    if (midLine) message.add(bytes.subarray(at))
    rest = midLine ? Buffer.alloc(0) : Buffer.from(bytes.subarray(at))
  }
  if (rest.length > 0 && (midLine || !startsMessage(rest))) message.add(rest)
  if (message.size > 0) yield message.take()
}

function startsMessage(line: Buffer): boolean {
  return line.length > 5 && line[0] === 0x46 && line.toString('latin1', 0, 5) === 'From '
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

/** Pieces of one message, up to the ceiling. */
class Gathered {
  #pieces: Buffer[] = []
  size = 0

  add(piece: Buffer): void {
    const kept = piece.subarray(0, maxMessage - this.size)
    if (kept.length === 0) return
    this.#pieces.push(Buffer.from(kept))
    this.size += kept.length
  }

  take(): Buffer {
    const whole = Buffer.concat(this.#pieces)
    this.#pieces = []
    this.size = 0
    return whole
  }
}
