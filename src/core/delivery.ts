// SPDX-License-Identifier: Apache-2.0
import type { QueueId } from './brand.ts'
import type { Envelope, Recipient } from './envelope.ts'
import type { Blob } from './message.ts'
import type { Reply } from './reply.ts'

export type DeliveryOutcome =
  | {
      readonly kind: 'delivered'
      readonly reply: Reply | null
      readonly to: string
      /** Who now owes the sender a notice of success (RFC 3461 §5.2.7): the next hop, if it offered DSN. */
      readonly dsnPassedOn: boolean
    }
  | { readonly kind: 'deferred'; readonly reply: Reply; readonly to: string }
  | { readonly kind: 'bounced'; readonly reply: Reply; readonly to: string }

/** The shelf on which our own mailboxes put a message. */
export type Folder = 'INBOX' | 'Junk'

/** Where a recipient's mail goes next. */
export type Route =
  | { readonly kind: 'maildir' }
  /** A program that is given the message on its standard input; the url is "pipe:" and the command line. */
  | { readonly kind: 'pipe'; readonly command: string; readonly url: string }
  /** For lmtp the host may be the path of a Unix socket (port 0); for mx it is the mail domain whose MX records are asked. */
  | { readonly kind: 'smtp' | 'lmtp' | 'mx'; readonly host: string; readonly port: number; readonly url: string }

export interface DeliveryJob {
  readonly queueId: QueueId
  readonly envelope: Envelope
  /** Header edits are already made: couriers carry bytes as they are. */
  readonly blob: Blob
  readonly folder: Folder
  /** 1 at the first try. */
  readonly attempt: number
}

export interface Courier {
  /** Answers for every recipient of the job: silence is not an outcome. Never throws for what a peer can do. */
  deliver(job: DeliveryJob, route: Route, signal: AbortSignal): Promise<ReadonlyMap<Recipient, DeliveryOutcome>>
}
