// SPDX-License-Identifier: Apache-2.0
import type { Address } from './address.ts'
import type { AuthReport } from './auth.ts'
import type { Envelope } from './envelope.ts'
import type { Evidence } from './evidence.ts'
import type { Session } from './session.ts'

/** What the content examiners are told about the message before they read it. */
export interface ContentSubject {
  readonly session: Session
  readonly envelope: Envelope
  /** Accounts of ours that will read it; what they taught the classifier counts for it. */
  readonly readers?: readonly string[]
  /** The whole message, CRLF line ends. */
  readonly raw: Uint8Array
}

/** What the content stages found: no prices, no action. */
export interface Examination {
  readonly auth: AuthReport
  readonly evidence: readonly Evidence[]
  /** Mailboxes of the From field; none where the message was not read. */
  readonly authors: readonly Address[]
  /** P(spam), or null when there is no model. */
  readonly probability: number | null
  /** Milliseconds by stage: what the latency histograms observe. */
  readonly spentMs: Readonly<Record<string, number>>
  /** Stages that did not finish within the budget, with the reason. */
  readonly incomplete: readonly string[]
}
