// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { isLooping, maxHops, receivedField } from '../../../src/pipeline/received.ts'
import { aSession, aTransaction } from '../../support/builders.ts'

const now = Date.UTC(2026, 0, 2, 3, 4, 5)

function valueFor(transaction = aTransaction()): string {
  const edit = receivedField(transaction, 'gw.example.org', now)
  return edit.op === 'prepend' ? edit.value : ''
}

describe('receivedField', () => {
  it('tells who came, how, and for whom when there is one recipient', () => {
    assert.equal(
      valueFor(),
      [
        'from mail.sender.example (mail.sender.example [192.0.2.7])',
        'by gw.example.org (Postern) with ESMTP id 0000000000TEST1',
        'for <user@example.org>;',
        'Fri, 02 Jan 2026 03:04:05 +0000',
      ].join('\r\n\t'),
    )
  })

  it('does not let a HELO name write into the header', () => {
    const session = aSession({ helo: { verb: 'EHLO', name: 'a\r\nX-Evil: (1);<x>' } })
    const value = valueFor(aTransaction({ session }))
    assert.match(value, /^from a\?\?X-Evil:\?\?1\?\?\?x\? \(/)
  })

  it('says ESMTPSA for an authenticated client over TLS', () => {
    const session = aSession({
      tls: { protocol: 'TLSv1.3', cipher: 'TLS_AES_256_GCM_SHA384', peer: null },
      identity: { account: 'a@example.org', mechanism: 'PLAIN', maySendAs: [] },
    })
    assert.match(valueFor(aTransaction({ session })), /with ESMTPSA id/)
  })
})

describe('isLooping', () => {
  const hops = (n: number) => Buffer.from(`${'Received: from x\r\n'.repeat(n)}Subject: x\r\n\r\nReceived: body\r\n`)
  it(`lets ${maxHops} hops pass and not one more`, () => {
    assert.equal(isLooping(hops(maxHops)), false)
    assert.equal(isLooping(hops(maxHops + 1)), true)
  })
})
