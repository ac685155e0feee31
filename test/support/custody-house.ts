// SPDX-License-Identifier: Apache-2.0
/** A queue in memory with a courier that does what the test says. */
import type { QueueId, SessionId } from '../../src/core/brand.ts'
import type { DeliveryJob, DeliveryOutcome, Route } from '../../src/core/delivery.ts'
import type { Recipient } from '../../src/core/envelope.ts'
import type { Reply } from '../../src/core/reply.ts'
import type { QueueEntry, Stores } from '../../src/core/stores.ts'
import { type NoticeOptions, Notices } from '../../src/queue/notices.ts'
import { type Enqueue, Queue } from '../../src/queue/queue.ts'
import { mxRoute, parseRoute } from '../../src/queue/route.ts'
import { Scheduler, type SchedulerOptions } from '../../src/queue/scheduler.ts'
import { MemoryBlobs } from '../../src/store/memory/blobs.ts'
import { openMemoryStores } from '../../src/store/memory/stores.ts'
import { anEnvelope, HandClock, LineLog, noMeter } from './custody.ts'

export const mail = Buffer.from('Subject: hello\r\nX-Long: a\r\n b\r\n\r\nbody\r\n.\r\n')

export function route(text: string): Route {
  const parsed = parseRoute(text)
  if (parsed === null) throw new Error(`no route: ${text}`)
  return parsed
}

export const delivered = (to = 'mx.example.org'): DeliveryOutcome => ({
  kind: 'delivered',
  reply: { code: 250, enhanced: '2.0.0', text: 'taken' },
  to,
  dsnPassedOn: false,
})
export const deferred = (enhanced: Reply['enhanced'] = '4.2.0'): DeliveryOutcome => ({
  kind: 'deferred',
  reply: { code: 450, enhanced, text: 'later' },
  to: 'mx.example.org',
})
export const bounced = (): DeliveryOutcome => ({
  kind: 'bounced',
  reply: { code: 550, enhanced: '5.1.1', text: 'no such user' },
  to: 'mx.example.org',
})

export interface Carried {
  readonly job: DeliveryJob
  readonly route: Route
  readonly bytes: Buffer
}

export interface Kept {
  readonly entry: QueueEntry
  readonly failed: readonly Recipient[]
  readonly because: string
}

export async function aCustodyHouse(
  answer: (to: Recipient, job: DeliveryJob, signal: AbortSignal) => DeliveryOutcome | Promise<DeliveryOutcome>,
  more: Partial<SchedulerOptions> & { readonly stores?: Stores } = {},
) {
  const clock = new HandClock()
  const log = new LineLog()
  const stores = more.stores ?? openMemoryStores({ maxLosable: 100, greylistKeepMs: 1_000 })
  const blobs = new MemoryBlobs(clock)
  const carried: Carried[] = []
  const kept: Kept[] = []
  let number = 0
  const ports = { clock, log, meter: noMeter, blobs, store: stores.queue }
  const queue = new Queue(ports)
  const telling: NoticeOptions = {
    ...ports,
    ids: { queueId: () => `N${++number}` as QueueId, sessionId: () => 'S' as SessionId },
    hostname: 'gw.example.org',
    enqueue: (request) => queue.enqueue(request),
    routeFor: ({ address }) => ({ kind: 'route', route: mxRoute(address.domain) }),
    keep: async (entry, failed, _blob, because) => void kept.push({ entry, failed, because }),
    maxReturnedBytes: 1_000,
    rate: { burst: 20, refillMs: 60_000 },
  }
  const scheduler = new Scheduler({
    ...ports,
    notices: new Notices(telling),
    holder: 'test',
    random: () => 0.5,
    retry: {
      minBackoffMs: 300_000,
      maxBackoffMs: 4_000_000,
      lifetimeMs: 432_000_000,
      bounceLifetimeMs: 432_000_000,
      warnAfterMs: null,
    },
    concurrency: { initial: 5, max: 20, deadAfter: 3, deadForMs: 300_000 },
    maxRunning: 100,
    maxInHand: 200,
    leaseMs: 600_000,
    pollMs: 60_000,
    drainMs: 1_000,
    deliver: async (job, to, signal) => {
      carried.push({ job, route: to, bytes: Buffer.from(await job.blob.bytes()) })
      const answers = job.envelope.recipients.map(async (r) => [r, await answer(r, job, signal)] as const)
      return new Map(await Promise.all(answers))
    },
    ...more,
  })
  queue.onChange(() => scheduler.wake())
  const enqueue = (request: Partial<Enqueue> = {}) => {
    const envelope = request.envelope ?? anEnvelope()
    return queue.enqueue({
      id: 'Q1' as QueueId,
      bytes: mail,
      envelope,
      folder: 'INBOX',
      batches: [{ route: route('smtp://mx.example.org'), recipients: envelope.recipients }],
      returnable: true,
      ...request,
    })
  }
  return { clock, log, stores, blobs, carried, kept, queue, scheduler, enqueue }
}
