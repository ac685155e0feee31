// SPDX-License-Identifier: Apache-2.0
/**
 * What follows DATA: finds the end, takes away the dots that the client added (RFC 5321 §4.5.2), and notices bare CR
 * and LF, line by line as the bytes come. Only CRLF.CRLF ends a message: what is an end for one reader and not for the
 * next is how messages are smuggled. Strings are searched because V8 does that several times faster than in a Buffer.
 */

const cr = 0x0d
const dot = 0x2e

/** What may be the begin of a line end, of an added dot or of the end: it waits for what comes next. */
const undecided = /(?:\r?\n\.?|\r\n\.\r|\r)$/
const longestUndecided = 4

export class DataReader {
  readonly #take: (piece: Buffer) => void
  /** Undecided so far. The message begins as if after a line end. */
  #held = '\r\n'
  /** So much of it is no content of the message. */
  #outside = 2
  #hasBare = false

  /** @param take gets the content, piece by piece; pieces share the memory of the chunks */
  constructor(take: (piece: Buffer) => void) {
    this.#take = take
  }

  /** True when the client sent a bare CR or LF; complete at the end of the message. */
  get hasBare(): boolean {
    return this.#hasBare
  }

  /** Returns where in the chunk the commands go on; −1 while the message has not ended. */
  read(chunk: Buffer): number {
    const text = this.#held + chunk.toString('latin1')
    let from = this.#outside
    let line = 0
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', line)) {
      const isProper = text.charCodeAt(end - 1) === cr
      // With one bare LF it is known: no search for CR goes beyond its own line.
      this.#hasBare ||= !isProper || text.indexOf('\r', line) < end - 1
      line = end + 1
      if (text.charCodeAt(line) !== dot) continue
      if (isProper && text.startsWith('\r\n', line + 1)) {
        this.#hand(text, chunk, from, line)
        return line + 3 - this.#held.length
      }
      if (text.charCodeAt(line + 1) === dot) {
        this.#hand(text, chunk, from, line)
        from = line + 1
      }
    }
    const last = text.indexOf('\r', line)
    if (last >= 0 && last < text.length - 1) this.#hasBare = true
    this.#hold(text, chunk, from)
    return -1
  }

  #hold(text: string, chunk: Buffer, from: number): void {
    const held = undecided.exec(text.slice(-longestUndecided))?.[0] ?? ''
    const until = text.length - held.length
    this.#hand(text, chunk, from, until)
    this.#held = held
    this.#outside = Math.max(from - until, 0)
  }

  /** Hands on a part of the text: what was held before, and the bytes of the chunk. */
  #hand(text: string, chunk: Buffer, from: number, to: number): void {
    const begin = this.#held.length
    if (from < Math.min(begin, to)) this.#take(Buffer.from(text.slice(from, Math.min(begin, to)), 'latin1'))
    if (to > begin) this.#take(chunk.subarray(Math.max(from, begin) - begin, to - begin))
  }
}
