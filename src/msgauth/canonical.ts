// SPDX-License-Identifier: Apache-2.0
/** Canonical forms of RFC 6376 §3.4, in one pass over the bytes. A bare LF counts as a line end, as it would have travelled. */
import { createHash, type Hash } from 'node:crypto'

export type Canonicalization = 'simple' | 'relaxed'
export type HashName = 'sha1' | 'sha256'

export interface BodyDigest {
  /** In Base64, of the first `length` canonical bytes. */
  readonly hash: string
  /** Canonical bytes that come after those. */
  readonly unsigned: number
}

const cr = 0x0d
const lf = 0x0a
const space = 0x20
const tab = 0x09
const crlf = Buffer.from('\r\n')
const blank = Buffer.from(' ')

/** The bytes with every bare LF made a CRLF; the same buffer where all is well. */
export function withCrlf(bytes: Buffer): Buffer {
  let bare = 0
  for (let i = bytes.indexOf(lf); i >= 0; i = bytes.indexOf(lf, i + 1)) if (bytes[i - 1] !== cr) bare++
  if (bare === 0) return bytes
  const out = Buffer.allocUnsafe(bytes.length + bare)
  let o = 0
  for (let i = 0; i < bytes.length; i++) {
    const c = bytes[i] ?? 0
    if (c === lf && bytes[i - 1] !== cr) out[o++] = cr
    out[o++] = c
  }
  return out
}

/** Short pieces wait here to be hashed together: a call for each line would cost more than its copy. */
const gathered = Buffer.allocUnsafeSlow(16 * 1024)
/** Longer pieces are hashed where they are. Bytes. */
const longPiece = 1024

/** Hashes what it is given up to a length, and counts all of it. One at a time: they share a buffer. */
class Covered {
  readonly #hash: Hash
  readonly #length: number
  #total = 0
  #waiting = 0

  constructor(algorithm: HashName, length: number | null) {
    this.#hash = createHash(algorithm)
    this.#length = length ?? Number.POSITIVE_INFINITY
  }

  put(bytes: Buffer, from: number, to: number): void {
    const size = to - from
    if (size >= longPiece || this.#waiting + size > gathered.length) this.#flush()
    if (size >= longPiece) {
      this.#cover(bytes.subarray(from, to))
      return
    }
    bytes.copy(gathered, this.#waiting, from, to)
    this.#waiting += size
  }

  end(): BodyDigest {
    this.#flush()
    return { hash: this.#hash.digest('base64'), unsigned: Math.max(0, this.#total - this.#length) }
  }

  #flush(): void {
    this.#cover(gathered.subarray(0, this.#waiting))
    this.#waiting = 0
  }

  #cover(bytes: Buffer): void {
    const left = this.#length - this.#total
    this.#total += bytes.length
    if (left >= bytes.length) this.#hash.update(bytes)
    else if (left > 0) this.#hash.update(bytes.subarray(0, left))
  }
}

/** RFC 6376 §3.4.3: the body without the empty lines at its end; an empty body is one CRLF. */
function putSimple(body: Buffer, covered: Covered): void {
  const bytes = withCrlf(body)
  let end = bytes.length
  while (end >= 2 && bytes[end - 1] === lf && bytes[end - 2] === cr) end -= 2
  covered.put(bytes, 0, end)
  covered.put(crlf, 0, 2)
}

const isBlank = (c: number): boolean => c === space || c === tab
const isLineEnd = (body: Buffer, at: number): boolean => body[at] === lf || (body[at] === cr && body[at + 1] === lf)

/** Where the white space and the empty lines at the end of a body begin. */
function contentLength(body: Buffer): number {
  let end = body.length
  for (;;) {
    const last = body[end - 1]
    if (last === lf) end -= body[end - 2] === cr ? 2 : 1
    else if (isBlank(last ?? 0)) end--
    else return end
  }
}

/** RFC 6376 §3.4.4: runs of white space are one space, none at line ends; an empty body is empty. */
function putRelaxed(body: Buffer, covered: Covered): void {
  const end = contentLength(body)
  // What is before it is put already; what is between it and i is canonical as it stands.
  let put = 0
  for (let i = 0; i < end; ) {
    // The rest of a word: most of a body.
    while (i < end && (body[i] ?? 0) > space) i++
    if (i === end) break
    const c = body[i] ?? 0
    const start = i++
    if (c === cr && body[i] === lf) i++
    else if (c === lf) {
      covered.put(body, put, start)
      covered.put(crlf, 0, 2)
      put = i
    } else if (isBlank(c)) {
      while (isBlank(body[i] ?? 0)) i++
      const isLast = isLineEnd(body, i)
      if (c === space && i === start + 1 && !isLast) continue
      covered.put(body, put, start)
      if (!isLast) covered.put(blank, 0, 1)
      put = i
    }
  }
  covered.put(body, put, end)
  if (end > 0) covered.put(crlf, 0, 2)
}

/** What a signature says of a body: the hash of the first `length` bytes of its canonical form (all of them when null). */
export function digestBody(
  body: Buffer,
  form: Canonicalization,
  algorithm: HashName,
  length: number | null,
): BodyDigest {
  const covered = new Covered(algorithm, length)
  if (form === 'simple') putSimple(body, covered)
  else putRelaxed(body, covered)
  return covered.end()
}

/** RFC 6376 §3.4.2 for one field given as "Name: value", a character for each byte, folds included; without a line end. */
export function relaxedField(line: string): string {
  const at = line.indexOf(':')
  const name = line
    .slice(0, at)
    .replace(/[ \t\r\n]+/g, '')
    .toLowerCase()
  const value = line
    .slice(at + 1)
    .replaceAll('\r\n', '')
    .replace(/[ \t]+/g, ' ')
  return `${name}:${value.replace(/^ /, '').replace(/ $/, '')}`
}
