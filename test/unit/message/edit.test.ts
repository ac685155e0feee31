// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { HeaderEdit } from '../../../src/core/message.ts'
import { editHeaders } from '../../../src/message/edit.ts'
import { printField } from '../../../src/message/fold.ts'
import { openMessage } from '../../../src/message/open.ts'

const mail =
  'X-Spam-Flag: YES\r\nFrom: a@b.example\r\nsubject:  Hello\r\n world\r\nX-Spam-Flag: NO\r\n\r\nbody\x00\xff\r\n'
const edit = (edits: readonly HeaderEdit[], text = mail): string =>
  Buffer.from(editHeaders(Buffer.from(text, 'latin1'), edits)).toString('latin1')

describe('editHeaders', () => {
  test('no edit changes no byte', () => assert.equal(edit([]), mail))

  test('prepended fields stand on top in order', () => {
    const done = edit([
      { op: 'prepend', name: 'Received', value: 'from x' },
      { op: 'prepend', name: 'X-A', value: 'b' },
    ])
    assert.equal(done, `Received: from x\r\nX-A: b\r\n${mail}`)
  })

  test('removed fields are gone with their folds, the rest is as it was', () => {
    assert.equal(
      edit([{ op: 'remove', name: 'x-spam-flag', when: () => true }]),
      mail.replace(/X-Spam-Flag.*\r\n/g, ''),
    )
    assert.equal(
      edit([{ op: 'remove', name: 'X-Spam-Flag', when: (field) => field.value === 'NO' }]),
      mail.replace('X-Spam-Flag: NO\r\n', ''),
    )
    assert.equal(
      edit([{ op: 'remove', name: 'Subject', when: () => true }]),
      mail.replace('subject:  Hello\r\n world\r\n', ''),
    )
  })

  test('a removed field does not hide the fields that are prepended', () => {
    const done = edit([
      { op: 'prepend', name: 'X-Spam-Flag', value: 'MAYBE' },
      { op: 'remove', name: 'X-Spam-Flag', when: () => true },
    ])
    assert.deepEqual(
      openMessage(Buffer.from(done))
        .headers.all('x-spam-flag')
        .map((field) => field.value),
      ['MAYBE'],
    )
  })

  test('the subject is prefixed once', () => {
    const once = edit([{ op: 'prefix-subject', text: '[SPAM]' }])
    assert.equal(once, mail.replace('subject:  Hello', 'subject: [SPAM] Hello'))
    assert.equal(openMessage(Buffer.from(once)).headers.text('subject'), '[SPAM] Hello world')
    assert.equal(
      openMessage(Buffer.from(edit([{ op: 'prefix-subject', text: '[SPAM]' }], once))).headers.text('subject'),
      '[SPAM] Hello world',
    )
  })

  test('a message without subject gets one, an encoded prefix keeps its space', () => {
    assert.match(edit([{ op: 'prefix-subject', text: '[SPAM]' }], 'From: a@b\r\n\r\nx'), /^Subject: \[SPAM\]\r\nFrom/)
    const encoded = edit([{ op: 'prefix-subject', text: '[M\u00fcll]' }], 'Subject: =?utf-8?q?=C3=A9?=\r\n\r\nx')
    assert.equal(openMessage(Buffer.from(encoded)).headers.text('subject'), '[M\u00fcll] \u00e9')
  })

  test('values cannot break out of their field', () => {
    for (const value of ['a\r\nBcc: x@y', 'a\nBcc: x@y', 'a\rBcc: x@y', 'a\r\n\r\nbody', 'a\0b', 'a\r\n\tfolded']) {
      const done = openMessage(Buffer.from(edit([{ op: 'prepend', name: 'X-A', value }])))
      assert.deepEqual(
        done.headers.fields.map((field) => field.name),
        ['X-A', 'X-Spam-Flag', 'From', 'subject', 'X-Spam-Flag'],
        JSON.stringify(value),
      )
    }
    const name = openMessage(Buffer.from(edit([{ op: 'prepend', name: 'X: y\r\nBcc', value: 'x@y' }])))
    assert.equal(name.headers.first('bcc'), null)
  })

  test('bare line feeds are answered with the same', () => {
    assert.equal(edit([{ op: 'prepend', name: 'X-A', value: 'b' }], 'From: a@b\n\nx'), 'X-A: b\nFrom: a@b\n\nx')
  })

  test('an empty message and one without headers take fields', () => {
    assert.equal(edit([{ op: 'prepend', name: 'X-A', value: 'b' }], ''), 'X-A: b\r\n')
    assert.equal(edit([{ op: 'prepend', name: 'X-A', value: 'b' }], '\r\nx'), 'X-A: b\r\n\r\nx')
  })
})

describe('printField', () => {
  test('folds at 78 where it can and at 998 where it must', () => {
    const words = printField('X-Words', 'word '.repeat(100), '\r\n')
    assert.ok(words.split('\r\n').every((line) => line.length <= 78))
    assert.equal(openMessage(Buffer.from(`${words}\r\n`)).headers.text('x-words'), 'word '.repeat(100).trim())
    const solid = printField('X-Solid', 'x'.repeat(5000), '\r\n')
    assert.ok(solid.split('\r\n').every((line) => line.length <= 998))
    const text = printField('X-Text', '\u00fc'.repeat(200), '\r\n')
    assert.ok(text.split('\r\n').every((line) => line.length <= 78 && /^[\x20-\x7e]*$/.test(line)))
    assert.equal(openMessage(Buffer.from(`${text}\r\n`)).headers.text('x-text'), '\u00fc'.repeat(200))
  })
})
