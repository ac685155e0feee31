// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { describe, it } from 'node:test'
import type { Domain } from '../../../src/core/brand.ts'
import { assess } from '../../../src/msgauth/assess.ts'
import { dnsRecord, type SigningKey } from '../../../src/msgauth/keys.ts'
import { signMessage } from '../../../src/msgauth/sign.ts'
import { aMessage, anInput, plainHead, testNow } from './zone.ts'

const keys: readonly SigningKey[] = [
  {
    domain: 'example.com' as Domain,
    selector: 'r',
    algorithm: 'rsa-sha256',
    key: generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey,
  },
  {
    domain: 'example.com' as Domain,
    selector: 'e',
    algorithm: 'ed25519-sha256',
    key: generateKeyPairSync('ed25519').privateKey,
  },
]
const records = Object.fromEntries(keys.map(dnsRecord).map(({ name, value }) => [name, value]))
const zone = Object.fromEntries(Object.entries(records).map(([name, value]) => [`TXT ${name}`, [value]]))

function sign(raw: Buffer): Buffer {
  const edits = signMessage(raw, keys, testNow)
  const lines = edits.map((edit) => (edit.op === 'prepend' ? `${edit.name}: ${edit.value}\r\n` : ''))
  return Buffer.concat([Buffer.from(lines.join('')), raw])
}

const messages: readonly (readonly [string, Buffer])[] = [
  ['a plain message', aMessage(plainHead)],
  ['an empty body', aMessage(plainHead, '')],
  ['a body of empty lines', aMessage(plainHead, '\r\n\r\n\r\n')],
  ['white space of all kinds', aMessage(plainHead, ' a \t b\t\r\n\r\n  \r\nc  \r\n \t\r\n')],
  ['no line end at the end', aMessage(plainHead, 'no end')],
  [
    'folded and odd fields',
    aMessage([...plainHead, 'CC:  a@b.example,\r\n\t  c@d.example  ', 'References:\r\n <1@x>']),
  ],
  ['two Cc fields', aMessage([...plainHead, 'Cc: a@b.example', 'Cc: c@d.example'])],
  ['eight bits', aMessage([...plainHead, 'Content-Type: text/plain; charset=utf-8'], 'gr\xc3\xbc\xc3\x9fe\xa0 \r\n')],
  ['a long subject', aMessage([...plainHead.slice(1), 'From: a@example.com', `X: ${'y '.repeat(400)}`])],
]

describe('signMessage', () => {
  it('signs nothing without a key', () => {
    assert.deepEqual(signMessage(aMessage(plainHead), [], testNow), [])
  })

  it('folds its lines as RFC 5322 wants', () => {
    for (const edit of signMessage(aMessage(plainHead), keys, testNow)) {
      assert.ok(edit.op === 'prepend')
      for (const line of `${edit.name}: ${edit.value}`.split('\r\n')) assert.ok(line.length <= 78, line)
    }
  })

  it('names every oversigned field once more than it stands there', () => {
    const [edit] = signMessage(aMessage([...plainHead, 'Cc: a@b.example', 'Cc: c@d.example']), keys, testNow)
    assert.ok(edit?.op === 'prepend')
    const names = /h=([^;]+);/.exec(edit.value.replace(/\s/g, ''))?.[1]?.split(':') ?? []
    assert.equal(names.filter((name) => name === 'Cc').length, 3)
    assert.equal(names.filter((name) => name === 'From').length, 2)
    assert.equal(names.filter((name) => name === 'List-Id').length, 0)
  })

  it('refuses a header that nobody could verify', () => {
    const raw = aMessage([...plainHead, ...Array.from({ length: 6000 }, () => 'a: b')])
    assert.throws(() => signMessage(raw, keys, testNow), { name: 'Failure' })
  })

  for (const [title, raw] of messages) {
    it(`makes signatures that verify: ${title}`, async () => {
      const { report } = await assess(anInput(zone, { raw: sign(raw) }))
      assert.deepEqual(
        report.dkim.map((d) => d.result),
        ['pass', 'pass'],
      )
    })
  }
})
