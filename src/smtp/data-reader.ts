// SPDX-License-Identifier: Apache-2.0
/**
 * What follows DATA: finds the end, takes away the dots that the client added (RFC 5321 §4.5.2), and notices bare CR
 * and LF, all in one pass over the bytes as they come. Only CRLF.CRLF ends a message: what is an end for one reader and
 * not for the next is how messages are smuggled.
 */

const cr = 0x0d
const lf = 0x0a
const dot = 0x2e

/** What the bytes before this one were. */
const inLine = 0
const afterCr = 1
/** After CRLF, or before the first byte. */
const atLine = 2
/** After CRLF and a dot, which is not handed on before it is clear what it is. */
const afterDot = 3
/** After CRLF, a dot and CR, neither of which is handed on yet. */
const afterDotCr = 4
/** After a bare LF: no line for SMTP, but clients add dots there. */
const atBareLine = 5
const afterBareDot = 6

type State =
  | typeof inLine
  | typeof afterCr
  | typeof atLine
  | typeof afterDot
  | typeof afterDotCr
  | typeof atBareLine
  | typeof afterBareDot

const heldDot = Buffer.from('.')
const heldDotCr = Buffer.from('.\r')

export class DataReader {
  readonly #take: (piece: Buffer) => void
  #state: State = atLine
  #hasBare = false

  /** @param take gets the content, piece by piece; pieces share the memory of the chunks */
  constructor(take: (piece: Buffer) => void) {
    this.#take = take
  }

  /** True when the client sent a bare CR or LF. */
  get hasBare(): boolean {
    return this.#hasBare
  }

  /** Returns where in the chunk the commands go on; −1 while the message has not ended. */
  read(chunk: Buffer): number {
    let state = this.#state
    let from = 0
    for (let at = 0; at < chunk.length; at++) {
      const byte = chunk[at] as number
      if (state === inLine) {
        // Nearly every byte ends here.
        if (byte > cr) continue
        state = this.#inContent(byte, false)
      } else if (state === atLine || state === atBareLine) {
        if (byte !== dot) state = this.#inContent(byte, false)
        else if (state === atBareLine) state = afterBareDot
        else {
          this.#hand(chunk, from, at)
          from = at + 1
          state = afterDot
        }
      } else if (state === afterCr) state = byte === lf ? atLine : this.#inContent(byte, true)
      else if (state === afterBareDot) {
        if (byte === dot) {
          this.#hand(chunk, from, at)
          from = at + 1
        }
        state = this.#inContent(byte, false)
      } else {
        if (state === afterDotCr && byte === lf) return at + 1
        if (state === afterDot && byte === cr) state = afterDotCr
        else {
          // The first of two dots was added; a dot alone was not.
          if (state === afterDotCr) this.#take(heldDotCr)
          else if (byte !== dot) this.#take(heldDot)
          state = this.#inContent(byte, state === afterDotCr)
        }
        from = state === afterDotCr ? at + 1 : at
      }
    }
    this.#hand(chunk, from, chunk.length)
    this.#state = state
    return -1
  }

  /** The state after a byte that is content; afterBareCr: it follows a CR and is no LF. */
  #inContent(byte: number, afterBareCr: boolean): State {
    if (afterBareCr || byte === lf) this.#hasBare = true
    return byte === cr ? afterCr : byte === lf ? atBareLine : inLine
  }

  #hand(chunk: Buffer, from: number, to: number): void {
    if (to > from) this.#take(from === 0 && to === chunk.length ? chunk : chunk.subarray(from, to))
  }
}
