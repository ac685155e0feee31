// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { parseAddress } from '../../../src/core/address.ts'
import type { EpochMs } from '../../../src/core/brand.ts'
import { composeDsn, composeText, type OwnMail } from '../../../src/message/compose.ts'
import { openMessage } from '../../../src/message/open.ts'

const at = Date.UTC(2024, 2, 5, 10, 20, 30) as EpochMs
const mail: OwnMail = {
  from: 'Mail Delivery System <MAILER-DAEMON@gw.example.org>',
  to: 'ada@sender.example',
  subject: 'Undelivered mail',
  at,
  id: 'q1.2',
  hostname: 'gw.example.org',
  fields: [['Auto-Submitted', 'auto-replied']],
}

describe('composeText', () => {
  test('is a message that reads as it was written', () => {
    const text = 'Gr\u00fc\u00dfe = greetings \n.\nend'
    const message = openMessage(composeText(mail, text))
    assert.equal(message.headers.text('message-id'), '<q1.2@gw.example.org>')
    assert.equal(message.headers.text('date'), 'Tue, 05 Mar 2024 10:20:30 +0000')
    assert.equal(message.headers.text('auto-submitted'), 'auto-replied')
    assert.equal(message.visibleText.replace(/\r\n/g, '\n'), `${text}\n`)
    assert.ok(
      message.raw
        .toString('latin1')
        .split('\r\n')
        .every((line) => line.length <= 78),
    )
  })
})

describe('composeDsn', () => {
  const final = parseAddress('bob@example.org')
  assert.ok(final)
  const dsn = {
    mail,
    text: 'Your message could not be delivered.',
    reportingMta: 'gw.example.org',
    envid: 'QQ314159',
    arrivedAt: at,
    recipients: [
      {
        final,
        original: 'rfc822;bob@example.org',
        action: 'failed' as const,
        status: '5.1.1',
        remoteMta: 'mx.example.org',
        diagnostic: '550 5.1.1 no such\r\nuser',
        lastAttemptAt: at,
        willRetryUntil: null,
      },
    ],
  }

  test('has the three parts of RFC 3464 in order', () => {
    const bytes = Buffer.from('From: ada@sender.example\r\nSubject: x\r\n\r\n--=_q12 is in here\r\n')
    const message = openMessage(composeDsn({ ...dsn, original: { kind: 'full', bytes } }))
    assert.deepEqual(
      message.root.children.map((part) => part.type),
      ['text/plain', 'message/delivery-status', 'message/rfc822'],
    )
    assert.equal(message.root.contentType.parameters.get('report-type'), 'delivery-status')
    const status = message.root.children[1]?.content(10_000).toString()
    assert.equal(
      status,
      'Reporting-MTA: dns; gw.example.org\r\nOriginal-Envelope-Id: QQ314159\r\nArrival-Date: Tue, 05 Mar 2024 10:20:30 +0000\r\n\r\n' +
        'Original-Recipient: rfc822;bob@example.org\r\nFinal-Recipient: rfc822; bob@example.org\r\nAction: failed\r\nStatus: 5.1.1\r\n' +
        'Remote-MTA: dns; mx.example.org\r\nDiagnostic-Code: smtp; 550 5.1.1 no such user\r\nLast-Attempt-Date: Tue, 05 Mar 2024 10:20:30 +0000\r\n',
    )
    const inner = message.root.children[2]
    assert.equal(message.raw.toString('latin1', inner?.bodyStart, inner?.bodyEnd), bytes.toString('latin1'))
  })

  test('headers only, and nothing at all, are possible', () => {
    const bytes = Buffer.from('From: ada@sender.example\r\n')
    const headers = openMessage(composeDsn({ ...dsn, original: { kind: 'headers', bytes } }))
    assert.equal(headers.root.children[2]?.type, 'text/rfc822-headers')
    assert.equal(openMessage(composeDsn({ ...dsn, original: null })).root.children.length, 2)
  })
})
