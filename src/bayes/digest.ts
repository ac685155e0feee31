// SPDX-License-Identifier: Apache-2.0
import { hash } from 'node:crypto'

const cr = 13
const lf = 10
/** Fields that make a message itself and that no hop may change (RFC 5322 §3.6). */
const stable = ['message-id', 'date', 'from', 'subject'] as const

/**
 * Who a message is, whatever trace fields were put on top of it and whichever line ends it was kept with: 32 hex digits
 * over four header fields and the body.
 */
export function messageDigest(fieldValue: (name: string) => string, raw: Uint8Array, bodyStart: number): string {
  const body = Buffer.from(raw.buffer, raw.byteOffset + bodyStart, raw.byteLength - bodyStart)
  const named = stable.map(fieldValue).join('\n')
  return hash('sha256', Buffer.concat([Buffer.from(`${named}\0`), plainLines(body)])).slice(0, 32)
}

/** Without carriage returns before line feeds, and without trailing line ends. */
function plainLines(body: Buffer): Buffer {
  let end = body.length
  while (end > 0 && (body[end - 1] === lf || body[end - 1] === cr)) end--
  const cut = body.subarray(0, end)
  if (cut.indexOf(cr) < 0) return cut
  const out = Buffer.allocUnsafe(cut.length)
  let at = 0
  for (let i = 0; i < cut.length; i++) if (cut[i] !== cr || cut[i + 1] !== lf) out[at++] = cut[i] as number
  return out.subarray(0, at)
}
