// SPDX-License-Identifier: Apache-2.0
/** Puts messages into our own mailboxes. */
import type { Readable } from 'node:stream'
import { type Address, printAddress } from '../core/address.ts'
import type { Courier, DeliveryJob, DeliveryOutcome, Folder } from '../core/delivery.ts'
import type { Recipient } from '../core/envelope.ts'
import type { Blob } from '../core/message.ts'
import type { Logger } from '../core/ports.ts'
import { verdictOf } from './answers.ts'

/** The part of the mailbox room that a delivery needs. */
export interface DeliveryShelf {
  deliver(
    account: string,
    folder: Folder,
    bytes: Uint8Array | Readable,
    extra: { readonly prefix?: Uint8Array },
  ): Promise<unknown>
}

export interface MaildirOptions {
  readonly shelf: DeliveryShelf
  /** The account that receives for an address; null: nobody does. */
  readonly accountFor: (address: Address) => Promise<string | null>
  readonly log: Logger
}

/** Larger messages are copied as a stream. */
const maxInMemory = 1024 * 1024

const to = 'maildir:'
const noSpace = new Set(['ENOSPC', 'EDQUOT'])

/** RFC 5321 §4.4: the last hop notes the reverse-path. */
function prefixOf(job: DeliveryJob, recipient: Recipient): Uint8Array {
  const returnPath = printAddress(job.envelope.reversePath)
  return Buffer.from(`Return-Path: <${returnPath}>\r\nDelivered-To: ${printAddress(recipient.address)}\r\n`)
}

async function contentOf(blob: Blob) {
  return blob.size <= maxInMemory ? await blob.bytes() : blob.open()
}

export class MaildirCourier implements Courier {
  readonly #options: MaildirOptions

  constructor(options: MaildirOptions) {
    this.#options = options
  }

  async deliver(job: DeliveryJob): Promise<ReadonlyMap<Recipient, DeliveryOutcome>> {
    const outcomes = new Map<Recipient, DeliveryOutcome>()
    // Two addresses of one account: one copy.
    const byAccount = new Map<string, DeliveryOutcome>()
    for (const recipient of job.envelope.recipients) {
      outcomes.set(recipient, await this.#one(job, recipient, byAccount))
    }
    return outcomes
  }

  async #one(job: DeliveryJob, recipient: Recipient, done: Map<string, DeliveryOutcome>): Promise<DeliveryOutcome> {
    try {
      const account = await this.#options.accountFor(recipient.address)
      if (account === null) return verdictOf(550, '5.1.1', 'User unknown', to)
      const known = done.get(account)
      if (known !== undefined) return known
      const content = await contentOf(job.blob)
      await this.#options.shelf.deliver(account, job.folder, content, { prefix: prefixOf(job, recipient) })
      const reply = { code: 250, enhanced: '2.1.5', text: `Delivered to ${job.folder}` } as const
      const outcome: DeliveryOutcome = { kind: 'delivered', reply, to, dsnPassedOn: false }
      done.set(account, outcome)
      return outcome
    } catch (error) {
      this.#options.log.error('delivery.mailbox_failed', error, { queueId: job.queueId })
      const full = noSpace.has((error as NodeJS.ErrnoException).code ?? '')
      return full
        ? verdictOf(452, '4.3.1', 'Insufficient system storage', to)
        : verdictOf(451, '4.3.0', 'The mailbox could not be written', to)
    }
  }
}
