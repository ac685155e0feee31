// SPDX-License-Identifier: Apache-2.0
/** Lines that come within a moment are written together: a busy gateway logs many, and each write costs. */

/** The longest that a line waits. Milliseconds. */
const waitMs = 10
/** Larger heaps of lines are written at once. */
const maxChars = 64 * 1024

/** The same as write, a moment later; what is left is written when the process exits. */
export function gathered(write: (text: string) => void): (line: string) => void {
  let text = ''
  const flush = () => {
    if (text === '') return
    const lines = text
    text = ''
    write(lines)
  }
  process.once('exit', flush)
  return (line) => {
    if (text === '') setTimeout(flush, waitMs).unref()
    text += line
    if (text.length > maxChars) flush()
  }
}
