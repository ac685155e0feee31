// SPDX-License-Identifier: Apache-2.0

/** How replies call what was judged. */
export type ReplyClass =
  | 'Client host'
  | 'Unverified Client host'
  | 'Client certificate'
  | 'SASL login name'
  | 'Helo command'
  | 'Sender address'
  | 'Recipient address'
  | 'Etrn command'
  | 'Data command'
  | 'End-of-data'

/** What the refusal of a generic restriction is about: "<name>: Class rejected". */
export interface About {
  readonly name: string
  readonly class: ReplyClass
}

export interface Refusal {
  readonly code: number
  /** Enhanced status code; its class follows the code's. */
  readonly dsn: string
  readonly text: string
  /** false for faults of ours (configuration, tables): warn_if_reject does not cover them. */
  readonly policy: boolean
}

/** "score N SYMBOL": what a refusal is worth as evidence. */
export interface Scored {
  readonly points: number
  readonly symbol: string
}
