// SPDX-License-Identifier: Apache-2.0
/** What a restriction is built from. */
import type { Address } from '../core/address.ts'
import type { AddressClass } from '../core/envelope.ts'
import type { Clock, Logger, Meter, Resolver } from '../core/ports.ts'
import type { Reply } from '../core/reply.ts'
import type { CounterStore, GreylistStore } from '../core/stores.ts'
import type { Network } from '../kit/cidr.ts'
import type { Table } from '../tables/table.ts'
import type { Scored } from './refusal.ts'
import type { Examine, Item } from './ruling.ts'
import type { RestrictionSettings } from './settings.ts'

export type RecipientStatus = 'exists' | 'unknown' | 'tempfail' | 'not-ours'

/** Who has mail here. A promise that is rejected counts as "cannot be told now". */
export interface Directory {
  addressClass(address: Address): AddressClass
  recipientStatus(address: Address): RecipientStatus | Promise<RecipientStatus>
  /** Logins that may send as this address; null when nobody was named for it (smtpd_sender_login_maps). */
  ownersOf(sender: Address): readonly string[] | null | Promise<readonly string[] | null>
}

/** What the next hop of an address says of it. */
export interface Verification {
  /** unknown: it would be refused for good. tempfail: nobody could say. */
  readonly kind: 'exists' | 'unknown' | 'tempfail'
  readonly reply: Reply
}

export interface RestrictionDeps {
  /** Our own name, as MX records have it. */
  readonly hostname: string
  readonly dns: Resolver
  readonly clock: Clock
  readonly log: Logger
  /** Every ruling is told to the log, at level debug. */
  readonly logTrace?: boolean
  readonly meter: Meter
  readonly directory: Directory
  readonly mynetworks: readonly Network[]
  /** Addresses on which we listen (permit_inet_interfaces). */
  readonly interfaces: readonly Network[]
  /** Would mail for this address be taken where it goes? Never throws. */
  readonly verify: (address: Address, signal: AbortSignal) => Promise<Verification>
  readonly greylist: GreylistStore
  readonly counters: CounterStore
  /** Where relative paths of Unix sockets begin. */
  readonly baseDir: string
}

export interface Build {
  readonly deps: RestrictionDeps
  readonly settings: RestrictionSettings
  /** Throws a Misspelt in lists that come out of a table, where no table may be named. */
  openTable(spec: string): Promise<Table>
  /** Tells the price of a symbol that a list may add. */
  declare(scored: Scored): void
  /** Parses the list that an access table answered with. */
  parseAnswer(text: string): Promise<readonly Item[]>
}

export interface Maker {
  /** What the word after the name is; null when there is none. */
  readonly argument: string | null
  readonly make: (argument: string, build: Build) => Examine | Promise<Examine>
}

/** An argument that cannot be; the text and the hint are for the person who wrote it. */
export class Misspelt extends Error {
  override readonly name = 'Misspelt'
  readonly hint: string | null

  constructor(text: string, hint: string | null = null) {
    super(text)
    this.hint = hint
  }
}

/** A restriction without an argument. */
export function plain(make: (build: Build) => Examine): Maker {
  return { argument: null, make: (_, build) => make(build) }
}
