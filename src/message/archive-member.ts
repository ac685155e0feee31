// SPDX-License-Identifier: Apache-2.0
/** What is told of a file in an archive, and how the readers of lists tell it. */

export interface ArchiveMember {
  /** As the archive has it, with its path. */
  readonly name: string
  /** Bytes when unpacked, as the archive claims; null where it does not say. */
  readonly size: number | null
  readonly encrypted: boolean
}

/** Tells one member; false: enough, nobody listens any more. */
export type Tell = (member: ArchiveMember) => boolean

/** Reads the list of one kind of archive. True: the list itself is encrypted. Throws RangeError where it is cut off. */
export type ListReader = (bytes: Buffer, tell: Tell) => boolean
