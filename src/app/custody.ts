// SPDX-License-Identifier: Apache-2.0
/** Queue, couriers, mailboxes and quarantine, fitted together: where a message is safe. */
import type { Directory } from '../accounts/directory.ts'
import type { LoadedConfig } from '../config/load.ts'
import type { HeaderEdit } from '../core/message.ts'
import type { Clock, Ids, Logger, Meter, Resolver } from '../core/ports.ts'
import type { Stores } from '../core/stores.ts'
import { type Couriers, openCouriers } from '../delivery/open.ts'
import { Disposal } from '../kit/disposal.ts'
import type { Judgement } from '../mailbox/judged.ts'
import { openShelf, type Shelf } from '../mailbox/shelf.ts'
import { editHeaders } from '../message/edit.ts'
import type { Custody } from '../pipeline/custody.ts'
import type { Quarantine } from '../quarantine/quarantine.ts'
import { Notices } from '../queue/notices.ts'
import { type Enqueue, Queue } from '../queue/queue.ts'
import { reclaimLeases, removeOrphans } from '../queue/recover.ts'
import type { Rewriter } from '../queue/rewrite.ts'
import { routeOf } from '../queue/route.ts'
import { Scheduler } from '../queue/scheduler.ts'
import { Spool } from '../queue/spool.ts'
import { openDelivery } from './delivery.ts'
import { inlineDelivery, separates } from './inline.ts'
import { dataPaths } from './paths.ts'
import { batchesOf, contentOf, openQuarantine, type QuarantinePorts } from './quarantine.ts'
import { openRecipientTables } from './recipient-tables.ts'
import { openRewriter } from './rewriting.ts'
import { type Routes, recipientStatusOf } from './routes.ts'

export interface CustodyParts extends AsyncDisposable {
  readonly custody: Custody
  readonly shelf: Shelf
  readonly couriers: Couriers
  readonly rewriter: Rewriter
  readonly queue: Queue
  readonly quarantine: Quarantine
  /** Puts right what a crash left, begins to deliver what waits, and keeps house. For the one running gateway. */
  start(): Promise<void>
}

export interface CustodyPorts {
  readonly stores: Stores
  readonly directory: Directory
  readonly routes: Routes
  readonly dns: Resolver
  /** An address on which we listen: mail sent there would come back. */
  readonly isOwnAddress: (ip: string) => boolean
  readonly clock: Clock
  readonly ids: Ids
  readonly log: Logger
  readonly meter: Meter
  readonly random: () => number
  /** Told of mail that readers move into Junk or out of it. */
  readonly onJudged?: ((judgement: Judgement) => void) | undefined
  readonly onReleased?: QuarantinePorts['onReleased']
  readonly seal?: QuarantinePorts['seal']
  /** DKIM-Signature fields for the notices that we write ourselves; without it they are not signed. */
  readonly sign?: ((raw: Uint8Array) => Promise<readonly HeaderEdit[]>) | undefined
}

/** The name under which this gateway leases; there is one on a data_dir. */
const holder = 'gateway'
const minute = 60_000
const hour = 60 * minute
/** A blob younger than this may have a row on its way. */
const orphanGraceMs = 10 * minute
const houseKeepingMs = 60 * minute

/** What no setting needs to touch. */
const queueDefaults = {
  maxRunning: 100,
  maxInHand: 400,
  leaseMs: 5 * minute,
  pollMs: 2000,
  drainMs: 10_000,
  initialConcurrency: 5,
  deadAfter: 3,
  deadForMs: minute,
  maxReturnedBytes: 50_000,
} as const

