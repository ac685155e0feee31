// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { inlineDelivery } from '../../../src/app/inline.ts'
import type { BlobId, QueueId } from '../../../src/core/brand.ts'
import type { DeliveryOutcome } from '../../../src/core/delivery.ts'
import { memoryBlob } from '../../../src/pipeline/memory-blob.ts'
import { anEnvelope, aRecipient, HandClock, LineLog, noMeter } from '../../support/custody.ts'

const to = aRecipient('u@example.org')
const envelope = anEnvelope({ recipients: [to] })
const blob = memoryBlob('B' as BlobId, Buffer.from('x\r\n'))
const job = { queueId: 'Q1' as QueueId, envelope, blob, folder: 'INBOX', attempt: 1 } as const

describe('inlineDelivery', () => {
  it('tells the log of each recipient in the words of the queue', async () => {
    const log = new LineLog()
    const outcome: DeliveryOutcome = {
      kind: 'delivered',
      reply: { code: 250, enhanced: '2.0.0', text: 'taken' },
      to: 'mx.example.org[192.0.2.1]:25',
      dsnPassedOn: false,
    }
    const couriers = { deliver: async () => new Map([[to, outcome]]) }
    const deliver = inlineDelivery({ couriers, clock: new HandClock(), log, meter: noMeter, timeoutMs: 1_000 })
    await deliver(job, { kind: 'maildir' }, AbortSignal.timeout(5_000))
    const line = log.lines.find(({ event }) => event === 'queue.delivered')
    assert.deepEqual(line?.fields, {
      queueId: 'Q1',
      to: '<u@example.org>',
      relay: 'mx.example.org[192.0.2.1]:25',
      delay: 0,
      dsn: '2.0.0',
      status: 'sent',
      reply: '250 2.0.0 taken',
    })
  })

  it('gives up before its client does', async () => {
    const couriers = {
      deliver: (_job: unknown, _route: unknown, signal: AbortSignal) =>
        new Promise<Map<typeof to, DeliveryOutcome>>((resolve) => {
          const reply = { code: 451, enhanced: '4.4.2', text: 'given up' } as const
          signal.addEventListener('abort', () => resolve(new Map([[to, { kind: 'deferred', reply, to: '' }]])))
        }),
    }
    const options = { couriers, clock: new HandClock(), log: new LineLog(), meter: noMeter, timeoutMs: 5 }
    const outcomes = await inlineDelivery(options)(job, { kind: 'maildir' }, AbortSignal.timeout(10_000))
    assert.equal(outcomes.get(to)?.kind, 'deferred')
  })
})
