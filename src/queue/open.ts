// SPDX-License-Identifier: Apache-2.0
/** Builds the queue with everything that runs it. */
import type { Ids } from '../core/ports.ts'
import type { QueueStore } from '../core/stores.ts'
import type { AttemptOptions } from './attempt.ts'
import { type NoticeOptions, Notices } from './notices.ts'
import { Queue, type QueueOptions } from './queue.ts'
import { reclaimLeases } from './recover.ts'
import { Scheduler, type SchedulerOptions } from './scheduler.ts'

export interface OpenQueueOptions
  extends QueueOptions,
    Pick<AttemptOptions, 'retry' | 'deliver' | 'random'>,
    Pick<NoticeOptions, 'hostname' | 'routeFor' | 'keep' | 'maxReturnedBytes'>,
    Pick<SchedulerOptions, 'concurrency' | 'maxRunning' | 'maxInHand' | 'leaseMs' | 'pollMs' | 'drainMs'> {
  readonly store: QueueStore
  readonly ids: Ids
  /** This process among those that share the store; the same after a restart. */
  readonly holder: string
}

/** What a gateway of middling size runs with; sizes and times that no setting needs to touch. */
export const queueDefaults = {
  maxReturnedBytes: 50_000,
  maxRunning: 200,
  maxInHand: 1_000,
  leaseMs: 600_000,
  pollMs: 60_000,
  drainMs: 10_000,
} as const

/** Takes back the leases of the process before us. Nothing is delivered until scheduler.start(). */
export async function openQueue(
  options: OpenQueueOptions,
): Promise<{ readonly queue: Queue; readonly scheduler: Scheduler }> {
  await reclaimLeases(options.store, options.holder, options.log)
  const queue = new Queue(options)
  const notices = new Notices({ ...options, enqueue: (request) => queue.enqueue(request) })
  const scheduler = new Scheduler({ ...options, notices })
  queue.onChange(() => scheduler.wake())
  return { queue, scheduler }
}
