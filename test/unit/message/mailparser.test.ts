// SPDX-License-Identifier: Apache-2.0
/** mailparser is the reference: what it reads and what we read must be the same. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { displayMessage } from '../../../src/message/mailparser.ts'
import { openMessage } from '../../../src/message/open.ts'
import { samples } from './samples.ts'

const words = (text: string): string => text.replace(/\s+/g, ' ').trim()

describe('our reading and mailparser agree on', () => {
  for (const [name, raw] of Object.entries(samples)) {
    test(name, async () => {
      const display = await displayMessage(raw)
      const message = openMessage(raw)
      assert.equal(display.readBy, 'mailparser')
      assert.equal(message.headers.text('subject'), display.subject)
      const plain = message.texts
        .filter((text) => text.html === null && text.part.fileName === null)
        .map((text) => text.visible)
      assert.equal(words(plain.join(' ')), words(display.text))
      assert.deepEqual(
        message.attachments.map((one) => [one.name, one.claimedType]),
        display.attachments.map((one) => [one.name, one.type]),
      )
    })
  }
})

describe('displayMessage', () => {
  test('falls back to our own reading for what is too large', async () => {
    const raw = Buffer.concat([samples['a plain note'] ?? Buffer.alloc(0), Buffer.alloc(9 * 1024 * 1024, 0x61)])
    const display = await displayMessage(raw)
    assert.equal(display.readBy, 'postern')
    assert.equal(display.subject, 'Lunch')
  })
})
