// SPDX-License-Identifier: Apache-2.0
/**
 * Line ends of a message (RFC 5321 §2.3.8). smtp-server ends DATA only at CRLF.CRLF but hands bare CR and LF
 * through; what is a line for one reader and not for the next is how messages are smuggled. After this, every
 * CR is followed by LF and every LF preceded by CR.
 */

const cr = 0x0d
const lf = 0x0a
const space = 0x20

export interface NormalizedLines {
  readonly bytes: Uint8Array
  /** True when the client sent a bare CR or LF. */
  readonly hadBare: boolean
}

/** Bare LF becomes CRLF, bare CR a space (as Postfix does), and a missing last line end is added. */
export function normalizeLineEnds(raw: Uint8Array): NormalizedLines {
  const { bareLf, bareCr } = countBare(raw)
  const unended = raw.length > 0 && raw.at(-1) !== lf
  if (bareLf === 0 && bareCr === 0 && !unended) return { bytes: raw, hadBare: false }
  const out = Buffer.allocUnsafe(raw.length + bareLf + (unended ? 2 : 0))
  let at = 0
  for (let i = 0; i < raw.length; i++) {
    const byte = raw[i] ?? 0
    if (byte === lf && raw[i - 1] !== cr) out[at++] = cr
    out[at++] = byte === cr && raw[i + 1] !== lf ? space : byte
  }
  if (unended) {
    out[at++] = cr
    out[at++] = lf
  }
  return { bytes: out.subarray(0, at), hadBare: bareLf + bareCr > 0 }
}

function countBare(raw: Uint8Array): { bareLf: number; bareCr: number } {
  let bareLf = 0
  for (let i = raw.indexOf(lf); i >= 0; i = raw.indexOf(lf, i + 1)) if (raw[i - 1] !== cr) bareLf++
  let bareCr = 0
  for (let i = raw.indexOf(cr); i >= 0; i = raw.indexOf(cr, i + 1)) if (raw[i + 1] !== lf) bareCr++
  return { bareLf, bareCr }
}
