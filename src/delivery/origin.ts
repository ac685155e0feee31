// SPDX-License-Identifier: Apache-2.0
/** Tells a next hop that trusts us who the client was, in Postfix's words XFORWARD and XCLIENT. Pure. */
import type { Origin } from '../core/envelope.ts'
import { encodeXtext } from './parameters.ts'

/** none: nothing is told; xforward: for its log; xclient: it judges the client as if it had come there itself. */
export type OriginMode = 'none' | 'xforward' | 'xclient'

/** RFC 5321 §4.5.3.1.4: a command line, CRLF included; Postfix's servers keep to it. */
const maxLine = 510
const unavailable = '[UNAVAILABLE]'

function ascii(text: string | null): string {
  return text === null || text === '' || /[^\x21-\x7e]/.test(text) ? unavailable : encodeXtext(text)
}

function attributesOf(origin: Origin, mode: 'xforward' | 'xclient'): [string, string][] {
  return [
    ['NAME', ascii(origin.name)],
    ['ADDR', origin.ip.includes(':') ? `IPV6:${origin.ip}` : origin.ip],
    ['PORT', String(origin.port)],
    ['PROTO', origin.protocol],
    ['HELO', ascii(origin.helo)],
    ...(mode === 'xforward' ? [['SOURCE', 'REMOTE'] as [string, string]] : []),
  ]
}

/**
 * The commands to say before MAIL FROM; none where the peer does not offer to listen. Attributes that it does not name
 * in its EHLO reply are left out, and long lists are split.
 */
export function preambleOf(
  mode: OriginMode,
  origin: Origin | undefined,
  offers: ReadonlyMap<string, string>,
): readonly string[] {
  if (mode === 'none' || origin === undefined) return []
  const verb = mode.toUpperCase()
  const known = offers.get(verb)?.toUpperCase().split(' ')
  if (known === undefined) return []
  const words = attributesOf(origin, mode)
    .filter(([name]) => known.includes(name))
    .map(([name, value]) => `${name}=${value}`)
  const lines: string[] = []
  for (const word of words) {
    const last = lines.at(-1)
    // A second XCLIENT would begin from the first one's client: it must be one line.
    if (last !== undefined && (mode === 'xclient' || last.length + word.length < maxLine)) {
      lines[lines.length - 1] = `${last} ${word}`
    } else lines.push(`${verb} ${word}`)
  }
  return lines
}
