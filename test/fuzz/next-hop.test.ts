// SPDX-License-Identifier: Apache-2.0
/** What a next hop says is written by a stranger. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import type { QueueId } from '../../src/core/brand.ts'
import { outcomesOf, readReply } from '../../src/delivery/answers.ts'
import { parseOffers } from '../../src/delivery/session.ts'
import { composeDsn } from '../../src/queue/bounce.ts'
import { parseRoute } from '../../src/queue/route.ts'
import { address, aRecipient, epoch } from '../support/custody.ts'

const line = fc.oneof(
  fc.string({ maxLength: 600 }),
  fc
    .tuple(
      fc.constantFrom('250', '354', '421', '450', '550', '552', '25', '999'),
      fc.constantFrom(' ', '-', ''),
      fc.string({ unit: 'binary' }),
    )
    .map((parts) => parts.join('')),
  fc.constantFrom('250 2.0.0', '550 4.1.1 contradiction', '450-4.2.0 a\n450 4.2.0 b', '', '\n', '220\u0000'),
)
const maybe = fc.option(line)

describe('replies of a next hop', () => {
  it('always become a reply with a code and a status of one class', () => {
    fc.assert(
      fc.property(line, (text) => {
        const reply = readReply(text)
        assert.ok(reply.code >= 200 && reply.code < 600)
        assert.match(reply.enhanced, /^[245]\.\d{1,3}\.\d{1,3}$/)
        assert.equal(reply.enhanced[0], String(reply.code)[0])
        assert.doesNotMatch(reply.text, /[\r\n\0]/)
      }),
    )
  })

  it('give each recipient one outcome, and delivered only with a 2xx of its own', () => {
    const exchange = fc.record({
      mail: maybe,
      rcpt: fc.array(maybe, { minLength: 1, maxLength: 5 }),
      data: maybe,
      end: fc.array(maybe, { maxLength: 5 }),
      trouble: fc.option(fc.string()),
    })
    fc.assert(
      fc.property(exchange, fc.boolean(), (said, lmtp) => {
        const outcomes = outcomesOf(said, { lmtp, to: 'x', dsnPassedOn: false })
        assert.equal(outcomes.length, said.rcpt.length)
        for (const outcome of outcomes) {
          const code = outcome.reply?.code ?? 0
          assert.equal(Math.floor(code / 100), { delivered: 2, deferred: 4, bounced: 5 }[outcome.kind])
        }
        const delivered = outcomes.filter(({ kind }) => kind === 'delivered').length
        const taken = said.end.filter((reply) => reply?.startsWith('2')).length
        assert.ok(lmtp ? delivered <= taken : delivered === 0 || said.end[0]?.startsWith('2'))
      }),
    )
  })

  it('never break the parser of EHLO keywords, or of routes', () => {
    fc.assert(fc.property(line, (text) => void parseOffers(text)))
    fc.assert(
      fc.property(
        fc.oneof(
          line,
          line.map((text) => `smtp://${text}`),
        ),
        (text) => void parseRoute(text),
      ),
    )
  })

  it('stay on their line of a notification', () => {
    fc.assert(
      fc.property(line, fc.string({ unit: 'binary' }), (text, remote) => {
        const dsn = composeDsn({
          id: 'N' as QueueId,
          action: 'failed',
          hostname: 'gw.example.org',
          now: epoch,
          to: address('s@example.net'),
          recipients: [{ recipient: aRecipient('u@example.org'), reply: readReply(text), remote }],
          originalId: 'Q' as QueueId,
          arrivedAt: epoch,
          retryUntil: null,
          envid: null,
          returns: 'headers',
          original: Buffer.from('A: b\r\n\r\n'),
        })
        assert.equal(
          Buffer.from(dsn)
            .toString()
            .match(/^Action:/gm)?.length,
          1,
        )
      }),
    )
  })
})
