// SPDX-License-Identifier: Apache-2.0
/** Does a message's header section need SMTPUTF8 on its way? (RFC 6531 §3.2: only what is really not ASCII does.) */
import type { DeliveryJob } from '../core/delivery.ts'

/** Bytes of a header section that are looked at; more is not read by anybody either. */
const maxHeader = 256 * 1024

/** Lone bytes above 127 count as well: what they stand for is not ours to guess. */
export async function headerIsAscii(chunks: AsyncIterable<Uint8Array>): Promise<boolean> {
  let seen = 0
  let last = 0
  let lineEnds = 0
  for await (const chunk of chunks) {
    for (const byte of chunk) {
      if (byte > 127) return false
      // An empty line ends the header section.
      if (byte === 10 && last === 13) lineEnds += 1
      else if (byte !== 13) lineEnds = 0
      if (lineEnds === 2 || ++seen > maxHeader) return true
      last = byte
    }
  }
  return true
}

/** The client said SMTPUTF8, and for its header fields it was no mere precaution. */
export async function headerNeedsUtf8({ envelope, blob }: DeliveryJob): Promise<boolean> {
  return envelope.smtpUtf8 && !(await headerIsAscii(blob.open()))
}
