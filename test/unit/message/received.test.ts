// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { openMessage } from '../../../src/message/open.ts'
import { addressIn, parseReceived, trustBorder } from '../../../src/message/received.ts'

describe('parseReceived', () => {
  test('as Postfix writes it', () => {
    const hop = parseReceived(
      'from mail.sender.example (out.sender.example [192.0.2.7]) (using TLSv1.3) by mx.example.org (Postfix) with ESMTPS id 4ABC for <bob@example.org>; Tue, 5 Mar 2024 10:20:30 +0000 (UTC)',
    )
    assert.deepEqual(
      { ...hop, at: hop.at === null ? null : new Date(hop.at).toISOString() },
      {
        helo: 'mail.sender.example',
        rdns: 'out.sender.example',
        ip: '192.0.2.7',
        by: 'mx.example.org',
        protocol: 'ESMTPS',
        id: '4ABC',
        envelopeFor: 'bob@example.org',
        at: '2024-03-05T10:20:30.000Z',
        authenticated: false,
      },
    )
  })

  test('as others write it', () => {
    const qmail = parseReceived(
      'from unknown (HELO pc) (192.0.2.9) by mx.example.org with SMTP; 5 Mar 2024 10:20:30 -0000',
    )
    assert.equal(qmail.helo, 'pc')
    assert.equal(qmail.ip, '192.0.2.9')
    const six = parseReceived(
      'from a.example ([IPv6:2001:db8::1]) by b.example with ESMTPSA id 1; Tue, 5 Mar 2024 10:20:30 +0000',
    )
    assert.equal(six.ip, '2001:db8::1')
    assert.equal(six.authenticated, true)
    assert.equal(parseReceived('by 10.0.0.1 with HTTP; nonsense').at, null)
  })

  test('addresses in brackets go first', () => {
    assert.equal(addressIn('(host-192-0-2-1.x [198.51.100.2])'), '198.51.100.2')
    assert.equal(addressIn('no address 1.2.3'), '')
  })
})

describe('trustBorder', () => {
  test('is the newest hop from outside', () => {
    const message = openMessage(
      Buffer.from(
        [
          'Received: from relay.example.org (relay.example.org [10.0.0.2]) by store.example.org; Tue, 5 Mar 2024 10:20:31 +0000',
          'Received: from out.sender.example (out.sender.example [192.0.2.7]) by relay.example.org; Tue, 5 Mar 2024 10:20:30 +0000',
          'Received: from forged ([10.0.0.9]) by forged; Tue, 5 Mar 2024 10:20:29 +0000',
          '',
          '',
        ].join('\r\n'),
      ),
    )
    assert.equal(
      trustBorder(message.received, (ip) => ip.startsWith('10.')),
      1,
    )
    assert.equal(
      trustBorder(message.received, () => true),
      -1,
    )
  })
})
