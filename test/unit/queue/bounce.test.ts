// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { simpleParser } from 'mailparser'
import type { QueueId } from '../../../src/core/brand.ts'
import { composeDsn, type Dsn } from '../../../src/queue/bounce.ts'
import { address, aRecipient, at } from '../../support/custody.ts'

function aDsn(more: Partial<Dsn> = {}): Dsn {
  return {
    id: 'N1' as QueueId,
    action: 'failed',
    hostname: 'gw.example.org',
    now: at(5_000),
    to: address('sender@example.net'),
    recipients: [
      {
        recipient: aRecipient('user@example.org', { original: 'rfc822;alias@example.org' }),
        reply: { code: 550, enhanced: '5.1.1', text: 'no such user' },
        remote: 'mx.example.org',
      },
    ],
    originalId: 'Q1' as QueueId,
    arrivedAt: at(0),
    retryUntil: null,
    envid: null,
    returns: 'headers',
    original: Buffer.from('Subject: secret plan\r\nTo: user@example.org\r\n\r\nthe body\r\n'),
    ...more,
  }
}

const text = (dsn: Dsn) => Buffer.from(composeDsn(dsn)).toString()

describe('composeDsn', () => {
  it('is read as a report by a mail parser, with its three parts', async () => {
    const mail = await simpleParser(Buffer.from(composeDsn(aDsn())))
    assert.equal(mail.headers.get('auto-submitted'), 'auto-replied')
    assert.deepEqual((mail.headers.get('content-type') as unknown as { value: string }).value, 'multipart/report')
    assert.match(mail.text ?? '', /<user@example\.org>:\s+mx\.example\.org said: 550 5\.1\.1 no such user/)
    assert.deepEqual(
      mail.attachments.map((part) => part.contentType),
      ['text/rfc822-headers'],
    )
  })

  it('states original and final recipient, action, status and what the peer said', () => {
    const lines = text(aDsn({ envid: 'env 1' })).split('\r\n')
    for (const line of [
      'Original-Envelope-Id: env 1',
      'Reporting-MTA: dns; gw.example.org',
      'Original-Recipient: rfc822;alias@example.org',
      'Final-Recipient: rfc822; user@example.org',
      'Action: failed',
      'Status: 5.1.1',
      'Remote-MTA: dns; mx.example.org',
      'Diagnostic-Code: smtp; 550 5.1.1 no such user',
    ]) {
      assert.ok(lines.includes(line), line)
    }
  })

  it('returns the header section alone, or the whole message', () => {
    assert.doesNotMatch(text(aDsn()), /the body/)
    assert.match(
      text(aDsn({ returns: 'full' })),
      /message\/rfc822[\s\S]*\r\nSubject: secret plan\r\n[\s\S]*the body\r\n/,
    )
  })

  it('lets nothing that a peer said begin a line of its own', () => {
    const [about] = aDsn().recipients
    assert.ok(about !== undefined)
    const evil = { ...about, reply: { ...about.reply, text: 'x\r\nStatus: 2.0.0' }, remote: 'a\r\n\r\nb' }
    assert.equal(text(aDsn({ recipients: [evil] })).match(/^Status:/gm)?.length, 1)
  })

  it('is a global report when an address is not ASCII (RFC 6533)', () => {
    const [about] = aDsn().recipients
    assert.ok(about !== undefined)
    const dsn = text(aDsn({ recipients: [{ ...about, recipient: aRecipient('grüße@example.org') }] }))
    assert.match(dsn, /message\/global-delivery-status/)
    assert.match(dsn, /^Final-Recipient: utf-8; grüße@example\.org\r$/m)
  })

  it('chooses a delimiter that the returned message does not hold', () => {
    const original = Buffer.from('Subject: --=_N1.0\r\n\r\n')
    assert.match(text(aDsn({ original })), /boundary="=_N1\.1"/)
  })

  it('cuts a header section that is too large', () => {
    const original = Buffer.from(`X: ${'y'.repeat(60)}\r\n`.repeat(5_000))
    assert.ok(composeDsn(aDsn({ original })).length < 70_000)
  })
})
