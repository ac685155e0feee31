// SPDX-License-Identifier: Apache-2.0
/** Lists of RAR archives (RAR 5.0 technote, and the older form), and whether a 7z archive is encrypted. */
import type { ListReader, Tell } from './archive-member.ts'

const rar5 = Buffer.from('Rar!\x1a\x07\x01\x00', 'latin1')
/** 7zFormat.txt: the id of the coder AES-256 with SHA-256. */
const sevenZipAes = Buffer.from([0x06, 0xf1, 0x07, 0x01])

export const listRar: ListReader = (bytes, tell) =>
  bytes.subarray(0, rar5.length).equals(rar5) ? readRar5(bytes, tell) : readRar4(bytes, tell)

/** Names in a 7z archive are themselves compressed; that a password is needed shows in the list of coders. */
export const listSevenZip: ListReader = (bytes) => {
  const offset = 32 + Number(bytes.readBigUInt64LE(12))
  return bytes.subarray(offset).includes(sevenZipAes)
}

/** A number of 7 bits a byte, low bits first. */
function vint(bytes: Buffer, at: number): { value: number; next: number } {
  let value = 0
  for (let i = 0; i < 8; i++) {
    const byte = bytes.readUInt8(at + i)
    value += (byte & 0x7f) * 2 ** (7 * i)
    if (byte < 0x80) return { value, next: at + i + 1 }
  }
  throw new RangeError('a number without an end')
}

const block = { file: 2, encryption: 4, end: 5 } as const

function readRar5(bytes: Buffer, tell: Tell): boolean {
  for (let at = rar5.length; at < bytes.length; ) {
    const size = vint(bytes, at + 4)
    const type = vint(bytes, size.next)
    const flags = vint(bytes, type.next)
    const extra = (flags.value & 1) !== 0 ? vint(bytes, flags.next) : { value: 0, next: flags.next }
    const data = (flags.value & 2) !== 0 ? vint(bytes, extra.next) : { value: 0, next: extra.next }
    const end = size.next + size.value
    if (type.value === block.encryption) return true
    if (type.value === block.end) return false
    if (type.value === block.file) {
      const encrypted = hasEncryptionRecord(bytes, end - extra.value, end)
      if (!tell({ ...rar5File(bytes, data.next), encrypted })) return false
    }
    at = end + data.value
  }
  return false
}

function rar5File(bytes: Buffer, start: number): { name: string; size: number | null } {
  const flags = vint(bytes, start)
  const size = vint(bytes, flags.next)
  const attributes = vint(bytes, size.next)
  const times = attributes.next + ((flags.value & 2) !== 0 ? 4 : 0) + ((flags.value & 4) !== 0 ? 4 : 0)
  const system = vint(bytes, vint(bytes, times).next)
  const length = vint(bytes, system.next)
  const name = bytes.toString('utf8', length.next, length.next + length.value)
  return { name, size: (flags.value & 8) !== 0 ? null : size.value }
}

/** The first kind of record in the extra area of a file says how it is encrypted. */
function hasEncryptionRecord(bytes: Buffer, start: number, end: number): boolean {
  for (let at = start; at < end; ) {
    const size = vint(bytes, at)
    if (vint(bytes, size.next).value === 1) return true
    at = size.next + Math.max(1, size.value)
  }
  return false
}

const old = { main: 0x73, file: 0x74, end: 0x7b } as const

function readRar4(bytes: Buffer, tell: Tell): boolean {
  for (let at = 7; at < bytes.length; ) {
    const type = bytes.readUInt8(at + 2)
    const flags = bytes.readUInt16LE(at + 3)
    const size = bytes.readUInt16LE(at + 5)
    if (type === old.main && (flags & 0x80) !== 0) return true
    if (type === old.end || size < 7) return false
    const added = (flags & 0x8000) !== 0 || type === old.file ? bytes.readUInt32LE(at + 7) : 0
    if (type === old.file) {
      const start = at + 32 + ((flags & 0x100) !== 0 ? 8 : 0)
      const [name = ''] = bytes.toString('latin1', start, start + bytes.readUInt16LE(at + 26)).split('\0')
      if (!tell({ name, size: bytes.readUInt32LE(at + 11), encrypted: (flags & 4) !== 0 })) return false
    }
    at += size + added
  }
  return false
}
