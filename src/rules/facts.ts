// SPDX-License-Identifier: Apache-2.0
import type { Address, ReversePath } from '../core/address.ts'
import type { AuthReport } from '../core/auth.ts'
import type { EpochMs } from '../core/brand.ts'

/** What the session and the earlier examiners know. */
export interface RuleFacts {
  readonly reversePath: ReversePath
  /** Empty when nobody knows how the message came: then its own header fields say. */
  readonly clientIp: string
  /** Confirmed reverse name, or "unknown". */
  readonly clientName: string
  readonly helo: string
  readonly recipients: readonly Address[]
  readonly auth: AuthReport | null
  readonly now: EpochMs
}
