// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { separates } from '../../../src/app/inline.ts'
import type { Routes } from '../../../src/app/routes.ts'
import type { QueueId } from '../../../src/core/brand.ts'
import type { DeliveryOutcome } from '../../../src/core/delivery.ts'
import { printReply, type Reply } from '../../../src/core/reply.ts'
import type { Session } from '../../../src/core/session.ts'
import { noThresholds, type Verdict } from '../../../src/core/verdict.ts'
import type { Custody, Destination } from '../../../src/pipeline/custody.ts'
import { handOver } from '../../../src/pipeline/hand-over.ts'
import { parseRoute } from '../../../src/queue/route.ts'
import { anEnvelope, aRecipient, epoch } from '../../support/custody.ts'

const verdict: Verdict = { action: { kind: 'accept' }, score: 0, limits: noThresholds, priced: [], decidedBy: 'policy' }
const reply = (code: number, enhanced: Reply['enhanced'], text: string): Reply => ({ code, enhanced, text })
const outcomes: Readonly<Record<string, DeliveryOutcome>> = {
  taken: { kind: 'delivered', reply: reply(250, '2.0.0', 'taken as X1'), to: 'mx', dsnPassedOn: false },
  later: { kind: 'deferred', reply: reply(452, '4.2.2', 'mailbox full'), to: 'mx' },
  away: { kind: 'deferred', reply: reply(451, '4.4.1', 'not reached'), to: 'mx' },
  refused: { kind: 'bounced', reply: reply(550, '5.1.1', 'no such user'), to: 'mx' },
}

function route(host: string) {
  const found = parseRoute(`smtp://${host}.example:25`)
  if (found === null) throw new Error(host)
  return found
}

/**
 * Recipients are "OUTCOME.N@HOST.MODE[.WHENDOWN|.first]": each is answered by its name, and goes where its domain says.
 */
function destinationOf(address: string): Destination {
  const [host = '', mode = '', whenDown = 'defer'] = address.slice(address.indexOf('@') + 1).split('.')
  const tryFirst = whenDown === 'first'
  return { route: route(host), mode: mode as 'inline', whenDown: tryFirst ? 'defer' : (whenDown as 'defer'), tryFirst }
}

async function handed(recipients: readonly string[], returnable = false) {
  const done = { queued: [] as string[][], held: [] as string[], delivered: [] as string[] }
  const names = new Map(recipients.map((text) => [aRecipient(text), text]))
  const named = (list: readonly { readonly address: unknown }[]) =>
    list.map((to) => [...names].find(([recipient]) => recipient.address === to.address)?.[1] ?? '')
  const custody: Custody = {
    destinationOf: (recipient) => destinationOf(names.get(recipient) ?? ''),
    mayShare: () => true,
    deliver: async ({ envelope }) =>
      new Map(
        envelope.recipients.map((to) => {
          const name = names.get(to) ?? ''
          done.delivered.push(name)
          const outcome = outcomes[name.split('.')[0] ?? '']
          assert.ok(outcome !== undefined)
          return [to, outcome]
        }),
      ),
    enqueue: async ({ batches }) => void done.queued.push(...batches.map((batch) => named(batch.recipients))),
    hold: async ({ envelope }) => void done.held.push(...named(envelope.recipients)),
  }
  const envelope = anEnvelope({ recipients: [...names.keys()] })
  const transaction = {
    id: 'Q1' as QueueId,
    session: {} as Session,
    sender: envelope,
    startedAt: epoch,
    recipients: [...names.keys()],
    ...{ evidence: [], orders: [], trace: [] },
  }
  const request = { transaction, verdict, bytes: Buffer.from('x\r\n'), folder: 'INBOX', returnable } as const
  const answer = printReply(await handOver(request, custody, AbortSignal.timeout(5_000)))
  return { answer, queued: done.queued, held: done.held }
}

const many = Array.from({ length: 21 }, (_, i) => `taken.${i}@a.queue.first`)

