// SPDX-License-Identifier: Apache-2.0
import type { Address, ReversePath } from './address.ts'

export type AddressClass = 'local' | 'virtual' | 'relay' | 'remote'
export type Notify = 'never' | 'success' | 'failure' | 'delay'

export interface Recipient {
  readonly address: Address
  /** As the client wrote it, or its ORCPT; only DSNs read this. */
  readonly original: string
  readonly addressClass: AddressClass
  /** Empty: the sender said nothing, so failures are reported (RFC 3461 §4.1). */
  readonly notify: readonly Notify[]
}

export interface Envelope {
  readonly reversePath: ReversePath
  readonly recipients: readonly Recipient[]
  readonly body: '7bit' | '8bitmime'
  readonly smtpUtf8: boolean
  readonly requireTls: boolean
  /** SIZE= of MAIL FROM in bytes (RFC 1870); null when not declared. */
  readonly declaredSize: number | null
  readonly envid: string | null
  readonly dsnReturns: 'full' | 'headers' | null
}
