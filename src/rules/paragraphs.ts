// SPDX-License-Identifier: Apache-2.0
/** Text cut into the pieces that body and rawbody rules are tried on, as SpamAssassin cuts it. */
import { latin1 } from '../kit/bytes.ts'

const maxPiece = 2048

/**
 * Runs of white space become one space, or one line end where there was an empty line; then one piece a line, long
 * lines cut at a space. Pieces keep their line end. Text in, UTF-8 with one code unit per byte out.
 */
export function toParagraphs(text: string): string[] {
  const bytes = Buffer.from(text, 'utf8')
  const out = Buffer.allocUnsafe(bytes.length * 2 + 1)
  let size = 0
  for (let i = 0; i < bytes.length; ) {
    // Most of a text is plain, with single spaces between.
    for (; i < bytes.length; i++) {
      const code = bytes[i] as number
      if (code > space ? code >= firstWide : code !== space || !isPlain(bytes[i + 1])) break
      out[size++] = code
    }
    if (i === bytes.length) break
    const width = blankWidth(bytes, i)
    if (width === 0) {
      const code = bytes[i++] as number
      out[size++] = code === 0 ? lineEnd : code
      continue
    }
    const run = blankRun(bytes, i)
    if (run.lineEnds > 1) {
      if (run.firstEnd > i) out[size++] = space
      out[size++] = lineEnd
      if (run.behindLastEnd < run.end) out[size++] = space
    } else out[size++] = space
    i = run.end
  }
  return cutLines(latin1(out, 0, size))
}

const lineEnd = 0x0a
const space = 0x20
/** The first byte of UTF-8 with which a wide blank may begin. */
const firstWide = 0xc2

function isPlain(code: number | undefined): boolean {
  return code !== undefined && code > space && code < firstWide
}

interface BlankRun {
  readonly end: number
  readonly lineEnds: number
  readonly firstEnd: number
  readonly behindLastEnd: number
}

function blankRun(bytes: Buffer, start: number): BlankRun {
  let [end, lineEnds, firstEnd, behindLastEnd] = [start, 0, 0, 0]
  for (let width = blankWidth(bytes, end); width > 0; width = blankWidth(bytes, end)) {
    if (bytes[end] === lineEnd) {
      if (lineEnds === 0) firstEnd = end
      lineEnds++
      behindLastEnd = end + 1
    }
    end += width
  }
  return { end, lineEnds, firstEnd, behindLastEnd }
}

/** Bytes of the white space character at an offset; 0 when it is something else. */
function blankWidth(bytes: Buffer, at: number): number {
  const first = bytes[at] as number
  if (first === space || (first >= 9 && first <= 13)) return 1
  if (first < firstWide || first > 0xe3) return 0
  const [second = 0, third = 0] = [bytes[at + 1], bytes[at + 2]]
  if (first === 0xc2) return second === 0x85 || second === 0xa0 ? 2 : 0
  if (first === 0xe1) return second === 0x9a && third === 0x80 ? 3 : 0
  if (first === 0xe3) return second === 0x80 && third === 0x80 ? 3 : 0
  if (first !== 0xe2) return 0
  if (second === 0x80)
    return (third >= 0x80 && third <= 0x8a) || third === 0xa8 || third === 0xa9 || third === 0xaf ? 3 : 0
  return second === 0x81 && third === 0x9f ? 3 : 0
}

/** Lines with their ends; those that are too long cut at the last space that fits. */
export function cutLines(text: string): string[] {
  const pieces: string[] = []
  for (let start = 0; start < text.length; ) {
    const end = text.indexOf('\n', start)
    const next = end < 0 ? text.length : end + 1
    while (next - start > maxPiece) {
      const blank = text.lastIndexOf(' ', start + maxPiece)
      const cut = blank < start ? start + maxPiece : blank + 1
      pieces.push(text.slice(start, cut))
      start = cut
    }
    if (start < next) pieces.push(text.slice(start, next))
    start = next
  }
  return pieces
}

/** Pieces of 2 to 4 kB that end at a line end, else a ">", else a space. */
export function cutChunks(text: string): string[] {
  if (text.length <= maxPiece) return [text]
  const pieces: string[] = []
  let start = 0
  while (text.length - start > 2 * maxPiece) {
    const last = chunkEnd(text, start)
    pieces.push(text.slice(start, last + 1))
    start = last + 1
  }
  if (start < text.length) pieces.push(text.slice(start))
  return pieces
}

function chunkEnd(text: string, start: number): number {
  for (const mark of ['\n', '>', ' ']) {
    const at = text.indexOf(mark, start + maxPiece)
    if (at >= 0 && at - start + 1 <= 2 * maxPiece) return at
  }
  return start + maxPiece
}

/** The beginning of a text, cut near a limit at the first of the marks that follows within a kilobyte. */
export function truncateAt(text: string, limit: number, marks: readonly string[]): string {
  if (text.length <= limit) return text
  for (const mark of marks) {
    const at = text.indexOf(mark, limit)
    if (at >= 0 && at - limit <= 1024) return text.slice(0, at + 1)
  }
  return text.slice(0, limit)
}
