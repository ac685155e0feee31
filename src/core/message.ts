// SPDX-License-Identifier: Apache-2.0
import type { Readable } from 'node:stream'
import type { BlobId } from './brand.ts'

/** A sealed handle on one message's bytes, which never change. Lines end in CRLF. */
export interface Blob {
  readonly id: BlobId
  /** Bytes. */
  readonly size: number
  /** The whole message at once. Callers keep it no longer than they need it. */
  bytes(): Promise<Uint8Array>
  /** A stream, for messages too large to hold. */
  open(): Readable
}

/** One header field in the order and the bytes in which it came. */
export interface HeaderField {
  /** As written; compare case-insensitively. */
  readonly name: string
  /** Unfolded, encoded words not decoded, surrounding white space removed. */
  readonly value: string
  /** Byte range in the message, line end included. */
  readonly start: number
  readonly end: number
}

/** A change to the header section; the body is never touched. */
export type HeaderEdit =
  | { readonly op: 'prepend'; readonly name: string; readonly value: string }
  | { readonly op: 'remove'; readonly name: string; readonly when: (field: HeaderField) => boolean }
  | { readonly op: 'prefix-subject'; readonly text: string }
