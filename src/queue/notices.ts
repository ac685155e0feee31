// SPDX-License-Identifier: Apache-2.0
/** Who is told what about a message's fate, and where what nobody may be told is kept. */
import { type Address, addressKey, printAddress } from '../core/address.ts'
import type { EpochMs } from '../core/brand.ts'
import type { Recipient } from '../core/envelope.ts'
import type { Blob } from '../core/message.ts'
import type { Clock, Ids, Logger, Meter } from '../core/ports.ts'
import { printReply } from '../core/reply.ts'
import type { QueueEntry } from '../core/stores.ts'
import { type BucketRate, TokenBuckets } from '../kit/token-bucket.ts'
import { composeDsn, type DsnAction, type DsnRecipient, maxHeaderBytes } from './bounce.ts'
import type { Enqueue } from './queue.ts'
import { batchByRoute, type RouteAnswer } from './route.ts'

export interface NoticeOptions {
  readonly hostname: string
  readonly clock: Clock
  readonly ids: Ids
  readonly log: Logger
  readonly meter: Meter
  readonly enqueue: (request: Enqueue) => Promise<void>
  /** The way back to the sender. */
  readonly routeFor: (recipient: Recipient) => RouteAnswer
  /**
   * Keeps a message that can neither be delivered nor returned: mail whose sender may be forged, and failed DSNs.
   * Durable when it resolves.
   */
  readonly keep: (entry: QueueEntry, failed: readonly Recipient[], blob: Blob, because: string) => Promise<void>
  /** Messages larger than this are returned without their body, whatever RET says. Bytes. */
  readonly maxReturnedBytes: number
  /** How many notices one sender gets: what lies beyond is kept, or not told. */
  readonly rate: BucketRate
}

/** Senders whose notices are counted. */
const maxSenders = 10_000

/** Of a large message no more than is returned is read. */
async function partOf(blob: Blob, bytes: number): Promise<Uint8Array> {
  if (blob.size <= bytes) return blob.bytes()
  const chunks: Uint8Array[] = []
  let read = 0
  for await (const chunk of blob.open() as AsyncIterable<Uint8Array>) {
    chunks.push(chunk)
    read += chunk.byteLength
    if (read >= bytes) break
  }
  return Buffer.concat(chunks)
}

function wants(recipient: Recipient, what: 'failure' | 'delay' | 'success'): boolean {
  // RFC 3461 §4.1: without NOTIFY, failures are reported and delays may be.
  return recipient.notify.length === 0 ? what !== 'success' : recipient.notify.includes(what)
}

export class Notices {
  readonly #options: NoticeOptions
  readonly #sent: TokenBuckets

  constructor(options: NoticeOptions) {
    this.#options = options
    this.#sent = new TokenBuckets(options.rate, maxSenders)
  }

  /** Durable when it resolves: either the sender will hear of it, or the message is kept for a person. */
  async failed(entry: QueueEntry, blob: Blob, about: readonly DsnRecipient[]): Promise<void> {
    if (about.length === 0) return
    if (!entry.returnable || entry.envelope.reversePath === null) return this.#keep(entry, blob, about)
    const wanted = about.filter(({ recipient }) => wants(recipient, 'failure'))
    if (wanted.length === 0) return
    // Nobody to be told: a sender whose domain we have no route to, or one that had more than its share.
    if (!(await this.#send(entry, blob, 'failed', wanted, null))) await this.#keep(entry, blob, wanted)
  }

  /** Tells the sender, who may have said that it does not want to know. */
  async late(entry: QueueEntry, blob: Blob, about: readonly DsnRecipient[], retryUntil: EpochMs): Promise<void> {
    const wanted = about.filter(({ recipient }) => wants(recipient, 'delay'))
    if (entry.returnable && wanted.length > 0) await this.#send(entry, blob, 'delayed', wanted, retryUntil)
  }

  /** RFC 3461 §5.2: those that asked for it hear that their message arrived, or left the world of DSNs. */
  async succeeded(entry: QueueEntry, blob: Blob, about: readonly DsnRecipient[]): Promise<void> {
    const wanted = about.filter(({ recipient }) => wants(recipient, 'success'))
    const action = entry.route.kind === 'maildir' || entry.route.kind === 'lmtp' ? 'delivered' : 'relayed'
    if (entry.returnable && wanted.length > 0) await this.#send(entry, blob, action, wanted, null)
  }

  async #send(
    entry: QueueEntry,
    blob: Blob,
    action: DsnAction,
    recipients: readonly DsnRecipient[],
    retryUntil: EpochMs | null,
  ): Promise<boolean> {
    const { hostname, clock, ids, log, meter } = this.#options
    const to = entry.envelope.reversePath
    // RFC 3461 §6.1: never a notification about a notification.
    if (to === null) return false
    const sender: Recipient = { address: to, original: '', addressClass: 'remote', notify: ['never'] }
    const answer = this.#options.routeFor(sender)
    if (answer.kind === 'refuse' || this.#tooMany(to, entry)) return false
    const id = ids.queueId()
    const wanted = action === 'failed' && entry.envelope.dsnReturns === 'full'
    const returnsAll = wanted && blob.size <= this.#options.maxReturnedBytes
    const bytes = composeDsn({
      id,
      action,
      hostname,
      now: clock.now(),
      to,
      recipients,
      originalId: entry.id,
      arrivedAt: entry.arrivedAt,
      retryUntil,
      envid: entry.envelope.envid,
      returns: returnsAll ? 'full' : 'headers',
      original: await partOf(blob, returnsAll ? blob.size : maxHeaderBytes),
    })
    await this.#options.enqueue({
      id,
      bytes,
      envelope: {
        reversePath: null,
        recipients: [sender],
        body: '8bitmime',
        smtpUtf8: entry.envelope.smtpUtf8,
        requireTls: false,
        declaredSize: null,
        envid: null,
        dsnReturns: null,
      },
      folder: 'INBOX',
      batches: batchByRoute([{ route: answer.route, recipient: sender }]),
      returnable: false,
    })
    log.info('queue.notified', { queueId: entry.id, notice: id, action })
    meter.count('postern_queue_notices_total', { action })
    return true
  }

  /** A program that sends to thousands of wrong addresses must not fill the mailbox of its owner. */
  #tooMany(to: Address, entry: QueueEntry): boolean {
    const { clock, log, meter } = this.#options
    if (this.#sent.take(addressKey(to), clock.now())) return false
    log.warn('queue.notice_withheld', { queueId: entry.id, to: printAddress(to) })
    meter.count('postern_queue_notices_total', { action: 'withheld' })
    return true
  }

  async #keep(entry: QueueEntry, blob: Blob, about: readonly DsnRecipient[]): Promise<void> {
    const [first] = about
    const because = `not delivered: ${first === undefined ? 'no reason given' : printReply(first.reply)}`
    const recipients = about.map(({ recipient }) => recipient)
    await this.#options.keep(entry, recipients, blob, because)
    this.#options.log.warn('queue.kept', { queueId: entry.id, because })
    this.#options.meter.count('postern_queue_notices_total', { action: 'kept' })
  }
}
