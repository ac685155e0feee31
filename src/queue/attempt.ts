// SPDX-License-Identifier: Apache-2.0
/** One attempt at one entry: deliver, tell whom it concerns, and only then forget. */
import type { EpochMs } from '../core/brand.ts'
import type { DeliveryJob, DeliveryOutcome, Route } from '../core/delivery.ts'
import type { Recipient } from '../core/envelope.ts'
import type { Blob } from '../core/message.ts'
import type { BlobStore, Clock, Logger, Meter } from '../core/ports.ts'
import { printReply, type Reply } from '../core/reply.ts'
import type { QueueEntry, QueueStore, Settlement } from '../core/stores.ts'
import type { DsnRecipient } from './bounce.ts'
import type { Notices } from './notices.ts'
import { recordDelivery } from './record.ts'
import { isExpired, isLate, nextAttempt, type RetryPolicy } from './retry.ts'

export type Deliver = (
  job: DeliveryJob,
  route: Route,
  signal: AbortSignal,
) => Promise<ReadonlyMap<Recipient, DeliveryOutcome>>

export interface AttemptOptions {
  readonly holder: string
  readonly store: QueueStore
  readonly blobs: BlobStore
  readonly clock: Clock
  readonly log: Logger
  readonly meter: Meter
  readonly retry: RetryPolicy
  readonly notices: Notices
  readonly deliver: Deliver
  /** 0..1, evenly spread. */
  readonly random: () => number
}

type Outcomes = ReadonlyMap<Recipient, DeliveryOutcome>

const settleTries = 6
const settlePauseMs = 500

const silent: Reply = { code: 451, enhanced: '4.3.0', text: 'The delivery agent gave no answer' }
const expired = 'delivery was tried for too long; the last answer was:'

/** Answers for everyone, whatever the courier did. */
async function tryDelivery(options: AttemptOptions, entry: QueueEntry, blob: Blob, signal: AbortSignal) {
  const { envelope, folder } = entry
  const job: DeliveryJob = { queueId: entry.id, envelope, blob, folder, attempt: entry.attempts + 1 }
  let found: Outcomes = new Map()
  try {
    found = await options.deliver(job, entry.route, signal)
  } catch (error) {
    options.log.error('queue.courier_failed', error, { queueId: entry.id })
  }
  return new Map(envelope.recipients.map((to) => [to, found.get(to) ?? deferredBy(silent)]))
}

export function deferredBy(reply: Reply): DeliveryOutcome {
  return { kind: 'deferred', reply, to: '' }
}

function pick(outcomes: Outcomes, kind: DeliveryOutcome['kind']): DsnRecipient[] {
  return [...outcomes].flatMap(([recipient, outcome]) => {
    if (outcome.kind !== kind) return []
    const reply = outcome.reply ?? { code: 250, enhanced: '2.0.0', text: 'Ok' }
    return [{ recipient, reply, remote: outcome.to }]
  })
}

/** RFC 3463 §3.5: X.4.7, delivery time expired. */
function givenUp(about: DsnRecipient): DsnRecipient {
  const text = `${expired} ${printReply(about.reply)}`
  return { ...about, reply: { code: 554, enhanced: '5.4.7', text } }
}

/** What the entry still owes after this attempt, or null when it owes nothing. */
function restOf(options: AttemptOptions, entry: QueueEntry, owed: readonly DsnRecipient[], warned: boolean) {
  const last = owed.at(-1)
  if (last === undefined) return null
  return {
    ...entry,
    envelope: { ...entry.envelope, recipients: owed.map(({ recipient }) => recipient) },
    due: nextAttempt(options.retry, entry, options.clock.now(), options.random()),
    attempts: entry.attempts + 1,
    lastReply: printReply(last.reply),
    warned: entry.warned || warned,
  }
}

/**
 * Settles a leased entry: notices first and the row last, so that a crash between the two repeats a notice and never
 * forgets one. Rejects when the stores fail; the lease then lapses and the entry is tried again.
 */
