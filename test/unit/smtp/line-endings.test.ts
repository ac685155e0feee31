// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { normalizeLineEnds } from '../../../src/smtp/line-endings.ts'

describe('normalizeLineEnds', () => {
  const cases: readonly (readonly [string, string, string, boolean])[] = [
    ['leaves CRLF alone', 'a\r\nb\r\n', 'a\r\nb\r\n', false],
    ['ends the last line', 'a\r\nb', 'a\r\nb\r\n', false],
    ['makes a bare LF a line end', 'a\nb\r\n', 'a\r\nb\r\n', true],
    ['makes a bare CR a space', 'a\rb\r\n', 'a b\r\n', true],
    ['reads CR CR LF as a bare CR and a line end', 'a\r\r\nb\r\n', 'a \r\nb\r\n', true],
    ['turns LF . LF into a line with a dot', 'a\n.\nMAIL FROM:<>\r\n', 'a\r\n.\r\nMAIL FROM:<>\r\n', true],
    ['turns CRLF . CR into no line end', 'a\r\n.\rb\r\n', 'a\r\n. b\r\n', true],
    ['begins with LF', '\na\r\n', '\r\na\r\n', true],
    ['ends with CR', 'a\r', 'a \r\n', true],
    ['keeps an empty message empty', '', '', false],
  ]
  for (const [title, raw, expected, hadBare] of cases) {
    it(title, () => {
      const result = normalizeLineEnds(Buffer.from(raw))
      assert.equal(Buffer.from(result.bytes).toString(), expected)
      assert.equal(result.hadBare, hadBare)
    })
  }

  it('never leaves a bare CR or LF, whatever the bytes, and changes nothing the second time', () => {
    const soup = fc
      .array(fc.constantFrom('\r', '\n', '\r\n', '.', 'a', '\0', 'é'), { maxLength: 60 })
      .map((parts) => parts.join(''))
    fc.assert(
      fc.property(soup, (text) => {
        const once = Buffer.from(normalizeLineEnds(Buffer.from(text)).bytes)
        assert.equal(/\r(?!\n)|(?<!\r)\n/.test(once.toString('latin1')), false)
        assert.deepEqual(Buffer.from(normalizeLineEnds(once).bytes), once)
      }),
    )
  })
})
