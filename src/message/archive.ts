// SPDX-License-Identifier: Apache-2.0
/**
 * What lies in an archive, read from its own lists: nothing is unpacked, so no archive can blow up. A list that is broken
 * or too long is read as far as it goes.
 */
import type { ArchiveMember, ListReader, Tell } from './archive-member.ts'
import { listCab, listGzip, listIso, listTar } from './archive-plain.ts'
import { listRar, listSevenZip } from './archive-rar.ts'
import { listZip } from './archive-zip.ts'
import type { Magic } from './attachments.ts'

export interface Archive {
  readonly members: readonly ArchiveMember[]
  /** A member is encrypted, or the list itself is. */
  readonly encrypted: boolean
  /** Bytes of all members when unpacked, as far as it says. */
  readonly unpackedBytes: number
}

/** Beyond these the rest of a list is not read. */
const maxMembers = 1000
const maxName = 1024

const readers: Readonly<Partial<Record<Magic, ListReader>>> = {
  zip: listZip,
  rar: listRar,
  '7z': listSevenZip,
  gzip: listGzip,
  tar: listTar,
  cab: listCab,
  iso: listIso,
}

/** The list of an archive; null where the bytes are none that we know. Never throws for what a stranger wrote. */
export function listArchive(bytes: Buffer, magic: Magic | null): Archive | null {
  const read = magic === null ? undefined : readers[magic]
  if (read === undefined) return null
  const members: ArchiveMember[] = []
  const tell: Tell = (member) => {
    members.push({ ...member, name: member.name.slice(0, maxName) })
    return members.length < maxMembers
  }
  const isLocked = readAsFarAsItGoes(() => read(bytes, tell))
  return {
    members,
    encrypted: isLocked || members.some(({ encrypted }) => encrypted),
    unpackedBytes: members.reduce((sum, { size }) => sum + (size ?? 0), 0),
  }
}

/** Documents that ask for a password, by what they are. */
export function isEncryptedDocument(bytes: Buffer, magic: Magic | null): boolean {
  if (magic === 'pdf') return bytes.includes('/Encrypt')
  // [MS-OFFCRYPTO] §2.3.4: the package lies in a stream of this name.
  return magic === 'ole' && bytes.includes('EncryptedPackage', 0, 'utf16le')
}

function readAsFarAsItGoes(read: () => boolean): boolean {
  try {
    return read()
  } catch (error) {
    if (error instanceof RangeError) return false
    throw error
  }
}
