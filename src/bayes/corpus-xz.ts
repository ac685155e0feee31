// SPDX-License-Identifier: Apache-2.0
/** The one door to the xz-decompress package (LZMA2 in WebAssembly); loaded when the first packed archive comes. */
import { createRequire } from 'node:module'
import { Readable } from 'node:stream'
import type { ReadableStream } from 'node:stream/web'

// Its file is CommonJS whose names an import does not see.
const require = createRequire(import.meta.url)

/** A stream of xz → what it holds. Throws the file's errors as they are; says in words where the packing is broken. */
export function unpackXz(file: Readable): Readable {
  // The package reads one stream at a time, and lets the next one wait: spam and ham, read in turn, would wait for ever.
  delete require.cache[require.resolve('xz-decompress')]
  const { XzReadableStream } = require('xz-decompress') as typeof import('xz-decompress')
  const packed = Readable.toWeb(file) as ConstructorParameters<typeof XzReadableStream>[0]
  return Readable.from(inWords(new XzReadableStream(packed) as ReadableStream<Uint8Array>))
}

async function* inWords(stream: ReadableStream<Uint8Array>): AsyncGenerator<Buffer> {
  try {
    for await (const { buffer, byteOffset, byteLength } of stream) yield Buffer.from(buffer, byteOffset, byteLength)
  } catch (cause) {
    throw cause instanceof Error && 'code' in cause ? cause : new Error('is a broken xz file', { cause })
  }
}
