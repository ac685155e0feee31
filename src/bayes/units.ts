// SPDX-License-Identifier: Apache-2.0
/** Text as an array of its UTF-16 code units: reading an array costs a third of asking a string for each of them. */
import { isLittleEndian } from '../kit/bytes.ts'

let units = new Uint16Array(1 << 16)
let bytes = Buffer.from(units.buffer)
/** Below this the call into the runtime costs more than it saves. */
const short = 48

/** The code units of a text, from index 0; valid until the next call. */
export function unitsOf(text: string): Uint16Array {
  const length = text.length
  if (length > units.length) {
    units = new Uint16Array(length)
    bytes = Buffer.from(units.buffer)
  }
  if (length > short && isLittleEndian) bytes.write(text, 0, length * 2, 'utf16le')
  else for (let i = 0; i < length; i++) units[i] = text.charCodeAt(i)
  return units
}