describe('handOver', () => {
  const table: readonly (readonly [string, readonly string[], RegExp, string[][], string[]])[] = [
    ["gives the next hop's own answer", ['taken.1@a.inline'], /^250 2\.0\.0 taken as X1 \[Q1\]$/, [], []],
    ["gives the next hop's own refusal", ['refused.1@a.inline'], /^550 5\.1\.1 no such user$/, [], []],
    ["gives the next hop's own delay", ['later.1@a.inline'], /^452 4\.2\.2 mailbox full$/, [], []],
    ['says 4xx while the next hop is away', ['away.1@a.inline'], /^451 4\.4\.1 /, [], []],
    [
      'queues while the next hop is away, where the domain says so',
      ['away.1@a.inline.queue'],
      /^250 2\.0\.0 Ok: queued/,
      [['away.1@a.inline.queue']],
      [],
    ],
    ['queues nothing that a next hop put off itself', ['later.1@a.inline.queue'], /^452 4\.2\.2 /, [], []],
    ['queues what is to be queued', ['taken.1@a.queue'], /^250 2\.0\.0 Ok: queued as Q1$/, [['taken.1@a.queue']], []],
    [
      'queues for whom was put off after others had it',
      ['taken.1@a.inline', 'later.2@a.inline'],
      /^250 2\.0\.0 Ok: queued/,
      [['later.2@a.inline']],
      [],
    ],
    [
      'holds for whom was refused after others had it: the sender may be forged',
      ['taken.1@a.inline', 'refused.2@b.inline'],
      /^250 2\.0\.0 Ok: delivered/,
      [],
      ['refused.2@b.inline'],
    ],
    ['tries first, and queues nothing that was taken', ['taken.1@a.queue.first'], /^250 2\.0\.0 taken as X1/, [], []],
    [
      'queues what was tried first and put off or refused',
      ['taken.1@a.queue.first', 'later.2@a.queue.first', 'refused.3@a.queue.first'],
      /^250 2\.0\.0 Ok: queued/,
      [['later.2@a.queue.first', 'refused.3@a.queue.first']],
      [],
    ],
    ['tries nothing first for more recipients than a client waits for', many, /^250 2\.0\.0 Ok: queued/, [many], []],
    [
      'keeps those who are tried first apart from those who are not',
      ['taken.1@a.queue.first', 'taken.2@a.queue'],
      /^250 2\.0\.0 Ok: queued/,
      [['taken.2@a.queue']],
      [],
    ],
    ['refuses when all are refused', ['refused.1@a.inline', 'refused.2@b.inline'], /^550 /, [], []],
    [
      'lets the client come again when one of all is put off',
      ['refused.1@a.inline', 'later.2@b.inline'],
      /^452 /,
      [],
      [],
    ],
  ]
  for (const [title, recipients, answer, queued, held] of table) {
    it(title, async () => {
      const done = await handed(recipients)
      assert.match(done.answer, answer)
      assert.deepEqual(done.queued, queued)
      assert.deepEqual(done.held, held)
    })
  }

  it('lets our own users be told by the queue whom the next hop refused', async () => {
    const done = await handed(['taken.1@a.inline', 'refused.2@b.inline'], true)
    assert.deepEqual(done.queued, [['refused.2@b.inline']])
    assert.deepEqual(done.held, [])
  })
})

describe('separates', () => {
  const routes = { destinationOf: ({ original }: { original: string }) => destinationOf(original) } as unknown as Routes
  const to = (text: string) => aRecipient('u@example.org', { original: text })
  const table: readonly (readonly ['split' | 'separate', string, string, boolean])[] = [
    ['separate', 'x@a.inline', 'y@a.inline', true],
    ['separate', 'x@a.inline', 'y@b.inline', false],
    ['separate', 'x@a.inline', 'y@a.queue', false],
    ['separate', 'x@a.queue', 'y@b.queue', true],
    ['split', 'x@a.inline', 'y@b.inline', true],
  ]
  for (const [setting, first, second, together] of table) {
    it(`${setting}: ${first} and ${second} ${together ? 'share a transaction' : 'come apart'}`, () =>
      assert.equal(separates(routes, setting)([to(first)], to(second)), together))
  }
})