export async function settleOutcomes(
  options: AttemptOptions,
  entry: QueueEntry,
  blob: Blob,
  outcomes: Outcomes,
): Promise<void> {
  const { clock, log, meter, notices, retry } = options
  const now = clock.now()
  for (const [recipient, outcome] of outcomes) {
    recordDelivery(log, meter, { queueId: entry.id, recipient, outcome, arrivedAt: entry.arrivedAt, now })
  }
  const over = isExpired(retry, entry, now)
  const deferred = pick(outcomes, 'deferred')
  const failed = [...pick(outcomes, 'bounced'), ...(over ? deferred.map(givenUp) : [])]
  const owed = over ? [] : deferred
  const passedOn = (to: Recipient) => {
    const outcome = outcomes.get(to)
    return outcome?.kind === 'delivered' && outcome.dsnPassedOn
  }
  // Whoever cannot be told now stays owed: the next attempt meets the same answer and tells again.
  const untold = await told(options, entry, () => notices.failed(entry, blob, failed), failed)
  await told(options, entry, () => {
    const delivered = pick(outcomes, 'delivered').filter(({ recipient }) => !passedOn(recipient))
    return notices.succeeded(entry, blob, delivered)
  })
  const late = owed.length > 0 && isLate(retry, entry, now)
  const until = (entry.arrivedAt + retry.lifetimeMs) as EpochMs
  if (late) await told(options, entry, () => notices.late(entry, blob, owed, until))
  const rest = restOf(options, entry, [...owed, ...untold], late)
  const { settled, freed } = await settleSurely(options, entry, await detached(options, rest))
  if (!settled) {
    log.warn('queue.lease_lost', { queueId: entry.id })
    return
  }
  if (freed !== null) await options.blobs.remove(freed)
  if (rest === null) log.info('queue.removed', { queueId: entry.id })
}

/** What stays longer than one attempt gets a file of its own. */
async function detached(options: AttemptOptions, rest: QueueEntry | null): Promise<QueueEntry | null> {
  return rest === null ? null : { ...rest, blob: await options.blobs.detach(rest.blob) }
}

/**
 * A settlement that is not written down is a delivery that is made again: it is worth waiting for a store that comes
 * back, as a restarted worker does. Rejects when it does not.
 */
async function settleSurely(options: AttemptOptions, entry: QueueEntry, rest: QueueEntry | null): Promise<Settlement> {
  for (let tries = 1; ; tries++) {
    try {
      return await options.store.settle(options.holder, entry.id, rest)
    } catch (error) {
      if (tries >= settleTries) throw error
      options.log.error('queue.settle_repeated', error, { queueId: entry.id })
      await options.clock.sleep(settlePauseMs * tries)
    }
  }
}

/** Those that could not be told; a notice of success or delay is not worth keeping the message for. */
async function told(
  options: AttemptOptions,
  entry: QueueEntry,
  tell: () => Promise<void>,
  about: readonly DsnRecipient[] = [],
): Promise<readonly DsnRecipient[]> {
  try {
    await tell()
    return []
  } catch (error) {
    options.log.error('queue.notice_failed', error, { queueId: entry.id })
    return about
  }
}

/** Returns what the courier answered, for the scheduler to learn from; null when there was nothing to deliver. */
export async function attempt(
  options: AttemptOptions,
  entry: QueueEntry,
  signal: AbortSignal,
  suspended: Reply | null,
): Promise<Outcomes | null> {
  const blob = await options.blobs.get(entry.blob)
  if (blob === null) {
    // A damaged spool. The row is all that is left to tell of the message: a person must see it.
    const held = { ...entry, held: true, lastReply: 'the message is missing from the spool' }
    options.log.error('queue.blob_missing', new Error(held.lastReply), { queueId: entry.id })
    await options.store.settle(options.holder, entry.id, held)
    return null
  }
  const outcomes =
    suspended === null
      ? await tryDelivery(options, entry, blob, signal)
      : new Map(entry.envelope.recipients.map((to) => [to, deferredBy(suspended)]))
  await settleOutcomes(options, entry, blob, outcomes)
  return outcomes
}
