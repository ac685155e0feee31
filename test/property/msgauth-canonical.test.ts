// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { it } from 'node:test'
import fc from 'fast-check'
import { digestBody, withCrlf } from '../../src/msgauth/canonical.ts'
import { openSection, type RawField } from '../../src/msgauth/fields.ts'

interface Hasher {
  update(chunk: Buffer): void
  digest(encoding: 'base64'): string
}
interface ParsedHeaders {
  readonly parsed: readonly { readonly key: string; readonly line: Buffer }[]
}

const require = createRequire(import.meta.url)
const { dkimBody } = require('mailauth/lib/dkim/body/index.js') as {
  dkimBody: (form: string, algorithm: string, length: number | string) => Hasher
}
const { parseHeaders } = require('mailauth/lib/tools.js') as { parseHeaders: (head: Buffer) => ParsedHeaders }

const pieces = fc.constantFrom(' ', '\t', '\r\n', 'a', 'bc', '\n', '\r', ':', '\u00a0', 'From', '\r\n ', ' \r\n')
const text = fc.array(pieces, { maxLength: 40 }).map((list) => Buffer.from(list.join(''), 'latin1'))

it('every body has the hash that mailauth gives it', () => {
  const form = fc.constantFrom('simple' as const, 'relaxed' as const)
  fc.assert(
    fc.property(text, form, fc.option(fc.nat(30)), (body, canonicalization, length) => {
      const theirs = dkimBody(canonicalization, 'sha256', length ?? '')
      theirs.update(withCrlf(body))
      assert.equal(digestBody(body, canonicalization, 'sha256', length).hash, theirs.digest('base64'))
    }),
    { numRuns: 2000, seed: 1 },
  )
})

it('a body longer than what is hashed at once has the hash that mailauth gives it', () => {
  const lines = ['word', ' ', 'two  words \t', '', 'x'.repeat(70_000), '\r', 'end '].flatMap((line) =>
    Array((5000 / (line.length + 1)) | 0).fill(line),
  )
  for (const canonicalization of ['simple', 'relaxed'] as const) {
    for (const [length, ending] of [
      [null, '\r\n'],
      [40_000, '\n'],
      [1e9, '\r\n\r\n'],
    ] as const) {
      const body = Buffer.from([...lines, ...lines].join(ending), 'latin1')
      const theirs = dkimBody(canonicalization, 'sha256', length ?? '')
      theirs.update(withCrlf(body))
      assert.equal(digestBody(body, canonicalization, 'sha256', length).hash, theirs.digest('base64'))
    }
  }
})

it('every header section has the fields that mailauth sees', () => {
  const limits = { headerBytes: 1e6, fields: 1e6, signatures: 1e6, signatureBytes: 1e6 }
  fc.assert(
    fc.property(
      text.filter((raw) => !/\r(?!\n)/.test(raw.toString('latin1'))),
      (raw) => {
        const message = Buffer.concat([Buffer.from('A: b\r\n'), raw])
        const { fields } = openSection(message, limits)
        const [head = ''] = withCrlf(message).toString('latin1').split('\r\n\r\n')
        const theirs = parseHeaders(Buffer.from(`${head}\r\n`, 'latin1')).parsed
        const plain = (list: readonly RawField[]): string[] =>
          // What is before the first field is of no use to anybody: only its place in the list is compared.
          list
            .filter((field) => /^[\x21-\x39\x3b-\x7e]+[ \t\r\n]*:/.test(field.text))
            .map((field) => `${field.key}|${field.text.replace(/[\r\n]+$/, '')}`)
        const asText = theirs.map(({ key, line }) => ({ key, text: line.toString('latin1') }))
        assert.deepEqual(plain(fields), plain(asText))
      },
    ),
    { numRuns: 2000, seed: 2 },
  )
})
