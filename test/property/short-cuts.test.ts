// SPDX-License-Identifier: Apache-2.0
/** Ways that are quicker than the platform's own say the same as these. */
import assert from 'node:assert/strict'
import { it } from 'node:test'
import { TextDecoder } from 'node:util'
import fc from 'fast-check'
import { unhide } from '../../src/bayes/unhide.ts'
import { guessText, windows1252 } from '../../src/message/charset.ts'
import { splitLink } from '../../src/message/links.ts'
import { decodeQuotedPrintable } from '../../src/message/transfer.ts'

const numRuns = 3000
const latin = new TextDecoder('windows-1252')
const strict = new TextDecoder('utf-8', { fatal: true })

function asUtf8OrLatin(bytes: Uint8Array): string {
  try {
    return strict.decode(bytes)
  } catch {
    return latin.decode(bytes)
  }
}

it('text without a charset is what the platform reads in it', () => {
  const whole = fc.string({ unit: 'binary', maxLength: 12 }).map((text) => Buffer.from(text))
  const bytes = fc.oneof(fc.uint8Array({ maxLength: 12 }), whole)
  fc.assert(
    fc.property(bytes, (drawn) => {
      assert.equal(windows1252(drawn), latin.decode(drawn))
      assert.equal(guessText(drawn), asUtf8OrLatin(drawn))
    }),
    { numRuns },
  )
})

it('NFKC is left out only where it would change nothing but no-break spaces', () => {
  // Letters, marks and syllables that compose, and what NFKC replaces, beside whatever there is.
  const telling = fc.constantFrom(...'A\u00a0\u00e9\u0301\u4e2d\uac00\u1161\u3099\u304b\u2019\u2026\ufb01😀🯰𝒜')
  const text = fc.array(fc.oneof(telling, fc.string({ unit: 'grapheme', maxLength: 3 })), { maxLength: 8 })
  fc.assert(
    fc.property(text, (pieces) => {
      const { text: seen, tricks } = unhide(pieces.join(''))
      // A letter that is put back afterwards may compose with the mark behind it.
      fc.pre(!tricks.includes('look-alikes'))
      const spaced = seen.replaceAll('\u00a0', ' ')
      assert.equal(spaced.normalize('NFKC'), spaced)
    }),
    { numRuns },
  )
})

it('quoted-printable is what RFC 2045 §6.7 says, in patterns', () => {
  const piece = fc.constantFrom(
    '=',
    '=20',
    '=3D',
    '=0D',
    ' ',
    '\t',
    '\r',
    '\n',
    '\r\n',
    'abc',
    '=\r\n',
    '= \n',
    '4',
    '\0',
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      const written = pieces.join('')
      const meant = written
        .replace(/[ \t]+(?=\r*(?:\n|$))/g, '')
        // Blanks may stand behind the "=" of a soft line break (its transport-padding).
        .replace(/=(?:([0-9A-Fa-f]{2})|[ \t]*(?:\r?\n|$))/g, (_, hex?: string) =>
          hex === undefined ? '' : String.fromCharCode(Number.parseInt(hex, 16)),
        )
      const bytes = Buffer.from(written, 'latin1')
      assert.equal(decodeQuotedPrintable(bytes, 0, bytes.length).toString('latin1'), meant)
    }),
    { numRuns },
  )
})

it('web addresses have the host that the platform finds', () => {
  const href = fc.tuple(
    fc.constantFrom('http', 'HTTPS', 'ftp'),
    fc.constantFrom('', 'u@', 'u:p@'),
    fc.constantFrom('example.com', 'EXAMPLE.com', 'a.b-c.example', '127.0.0.1', '[::1]'),
    fc.constantFrom('', ':8080'),
    fc.constantFrom('', '/', '/a:b@c', '?q=@', '#@x'),
  )
  fc.assert(
    fc.property(href, ([scheme, user, name, port, rest]) => {
      const written = `${scheme}://${user}${name}${port}${rest}`
      assert.deepEqual(splitLink(written), { scheme: scheme.toLowerCase(), host: new URL(written).hostname })
    }),
  )
})
