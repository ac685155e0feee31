// SPDX-License-Identifier: Apache-2.0
import type { Evidence } from './evidence.ts'
import type { Reply } from './reply.ts'

/** The lists of Postfix's smtpd_*_restrictions, in the order in which they run. */
export const chainStages = ['client', 'helo', 'sender', 'relay', 'recipient', 'data', 'end_of_data', 'etrn'] as const
export type ChainStage = (typeof chainStages)[number]

/** What a restriction orders to be done with the message (access(5) actions with side effects). */
export type Order =
  | { readonly kind: 'hold'; readonly because: string }
  | { readonly kind: 'discard'; readonly because: string }
  | { readonly kind: 'redirect'; readonly to: string }
  | { readonly kind: 'bcc'; readonly to: string }
  | { readonly kind: 'prepend'; readonly name: string; readonly value: string }
  | { readonly kind: 'filter'; readonly transport: string }

/** One line of the explanation: this restriction said this, for this reason. */
export interface TraceLine {
  readonly stage: ChainStage
  /** As the operator wrote it, arguments included. */
  readonly restriction: string
  readonly ruling:
    | 'dunno'
    | 'permit'
    | 'reject'
    | 'defer'
    | 'defer_if_permit'
    | 'defer_if_reject'
    | 'warn'
    | 'order'
    | 'note'
  readonly because: string
}

/** What the chains say to one command. */
export interface ChainOutcome {
  /** null: go on. */
  readonly reply: Reply | null
  /** Close the connection after the reply (521, 421). */
  readonly hangUp: boolean
  readonly orders: readonly Order[]
  readonly evidence: readonly Evidence[]
  readonly trace: readonly TraceLine[]
}
