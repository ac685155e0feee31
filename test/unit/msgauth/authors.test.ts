// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { authorDomain } from '../../../src/msgauth/authors.ts'
import { fieldOf } from '../../../src/msgauth/fields.ts'

const told = (...values: readonly string[]): string => {
  const author = authorDomain(values.map((value) => fieldOf('From', value)))
  return 'because' in author ? author.because : author.name
}

describe('authorDomain', () => {
  const table: readonly (readonly [title: string, values: readonly string[], expected: string])[] = [
    ['a bare address', ['a@Example.com'], 'example.com'],
    ['behind a name', ['Tea Shop <a@example.com>'], 'example.com'],
    ['behind a quoted name', ['"Tea, Ltd" <a@example.com>'], 'example.com'],
    ['behind a name that holds another address', ['"b@example.net" <a@example.com>'], 'example.com'],
    ['an "@" in a quoted local part', ['<"b@example.net"@example.com>'], 'example.com'],
    ['a source route', ['<@relay.example,@other.example:a@example.com>'], 'example.com'],
    ['a literal with an "@" in it', ['a@[192.0.2.1@x]'], '[192.0.2.1@x]'],
    ['letters of another script', ['a@bücher.example'], 'xn--bcher-kva.example'],
    ['several of one domain', ['a@example.com, B <b@example.com.>'], 'example.com'],
    ['several domains', ['a@example.com, b@example.net'], 'multiple-author-domains example.com example.net'],
    ['two "@" without quotes', ['<b@example.net@example.com>'], 'multiple-author-domains example.net example.com'],
    ['one address without a domain', ['a@example.com, b@'], 'invalid-author-domain example.com'],
    ['several fields', ['a@example.com', 'a@example.com'], 'multiple-from-fields example.com'],
    ['none', [''], 'no-author-domain'],
  ]
  for (const [title, values, expected] of table) it(title, () => assert.equal(told(...values), expected))

  it('takes no time to speak of, whatever the field holds', () => {
    const start = process.cpuUsage().user
    for (const piece of ['"', '<', '@', '[', '(', '\\', '"\\"', 'a ', ' \t', '@[', ':', 'a@b,', 'ü'])
      told(piece.repeat(16_000 / piece.length), `<${piece.repeat(8000 / piece.length)}@example.com>`)
    assert.ok(process.cpuUsage().user - start < 2_000_000)
  })
})
