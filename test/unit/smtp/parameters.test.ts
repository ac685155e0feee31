// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { printAddress } from '../../../src/core/address.ts'
import { replies } from '../../../src/core/replies.ts'
import { type Parameters, parseMail, parseRcpt } from '../../../src/smtp/parameters.ts'

describe('parseMail', () => {
  const refused: readonly (readonly [string, Parameters, unknown])[] = [
    ['a@b@c', {}, replies.badSender],
    ['a b@example.org', {}, replies.badSender],
    [`${'x'.repeat(65)}@example.org`, {}, replies.badSender],
    ['a@example.org', { BODY: 'BINARYMIME' }, replies.badParameter],
    ['a@example.org', { SIZE: 'many' }, replies.badParameter],
    ['a@example.org', { RET: 'ALL' }, replies.badParameter],
    ['a@example.org', { ENVID: 'x'.repeat(101) }, replies.badParameter],
    ['a@example.org', { XYZZY: true }, replies.unknownParameter],
  ]
  for (const [path, args, expected] of refused) {
    it(`answers MAIL FROM:<${path.slice(0, 20)}> ${JSON.stringify(args).slice(0, 40)} with a refusal`, () => {
      assert.deepEqual(parseMail(path, args), expected)
    })
  }

  it('reads the null reverse-path', () => {
    const sender = parseMail('', {})
    assert.ok(!('code' in sender))
    assert.equal(sender.reversePath, null)
  })

  it('reads every parameter that it offers', () => {
    const sender = parseMail('a@Example.ORG', {
      SIZE: '1000',
      BODY: '8bitmime',
      SMTPUTF8: true,
      RET: 'hdrs',
      ENVID: 'x1',
    })
    assert.ok(!('code' in sender))
    assert.equal(printAddress(sender.reversePath), 'a@example.org')
    assert.deepEqual(
      [sender.declaredSize, sender.body, sender.smtpUtf8, sender.dsnReturns, sender.envid],
      [1000, '8bitmime', true, 'headers', 'x1'],
    )
  })
})

describe('parseRcpt', () => {
  it('keeps NOTIFY and ORCPT for the DSN', () => {
    const request = parseRcpt('a@example.org', { NOTIFY: 'FAILURE,DELAY', ORCPT: 'rfc822;b@example.org' })
    assert.ok(!('code' in request))
    assert.deepEqual([request.notify, request.original], [['failure', 'delay'], 'rfc822;b@example.org'])
  })

  const refused: readonly (readonly [string, Parameters, unknown])[] = [
    ['', {}, replies.badRecipient],
    ['a@-x', {}, replies.badRecipient],
    ['a@example.org', { NOTIFY: 'NEVER,DELAY' }, replies.badParameter],
    ['a@example.org', { NOTIFY: 'SOMETIMES' }, replies.badParameter],
    ['a@example.org', { SIZE: '5' }, replies.unknownParameter],
  ]
  for (const [path, args, expected] of refused) {
    it(`answers RCPT TO:<${path}> ${JSON.stringify(args)} with a refusal`, () =>
      assert.deepEqual(parseRcpt(path, args), expected))
  }
})
