// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { DataReader } from '../../../src/smtp/data-reader.ts'

interface Outcome {
  readonly content: string
  readonly rest: string | null
  readonly hasBare: boolean
}

function read(chunks: readonly string[]): Outcome {
  const pieces: Buffer[] = []
  const reader = new DataReader((piece) => pieces.push(piece))
  let rest: string | null = null
  for (const text of chunks) {
    if (rest !== null) rest += text
    else {
      const chunk = Buffer.from(text, 'latin1')
      const end = reader.read(chunk)
      if (end >= 0) rest = chunk.toString('latin1', end)
    }
  }
  return { content: Buffer.concat(pieces).toString('latin1'), rest, hasBare: reader.hasBare }
}

/** The same, said with patterns over the whole text. */
function readWhole(text: string): Outcome {
  const end = `\r\n${text}`.indexOf('\r\n.\r\n')
  // What may be the begin of the end is not handed on yet.
  const sent = end < 0 ? text.replace(/(^|\r\n)\.\r?$/, '$1') : text.slice(0, end)
  return {
    content: sent.replace(/(^|\n)\.\./g, '$1.'),
    rest: end < 0 ? null : text.slice(end + 3),
    hasBare: /\r(?=[^\n])|(?<!\r)\n/.test(sent),
  }
}

describe('DataReader', () => {
  const cases: readonly (readonly [title: string, wire: string, content: string, rest: string | null])[] = [
    ['ends at CRLF.CRLF and keeps what follows', 'a\r\n.\r\nQUIT\r\n', 'a\r\n', 'QUIT\r\n'],
    ['knows a message of no bytes', '.\r\n', '', ''],
    ['takes away the dot that the client added', '..a\r\n..\r\n...b\r\n.\r\n', '.a\r\n.\r\n..b\r\n', ''],
    ['leaves a dot that nobody doubled', '.a\r\n.\r\n', '.a\r\n', ''],
    ['does not end at LF.LF', 'a\n.\nb\r\n.\r\n', 'a\n.\nb\r\n', ''],
    ['does not end at LF.CRLF', 'a\n.\r\nb\r\n.\r\n', 'a\n.\r\nb\r\n', ''],
    ['does not end at CRLF.LF', 'a\r\n.\nb\r\n.\r\n', 'a\r\n.\nb\r\n', ''],
    ['does not end at CRLF.CR', 'a\r\n.\rb\r\n.\r\n', 'a\r\n.\rb\r\n', ''],
    ['does not end at CRLF..CRLF', 'a\r\n..\r\nb\r\n.\r\n', 'a\r\n.\r\nb\r\n', ''],
    ['waits for the end', 'a\r\n.\r', 'a', null],
  ]
  for (const [title, wire, content, rest] of cases) {
    it(title, () => {
      for (const chunks of [[wire], [...wire]]) {
        const outcome = read(chunks)
        assert.deepEqual([outcome.content, outcome.rest], [content, rest])
      }
    })
  }

  it('reads the same however the bytes are cut into chunks', () => {
    const chunks = fc.array(
      fc.array(fc.constantFrom('\r', '\n', '\r\n', '.', '\r\n.', 'a', '\0', '\xe9'), { maxLength: 6 }),
      { maxLength: 12 },
    )
    fc.assert(
      fc.property(chunks, (parts) => {
        const texts = parts.map((part) => part.join(''))
        const outcome = read(texts)
        const expected = readWhole(texts.join(''))
        if (expected.rest !== null) assert.deepEqual(outcome, expected)
        else assert.deepEqual([outcome.rest, expected.content.startsWith(outcome.content)], [null, true])
      }),
      { numRuns: 2000 },
    )
  })
})
