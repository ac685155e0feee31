// SPDX-License-Identifier: Apache-2.0
/** Lists of ZIP archives (PKWARE APPNOTE 6.3): the central directory at the end; where it is missing, header by header. */
import type { ListReader, Tell } from './archive-member.ts'

const endOfDirectory = Buffer.from('PK\x05\x06', 'latin1')
const localHeader = 0x04034b50
const directoryHeader = 0x02014b50
/** A comment of at most 65,535 bytes may follow the end record (§4.3.16). */
const endSearch = 65_535 + 22
/** §4.4.4. */
const flag = { encrypted: 1, sizesFollow: 8, utf8: 0x800 } as const

export const listZip: ListReader = (bytes, tell) => {
  const end = bytes.lastIndexOf(endOfDirectory)
  const start = end >= Math.max(0, bytes.length - endSearch) ? directoryStart(bytes, end) : -1
  if (start >= 0) readDirectory(bytes, start, tell)
  else readLocalHeaders(bytes, tell)
  return false
}

/** What stands before the archive shifts it, so it is found from its end (§4.3.1). */
function directoryStart(bytes: Buffer, end: number): number {
  const start = end - bytes.readUInt32LE(end + 12)
  return start >= 0 && start + 4 <= bytes.length && bytes.readUInt32LE(start) === directoryHeader ? start : -1
}

/** §4.3.12. */
function readDirectory(bytes: Buffer, start: number, tell: Tell): void {
  for (let at = start; bytes.readUInt32LE(at) === directoryHeader; ) {
    const flags = bytes.readUInt16LE(at + 8)
    const nameLength = bytes.readUInt16LE(at + 28)
    const name = nameAt(bytes, at + 46, nameLength, flags)
    if (!tell({ name, size: bytes.readUInt32LE(at + 24), encrypted: (flags & flag.encrypted) !== 0 })) return
    at += 46 + nameLength + bytes.readUInt16LE(at + 30) + bytes.readUInt16LE(at + 32)
  }
}

/** §4.3.7. */
function readLocalHeaders(bytes: Buffer, tell: Tell): void {
  for (let at = 0; bytes.readUInt32LE(at) === localHeader; ) {
    const flags = bytes.readUInt16LE(at + 6)
    const nameLength = bytes.readUInt16LE(at + 26)
    const name = nameAt(bytes, at + 30, nameLength, flags)
    if (!tell({ name, size: bytes.readUInt32LE(at + 22), encrypted: (flags & flag.encrypted) !== 0 })) return
    // Where the sizes follow the data, the next header cannot be found without unpacking.
    if ((flags & flag.sizesFollow) !== 0) return
    at += 30 + nameLength + bytes.readUInt16LE(at + 28) + bytes.readUInt32LE(at + 18)
  }
}

function nameAt(bytes: Buffer, at: number, length: number, flags: number): string {
  return bytes.toString((flags & flag.utf8) !== 0 ? 'utf8' : 'latin1', at, at + length)
}
