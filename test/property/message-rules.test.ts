// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import { editHeaders } from '../../src/message/edit.ts'
import { openMessage } from '../../src/message/open.ts'
import { decodeQuotedPrintable } from '../../src/message/transfer.ts'
import { loadRules } from '../../src/rules/load.ts'
import { newTally } from '../../src/rules/matcher.ts'
import { compilePattern } from '../../src/rules/pattern.ts'
import { runRules, stepsOn } from '../../src/rules/run.ts'
import { search } from '../../src/rules/search.ts'
import { Views } from '../../src/rules/views.ts'
import { Lockstep } from '../../src/workers/lockstep.ts'
import { unknownFacts } from '../support/unknown-facts.ts'

const { rules } = loadRules([join(import.meta.dirname, '../../rules')], 3)
const facts = unknownFacts(0)

/** Bytes that look like mail often enough to get somewhere. */
const piece = fc.oneof(
  fc.constantFrom(
    'Content-Type: multipart/mixed; boundary=b\r\n',
    'Content-Type: text/html; charset=utf-7\r\n',
    'Content-Type: message/rfc822\r\n',
    'Content-Transfer-Encoding: base64\r\n',
    'Content-Transfer-Encoding: x-uuencode\r\n',
    'Content-Transfer-Encoding: quoted-printable\r\n',
    "Content-Disposition: attachment; filename*0*=x''%\r\n",
    'Subject: =?utf-8?b?',
    'From: "',
    'Received: from [',
    '\r\n\r\n',
    '\n',
    '--b\r\n',
    '--b--',
    '<a href="',
    '<!--',
    '&#x',
    '=?',
    'begin 644 x\n',
    '\0',
  ),
  fc.string({ maxLength: 30, unit: 'binary' }),
)
const bytes = fc.oneof(
  fc.array(piece, { maxLength: 40 }).map((pieces) => Buffer.from(pieces.join(''), 'utf8')),
  fc.uint8Array({ maxLength: 400 }).map((array) => Buffer.from(array)),
)

test('reading and judging a message never throws, whatever the bytes', () => {
  fc.assert(
    fc.property(bytes, (raw) => {
      const message = openMessage(raw)
      assert.equal(typeof message.visibleText, 'string')
      assert.ok(message.parts.length >= 1)
      for (const part of message.parts) assert.ok(part.bodyStart <= part.bodyEnd && part.bodyEnd <= raw.length)
      assert.ok(Array.isArray(runRules(rules, message, facts)))
    }),
    { numRuns: 400 },
  )
})

test('messages that are examined in step find what each finds alone', async () => {
  const lockstep = new Lockstep(() => undefined)
  const inStep = (raw: Buffer) => {
    const views = new Views(openMessage(raw), facts, rules.settings)
    return lockstep.run(stepsOn(rules, views, newTally(rules.names.length)), raw.length, () => undefined)
  }
  await fc.assert(
    fc.asyncProperty(fc.array(bytes, { minLength: 2, maxLength: 5 }), async (raws) => {
      const alone = raws.map((raw) => runRules(rules, openMessage(raw), facts))
      assert.deepEqual(await Promise.all(raws.map(inStep)), alone)
    }),
    { numRuns: 100 },
  )
})

test('a prepended field is one field, and takes no other bytes with it', () => {
  fc.assert(
    fc.property(bytes, fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (raw, name, value) => {
      const edited = Buffer.from(editHeaders(raw, [{ op: 'prepend', name, value }]))
      const from = raw.toString('latin1', 0, 5) === 'From ' ? raw.indexOf('\n') + 1 : 0
      const rest = raw.length - from
      assert.deepEqual(edited.subarray(edited.length - rest), raw.subarray(from))
      const added = edited.subarray(from, edited.length - rest)
      assert.equal(openMessage(added).headers.fields.length, 1)
      assert.ok(
        added
          .toString('latin1')
          .split('\n')
          .every((line) => line.length <= 999),
      )
    }),
    { numRuns: 300 },
  )
})

test('removing and adding nothing gives back the bytes', () => {
  fc.assert(
    fc.property(bytes, (raw) => {
      assert.deepEqual(Buffer.from(editHeaders(raw, [{ op: 'remove', name: 'From', when: () => false }])), raw)
    }),
  )
})

test('quoted-printable text never grows when decoded', () => {
  fc.assert(
    fc.property(fc.uint8Array(), (array) => {
      const raw = Buffer.from(array)
      assert.ok(decodeQuotedPrintable(raw, 0, raw.length).length <= raw.length)
    }),
  )
})

test('a pattern made of plain text finds that text, and knows that it needs it', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[a-z0-9 ]{2,12}$/), fc.string(), fc.string(), (word, before, after) => {
      const pattern = compilePattern(word, 'i')
      const text = before + word.toUpperCase() + after
      assert.ok(search(pattern, text) !== null)
      assert.ok(pattern.requires.literals?.every((literal) => text.toLowerCase().includes(literal.text)))
    }),
  )
})
