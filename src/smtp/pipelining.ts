// SPDX-License-Identifier: Apache-2.0
/** Has the client sent commands ahead of their turn? EHLO, HELO and DATA must be the last of a group (RFC 2920 §3.1). */

/** The part of the package's command parser that is watched: a stream of chunks that hands out one command at a time. */
export interface CommandParser {
  readonly writableLength: number
  readonly _dataMode: boolean
  readonly _remainder: string
  _write(chunk: Buffer, encoding: BufferEncoding, next: (error?: Error) => void): void
  oncommand: (command: Buffer, next: () => void) => void
}

/** Watches a parser from now on; tells whether anything has come after the command that it handed out last. */
export function watchAhead(parser: CommandParser): () => boolean {
  let waiting = ''
  let chunkLength = 0
  const write = parser._write.bind(parser)
  parser._write = (chunk, encoding, next) => {
    if (!parser._dataMode) {
      waiting = parser._remainder + chunk.toString('latin1')
      chunkLength = chunk.length
    }
    write(chunk, encoding, next)
  }
  const oncommand = parser.oncommand
  parser.oncommand = (command, next) => {
    const end = waiting.indexOf('\n')
    waiting = end < 0 ? '' : waiting.slice(end + 1)
    oncommand(command, next)
  }
  return () => waiting !== '' || parser.writableLength > chunkLength
}
