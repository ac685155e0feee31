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
  /** Sent in place of the envelope's, where an address of ours sends mail on to this one (SRS, or the alias's owner). */
  readonly reversePath?: Address
  /** The program that an alias names in place of an address. */
  readonly command?: string
  /** Where a FILTER of an access table sends the message in place of its route: "transport:destination". */
  readonly via?: string
}

/** The client that gave us the message: a next hop that trusts us may be told (XFORWARD, XCLIENT). */
export interface Origin {
  readonly ip: string
  readonly port: number
  /** The confirmed name; null: there is none. */
  readonly name: string | null
  readonly helo: string | null
  readonly protocol: 'SMTP' | 'ESMTP'
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
  /** Absent for mail of our own making. */
  readonly origin?: Origin
}
