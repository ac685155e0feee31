// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { it } from 'node:test'
import fc from 'fast-check'
import { bodyHash, canonicalBody, withCrlf } from '../../src/msgauth/canonical.ts'
import { openSection } from '../../src/msgauth/fields.ts'

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
      const clean = withCrlf(body)
      const theirs = dkimBody(canonicalization, 'sha256', length ?? '')
      theirs.update(clean)
      assert.equal(bodyHash(canonicalBody(clean, canonicalization), 'sha256', length), theirs.digest('base64'))
    }),
    { numRuns: 2000, seed: 1 },
  )
})

it('every header section has the fields that mailauth sees', () => {
  const limits = { headerBytes: 1e6, fields: 1e6, signatures: 1e6, signatureBytes: 1e6 }
  fc.assert(
    fc.property(
      text.filter((raw) => !/\r(?!\n)/.test(raw.toString('latin1'))),
      (raw) => {
        const { fields, head } = openSection(Buffer.concat([Buffer.from('A: b\r\n'), raw]), limits)
        const theirs = parseHeaders(head).parsed
        const plain = (list: readonly { readonly key: string; readonly line: Buffer }[]): string[] =>
          // What is before the first field is of no use to anybody: only its place in the list is compared.
          list
            .filter(({ line }) => /^[\x21-\x39\x3b-\x7e]+[ \t\r\n]*:/.test(line.toString('latin1')))
            .map(({ key, line }) => `${key}|${line.toString('latin1').replace(/[\r\n]+$/, '')}`)
        assert.deepEqual(plain(fields), plain(theirs))
      },
    ),
    { numRuns: 2000, seed: 2 },
  )
})
