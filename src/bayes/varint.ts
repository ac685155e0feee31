// SPDX-License-Identifier: Apache-2.0
/** Numbers in as few bytes as they need (seven bits a byte, least first): for the journal and the model file. */

/** Grows as needed; `bytes()` is what was written. */
export class ByteWriter {
  #buffer = Buffer.allocUnsafe(1 << 16)
  #at = 0

  get length(): number {
    return this.#at
  }

  /** Forgets what was written; the buffer stays. */
  clear(): void {
    this.#at = 0
  }

  byte(value: number): void {
    this.#room(1)
    this.#buffer[this.#at++] = value
  }

  varint(value: number): void {
    this.#room(5)
    let rest = value >>> 0
    while (rest > 127) {
      this.#buffer[this.#at++] = (rest & 127) | 128
      rest >>>= 7
    }
    this.#buffer[this.#at++] = rest
  }

  uint32(value: number): void {
    this.#room(4)
    this.#at = this.#buffer.writeUInt32LE(value >>> 0, this.#at)
  }

  double(value: number): void {
    this.#room(8)
    this.#at = this.#buffer.writeDoubleLE(value, this.#at)
  }

  raw(bytes: Uint8Array): void {
    this.#room(bytes.byteLength)
    this.#buffer.set(bytes, this.#at)
    this.#at += bytes.byteLength
  }

  /** What was written, until the next write. */
  view(): Buffer {
    return this.#buffer.subarray(0, this.#at)
  }

  /** A copy that later writes do not touch. */
  bytes(): Buffer {
    return Buffer.from(this.#buffer.subarray(0, this.#at))
  }

  #room(more: number): void {
    if (this.#at + more <= this.#buffer.length) return
    const larger = Buffer.allocUnsafe(Math.max(this.#buffer.length * 2, this.#at + more))
    larger.set(this.#buffer.subarray(0, this.#at))
    this.#buffer = larger
  }
}

/** Reads what ByteWriter wrote. Past the end it throws a RangeError: the file is cut or not ours. */
export class ByteReader {
  readonly #buffer: Buffer
  #at = 0

  constructor(buffer: Buffer) {
    this.#buffer = buffer
  }

  get at(): number {
    return this.#at
  }

  byte(): number {
    if (this.#at >= this.#buffer.length) throw new RangeError('cut short')
    return this.#buffer[this.#at++] as number
  }

  varint(): number {
    let value = 0
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.byte()
      value |= (byte & 127) << shift
      if (byte < 128) return value >>> 0
    }
    throw new RangeError('number too long')
  }

  uint32(): number {
    const value = this.#buffer.readUInt32LE(this.#at)
    this.#at += 4
    return value
  }

  double(): number {
    const value = this.#buffer.readDoubleLE(this.#at)
    this.#at += 8
    return value
  }

  raw(length: number): Buffer {
    if (this.#at + length > this.#buffer.length) throw new RangeError('cut short')
    this.#at += length
    return this.#buffer.subarray(this.#at - length, this.#at)
  }
}