export async function openCustody(loaded: LoadedConfig, ports: CustodyPorts): Promise<CustodyParts> {
  const { config } = loaded
  const { stores, directory, routes, clock, ids, log, meter, random } = ports
  const paths = dataPaths(loaded)
  const closing = new Disposal(({ name, cause }) => log.error('service.close-failed', cause, { name }))
  const blobs = closing.use('spool', queueDefaults.drainMs, await Spool.open(paths.spool))
  const shelf = openShelf({ root: paths.mail, clock, log, onJudged: ports.onJudged })
  const couriers = closing.use(
    'couriers',
    queueDefaults.drainMs,
    openCouriers({
      ...(await openDelivery(loaded, ports)),
      shelf,
      accountFor: (address) => directory.accountFor(address),
      ...{ clock, log, meter },
    }),
  )
  const recipients = await openRecipientTables(loaded, ports)
  const status = recipientStatusOf(routes, directory, couriers, recipients)
  const rewriter = await openRewriter(loaded, { ...ports, status })
  const queue = new Queue({ store: stores.queue, blobs, clock, log, meter })
  const quarantine = openQuarantine(loaded, {
    ...{ store: stores.quarantine, queue, routes, blobs, clock, log, meter },
    seal: ports.seal,
    onReleased: ports.onReleased,
  })
  const scheduler = new Scheduler({
    ...{ holder, store: stores.queue, blobs, clock, log, meter, random },
    ...queueDefaults,
    retry: {
      minBackoffMs: config.queue.minimal_backoff,
      maxBackoffMs: config.queue.maximal_backoff,
      lifetimeMs: config.queue.lifetime,
      bounceLifetimeMs: config.queue.bounce_lifetime,
      warnAfterMs: config.queue.warn_after === 0 ? null : config.queue.warn_after,
    },
    concurrency: {
      initial: queueDefaults.initialConcurrency,
      max: config.queue.concurrency,
      deadAfter: queueDefaults.deadAfter,
      deadForMs: queueDefaults.deadForMs,
    },
    notices: new Notices({
      ...{ hostname: config.hostname, clock, ids, log, meter },
      // A sender may be an alias of ours.
      enqueue: async (request) => {
        const envelope = await rewriter.envelope(request.envelope)
        const bytes = await signed(request.bytes, ports.sign)
        await queue.enqueue({ ...request, bytes, envelope, batches: batchesOf(envelope, routes) })
      },
      routeFor: ({ address }) => routeOf(routes.table, address),
      keep: async (entry, failed, blob, because) => {
        const envelope = { ...entry.envelope, recipients: failed }
        const bytes = await contentOf(blob)
        await quarantine.hold({ id: entry.id, bytes, envelope, because, verdict: null, trace: [] })
      },
      maxReturnedBytes: queueDefaults.maxReturnedBytes,
      rate: { burst: config.queue.notice_limit, refillMs: hour / config.queue.notice_limit },
    }),
    deliver: (job, route, signal) => couriers.deliver(job, route, signal),
  })
  queue.onChange(() => scheduler.wake())
  queue.handTo((entries) => scheduler.reserve(entries))

  const keepHouse = async () => {
    await removeOrphans({
      blobs,
      owners: [stores.queue, stores.quarantine],
      queue: stores.queue,
      clock,
      log,
      graceMs: orphanGraceMs,
    })
    await quarantine.expire()
  }
  return {
    custody: {
      destinationOf: routes.destinationOf,
      deliver: inlineDelivery({ couriers, clock, log, meter, timeoutMs: config.delivery.inline_timeout }),
      mayShare: separates(routes, config.delivery.several_next_hops),
      enqueue: (request) => queue.enqueue(request),
      hold: async (request) => void (await quarantine.hold(request)),
    },
    ...{ shelf, couriers, rewriter, queue, quarantine },
    async start() {
      await reclaimLeases(stores.queue, holder, log)
      const keepHouseNow = () => void keepHouse().catch((error) => log.error('service.housekeeping-failed', error))
      // Beside the work: a long queue has many files to look through.
      keepHouseNow()
      const timer = setInterval(keepHouseNow, houseKeepingMs)
      closing.defer('housekeeping', queueDefaults.drainMs, () => clearInterval(timer))
      closing.defer('scheduler', 2 * queueDefaults.drainMs, () => scheduler.stop())
      scheduler.start()
    },
    [Symbol.asyncDispose]: () => closing[Symbol.asyncDispose](),
  }
}

async function signed(bytes: Enqueue['bytes'], sign: CustodyPorts['sign']): Promise<Enqueue['bytes']> {
  return sign !== undefined && bytes instanceof Uint8Array ? editHeaders(bytes, await sign(bytes)) : bytes
}
