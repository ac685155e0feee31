// SPDX-License-Identifier: Apache-2.0
/** Lines that come in one turn of the event loop are written together: a busy gateway logs many, and each write costs. */

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
    if (text === '') setImmediate(flush)
    text += line
    if (text.length > maxChars) flush()
  }
}
