// SPDX-License-Identifier: Apache-2.0
/**
 * What a client sends, cut into commands and messages. It takes the place of the package's own stream (ADR 7): a
 * message is handed on in the chunks in which it came, without a stream of its own. Nothing is read ahead of what is
 * being answered, so a client that does not wait for its replies fills its own buffers and not our memory.
 */
import { Writable } from 'node:stream'
import { DataReader } from './data-reader.ts'

/** Bytes of a command line: room for AUTH with a token of several kilobytes. */
const maxCommand = 16 * 1024
/** Commands in a row that are answered at once, before other connections have their turn. */
const maxInARow = 100

/** Who receives the message that follows DATA. */
export interface MessageSink {
  take(piece: Buffer): void
  /** The message is whole. Commands go on after goOn(). */
  end(hasBare: boolean): void
}

export class Reader extends Writable {
  /** Handed each command without its line end; the next one comes when it calls next. */
  oncommand: (command: Buffer, next: () => void) => void = () => undefined
  /** Set by the package when the connection ends: what still comes is dropped. */
  isClosed = false
  /** What came and is no command yet, one code unit per byte. */
  #text = ''
  #chunkLength = 0
  #data: DataReader | null = null
  #sink: MessageSink | null = null
  #next: ((error?: Error) => void) | null = null
  #isDispatching = false
  #wasAnswered = false

  constructor() {
    super()
    // The client has closed its side in the middle of a line: some leave out the last line end.
    this.on('finish', () => {
      if (this.#text !== '' && !this.isClosed) this.oncommand(Buffer.from(this.#text, 'latin1'), () => undefined)
    })
  }

  /** True when something has come after the command that was handed out last (RFC 2920 §3.1). */
  get isAhead(): boolean {
    return this.#text !== '' || this.writableLength > this.#chunkLength
  }

  /** What follows is a message. */
  startData(sink: MessageSink): void {
    this.#sink = sink
    this.#data = new DataReader((piece) => sink.take(piece))
  }

  /** The message has been answered. */
  goOn(): void {
    this.#sink = null
    this.#dispatch()
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, next: (error?: Error) => void): void {
    this.#next = next
    this.#chunkLength = chunk.length
    if (this.#data === null) {
      this.#text += chunk.toString('latin1')
      this.#dispatch()
    } else this.#read(this.#data, chunk)
  }

  /** Hands out commands until one has to be waited for, or nothing is left. */
  #dispatch(): void {
    // A command may be answered before its handler returns: then the loop goes on instead of growing the stack.
    this.#wasAnswered = true
    if (this.#isDispatching) return
    this.#isDispatching = true
    try {
      for (let inARow = 0; this.#wasAnswered; inARow++) {
        if (inARow === maxInARow) {
          setImmediate(() => this.#dispatch())
          return
        }
        this.#wasAnswered = false
        this.#step()
      }
    } finally {
      this.#isDispatching = false
    }
  }

  #step(): void {
    const text = this.#text
    const end = text.indexOf('\n')
    if (this.isClosed) this.#done('')
    else if (this.#data !== null) this.#read(this.#data, Buffer.from(text, 'latin1'))
    else if ((end < 0 ? text.length : end) > maxCommand) this.#done('', new Error('Command line too long'))
    else if (end < 0) this.#done(text)
    else {
      this.#text = text.slice(end + 1)
      const line = text.slice(0, text[end - 1] === '\r' ? end - 1 : end)
      this.oncommand(Buffer.from(line, 'latin1'), () => this.#dispatch())
    }
  }

  #read(data: DataReader, chunk: Buffer): void {
    const end = this.isClosed ? -1 : data.read(chunk)
    if (end < 0) this.#done('')
    else {
      this.#text = chunk.toString('latin1', end)
      this.#data = null
      this.#sink?.end(data.hasBare)
    }
  }

  /** The chunk is used up, but for the begin of a command. */
  #done(rest: string, error?: Error): void {
    this.#text = rest
    const next = this.#next
    this.#next = null
    next?.(error)
  }
}
