// SPDX-License-Identifier: Apache-2.0
import type { Flags } from './flags.ts'

/** One message of an open folder. The folder that made it keeps it current; others only read it. */
export interface StoredMessage {
  readonly uid: number
  /** File name without flags: never changes. */
  readonly base: string
  readonly where: 'new' | 'cur'
  readonly name: string
  readonly flags: Flags
  /** No session with the right to change the folder has seen it yet (RFC 3501 §2.3.2). */
  readonly recent: boolean
}

/** A file already in cur/ that shall become a message of the folder. */
export interface Adoption {
  readonly base: string
  readonly flags: Flags
}
