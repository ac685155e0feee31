// SPDX-License-Identifier: Apache-2.0
/** Canonical forms of RFC 6376 §3.4, in one pass over the bytes. */
import { createHash } from 'node:crypto'

export type Canonicalization = 'simple' | 'relaxed'

const cr = 0x0d
const lf = 0x0a
const space = 0x20
const tab = 0x09

/** The bytes with every bare LF made a CRLF, which is how they would have travelled; the same buffer where all is well. */
export function withCrlf(body: Buffer): Buffer {
  let bare = 0
  for (let i = body.indexOf(lf); i >= 0; i = body.indexOf(lf, i + 1)) if (body[i - 1] !== cr) bare++
  if (bare === 0) return body
  const out = Buffer.allocUnsafe(body.length + bare)
  let o = 0
  for (let i = 0; i < body.length; i++) {
    const c = body[i] ?? 0
    if (c === lf && body[i - 1] !== cr) out[o++] = cr
    out[o++] = c
  }
  return out
}

/** RFC 6376 §3.4.3: the body without the empty lines at its end; an empty body is one CRLF. */
function simpleBody(body: Buffer): Buffer {
  let end = body.length
  while (end >= 2 && body[end - 1] === lf && body[end - 2] === cr) end -= 2
  if (end + 2 <= body.length) return body.subarray(0, end + 2)
  return Buffer.concat([body.subarray(0, end), Buffer.from('\r\n')])
}

/** RFC 6376 §3.4.4: runs of white space are one space, none at line ends; an empty body is empty. */
function relaxedBody(body: Buffer): Buffer {
  const out = Buffer.allocUnsafe(body.length + 2)
  let o = 0
  let lineEnds = 0
  let blank = false
  for (let i = 0; i < body.length; i++) {
    const c = body[i]
    if (c === space || c === tab) {
      blank = true
    } else if (c === cr && body[i + 1] === lf) {
      blank = false
      lineEnds++
      i++
    } else {
      for (; lineEnds > 0; lineEnds--) {
        out[o++] = cr
        out[o++] = lf
      }
      if (blank) out[o++] = space
      blank = false
      out[o++] = c ?? 0
    }
  }
  if (o > 0) {
    out[o++] = cr
    out[o++] = lf
  }
  return out.subarray(0, o)
}

/** The canonical form of a body with CRLF line ends: what the hash of a signature covers. */
export function canonicalBody(body: Buffer, canonicalization: Canonicalization): Buffer {
  return canonicalization === 'simple' ? simpleBody(body) : relaxedBody(body)
}

/** Base64 of the hash of a body's first `length` canonical bytes (all of them when null). */
export function bodyHash(canonical: Buffer, algorithm: 'sha1' | 'sha256', length: number | null): string {
  const covered = length === null ? canonical : canonical.subarray(0, length)
  return createHash(algorithm).update(covered).digest('base64')
}

/** RFC 6376 §3.4.2 for one field given as "Name: value" in Latin-1, folds included; without a line end. */
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
