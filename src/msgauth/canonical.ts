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

/** Hashes what it is given up to a length, and counts all of it. */
class Covered {
  readonly #hash: Hash
  readonly #length: number
  #total = 0

  constructor(algorithm: HashName, length: number | null) {
    this.#hash = createHash(algorithm)
    this.#length = length ?? Number.POSITIVE_INFINITY
  }

  put(bytes: Buffer): void {
    const left = this.#length - this.#total
    this.#total += bytes.length
    if (left >= bytes.length) this.#hash.update(bytes)
    else if (left > 0) this.#hash.update(bytes.subarray(0, left))
  }

  end(): BodyDigest {
    return { hash: this.#hash.digest('base64'), unsigned: Math.max(0, this.#total - this.#length) }
  }
}

/** RFC 6376 §3.4.3: the body without the empty lines at its end; an empty body is one CRLF. */
function putSimple(body: Buffer, covered: Covered): void {
  const bytes = withCrlf(body)
  let end = bytes.length
  while (end >= 2 && bytes[end - 1] === lf && bytes[end - 2] === cr) end -= 2
  covered.put(bytes.subarray(0, end))
  covered.put(crlf)
}

/** Where canonical bytes wait to be hashed: a call for each line would cost more than the copy. */
const chunk = Buffer.allocUnsafeSlow(32 * 1024)

/** RFC 6376 §3.4.4: runs of white space are one space, none at line ends; an empty body is empty. */
function putRelaxed(body: Buffer, covered: Covered): void {
  const room = chunk.length - 3
  let o = 0
  let lineEnds = 0
  let blank = false
  const makeRoom = (): void => {
    if (o < room) return
    covered.put(chunk.subarray(0, o))
    o = 0
  }
  for (let i = 0; i < body.length; ) {
    const c = body[i] ?? 0
    if (c === space || c === tab) {
      blank = true
      i++
    } else if (c === lf || (c === cr && body[i + 1] === lf)) {
      blank = false
      lineEnds++
      i += c === cr ? 2 : 1
    } else {
      for (; lineEnds > 0; lineEnds--) {
        makeRoom()
        chunk[o++] = cr
        chunk[o++] = lf
      }
      makeRoom()
      if (blank) chunk[o++] = space
      blank = false
      chunk[o++] = c
      // The rest of the word: most of a body.
      for (i++; i < body.length && o < room; i++) {
        const next = body[i] ?? 0
        if (next <= space) break
        chunk[o++] = next
      }
    }
  }
  const isEmpty = o === 0
  covered.put(chunk.subarray(0, o))
  if (!isEmpty) covered.put(crlf)
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
