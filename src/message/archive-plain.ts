// SPDX-License-Identifier: Apache-2.0
/** Lists of archives that cannot be encrypted: gzip (RFC 1952), tar (POSIX ustar), CAB (MS-CAB), ISO 9660 (ECMA-119). */
import type { ListReader } from './archive-member.ts'

/** Deflate cannot do better: 258 bytes for a quarter of one (RFC 1951). */
const maxRatio = 1032

/**
 * One file; its name is optional (RFC 1952 §2.3). The last four bytes are its size modulo 2^32; where that cannot be, they
 * are something else.
 */
export const listGzip: ListReader = (bytes, tell) => {
  const flags = bytes.readUInt8(3)
  const extra = (flags & 4) !== 0 ? 2 + bytes.readUInt16LE(10) : 0
  const name = (flags & 8) !== 0 ? zeroEnded(bytes, 10 + extra) : ''
  const size = bytes.readUInt32LE(bytes.length - 4)
  tell({ name, size: size <= bytes.length * maxRatio ? size : null, encrypted: false })
  return false
}

const tarBlock = 512

export const listTar: ListReader = (bytes, tell) => {
  for (let at = 0; at + tarBlock <= bytes.length && bytes[at] !== 0; ) {
    const size = Number.parseInt(bytes.toString('latin1', at + 124, at + 136), 8) || 0
    const prefix = zeroEnded(bytes.subarray(at + 345, at + 500), 0)
    const name = zeroEnded(bytes.subarray(at, at + 100), 0)
    if (!tell({ name: prefix === '' ? name : `${prefix}/${name}`, size, encrypted: false })) break
    at += tarBlock + Math.ceil(size / tarBlock) * tarBlock
  }
  return false
}

/** CFHEADER, then one CFFILE for each file. */
export const listCab: ListReader = (bytes, tell) => {
  let at = bytes.readUInt32LE(16)
  for (let left = bytes.readUInt16LE(28); left > 0; left--) {
    const name = zeroEnded(bytes, at + 16)
    if (!tell({ name, size: bytes.readUInt32LE(at), encrypted: false })) break
    at += 17 + name.length
  }
  return false
}

const sector = 2048
/** §8.1: the volume descriptors begin with the 16th sector; the first is the primary one. */
const primaryDescriptor = 16 * sector

/** The root folder alone: what a person sees who opens the image. */
export const listIso: ListReader = (bytes, tell) => {
  const root = primaryDescriptor + 156
  const start = bytes.readUInt32LE(root + 2) * sector
  const end = start + bytes.readUInt32LE(root + 10)
  for (let at = start; at < end; ) {
    const length = bytes.readUInt8(at)
    if (length === 0) {
      // §6.8.1.1: a record does not cross a sector; zeros fill it.
      at = (Math.floor(at / sector) + 1) * sector
      continue
    }
    const nameLength = bytes.readUInt8(at + 32)
    const name = bytes.toString('latin1', at + 33, at + 33 + nameLength).replace(/;\d+$/, '')
    // "\0" and "\x01" are the folder itself and the one above it (§7.6.2).
    const isSelf = nameLength === 1 && name <= '\x01'
    if (!isSelf && !tell({ name, size: bytes.readUInt32LE(at + 10), encrypted: false })) break
    at += length
  }
  return false
}

/** Text up to its zero byte. Throws RangeError where it has none within reach. */
function zeroEnded(bytes: Buffer, start: number): string {
  const end = bytes.indexOf(0, start)
  if (start > bytes.length) throw new RangeError('beyond the end')
  return bytes.toString('latin1', start, end < 0 ? bytes.length : end)
}
