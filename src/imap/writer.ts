// SPDX-License-Identifier: Apache-2.0
/** Pieces of responses. Text is Latin-1, one character per byte, because headers of strangers have any bytes. */
import { encodeMutf7 } from '../mailbox/mutf7.ts'

const maxQuoted = 1000
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** A quoted string where the text allows it, otherwise a literal (RFC 3501 §4.3). */
export function string(text: string): string {
  if (text.length <= maxQuoted && /^[\x20-\x7e]*$/.test(text)) return `"${text.replace(/["\\]/g, '\\$&')}"`
  // NUL cannot stand in a literal (RFC 3501 §9 CHAR8).
  return `{${text.length}}\r\n${text.replaceAll('\0', '\x80')}`
}

export function nstring(text: string | null): string {
  return text === null ? 'NIL' : string(text)
}

/** A folder name as it stands on the wire. */
export function folderName(name: string): string {
  return string(encodeMutf7(name))
}

/** date-time, always in UTC: "17-Jul-1996 02:44:25 +0000" in quotes. */
export function dateTime(ms: number): string {
  const date = new Date(ms)
  const two = (value: number): string => String(value).padStart(2, '0')
  const day = String(date.getUTCDate()).padStart(2, ' ')
  const time = `${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())}`
  return `"${day}-${months[date.getUTCMonth()]}-${date.getUTCFullYear()} ${time} +0000"`
}
