// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { Lexer } from '../../src/imap/lexer.ts'
import { compactSet, parseSet, printSet, settle } from '../../src/imap/sets.ts'
import { string } from '../../src/imap/writer.ts'
import { encodeComponent } from '../../src/mailbox/account-path.ts'
import { folderOfEntry, folderPath, whyNotFolder } from '../../src/mailbox/folder-name.ts'
import { type Part, parseMime } from '../../src/mailbox/mime.ts'
import { decodeMutf7, encodeMutf7 } from '../../src/mailbox/mutf7.ts'

const end = fc.oneof(fc.integer({ min: 1, max: 4_294_967_295 }), fc.constant(Number.POSITIVE_INFINITY))
const ranges = fc.array(fc.record({ from: end, to: end }, { noNullPrototype: true }), { minLength: 1, maxLength: 20 })
const unicode = fc.string({ unit: 'grapheme', maxLength: 40 })

describe('sequence sets', () => {
  it('are read as they were printed', () => {
    fc.assert(fc.property(ranges, (set) => assert.deepEqual(parseSet(printSet(set)), set)))
  })
  it('name the same numbers when compacted', () => {
    const numbers = fc.uniqueArray(fc.integer({ min: 1, max: 60 }), { minLength: 1 })
    fc.assert(
      fc.property(numbers, (list) => {
        const sorted = [...list].sort((a, b) => a - b)
        const back = settle(parseSet(compactSet(sorted)), 60).flatMap(({ from, to }) =>
          Array.from({ length: to - from + 1 }, (_, i) => from + i),
        )
        assert.deepEqual(back, sorted)
      }),
    )
  })
})

describe('strings', () => {
  it('are read by the lexer as the writer wrote them', () => {
    fc.assert(
      fc.property(fc.uint8Array({ min: 1, max: 255 }), (bytes) => {
        const args = new Lexer(Buffer.from(string(Buffer.from(bytes).toString('latin1')), 'latin1'))
        assert.deepEqual([...args.string()], [...bytes])
        args.end()
      }),
    )
  })
})

describe('names', () => {
  it('survive modified UTF-7', () => {
    fc.assert(fc.property(unicode, (text) => assert.equal(decodeMutf7(encodeMutf7(text)), text)))
  })
  it('of folders that are allowed come back from their directory', () => {
    fc.assert(
      fc.property(fc.array(unicode, { minLength: 1, maxLength: 4 }), (levels) => {
        const name = levels.join('/')
        if (whyNotFolder(name) !== null || /^inbox(\/|$)/i.test(name)) return
        const path = folderPath('/m', name)
        assert.match(path, /^\/m\/\.[^/]+$/)
        assert.equal(folderOfEntry(path.slice(3)), name)
      }),
    )
  })
  it('of accounts are one safe directory entry each, and no two share one', () => {
    const decode = (entry: string): string => (entry === '%' ? '' : decodeURIComponent(entry))
    fc.assert(
      fc.property(unicode, (text) => {
        const entry = encodeComponent(text)
        assert.match(entry, /^(?![.])[a-z0-9_+=.%A-F-]+$/)
        assert.equal(decode(entry), text.toLowerCase())
      }),
    )
  })
})

describe('parseMime', () => {
  it('never throws, and every part lies inside its parent', () => {
    const pieces = ['--a', '--b', '--', '\r\n', '\r\n\r\n', 'Content-Type: multipart/mixed; boundary=a', 'x: y', 'text']
    const more = ['Content-Type: message/rfc822', 'Content-Type: multipart/digest; boundary="b"', ' ', '\0']
    const text = fc.array(fc.constantFrom(...pieces, ...more), { maxLength: 60 }).map((list) => list.join(''))
    const check = (part: Part, from: number, to: number): void => {
      assert.ok(from <= part.headStart && part.headStart <= part.bodyStart)
      assert.ok(part.bodyStart <= part.end && part.end <= to)
      for (const child of part.children) check(child, part.bodyStart, part.end)
      if (part.embedded !== null) check(part.embedded, part.bodyStart, part.end)
    }
    fc.assert(
      fc.property(text, (message) => check(parseMime(Buffer.from(message)), 0, message.length)),
      { numRuns: 500 },
    )
  })
})
