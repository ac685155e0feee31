// SPDX-License-Identifier: Apache-2.0
import { Readable } from 'node:stream'
import type { BlobId } from '../core/brand.ts'
import type { Blob } from '../core/message.ts'

/** A message that is under way in memory: its client still waits, so it needs no disk of its own. */
export function memoryBlob(id: BlobId, bytes: Uint8Array): Blob {
  return {
    id,
    size: bytes.byteLength,
    bytes: async () => bytes,
    open: () => Readable.from([bytes], { objectMode: false }),
  }
}
