// SPDX-License-Identifier: Apache-2.0
/** One small interface per kind of state, opened together; test/conformance/stores.ts proves every engine. */
import type { BlobId, EpochMs, QueueId } from './brand.ts'
import type { Folder, Route } from './delivery.ts'
import type { Envelope } from './envelope.ts'

/** A key of the greylist: when it came first, and how often it has come since. */
export interface Sight {
  readonly firstSeen: EpochMs
  readonly passes: number
}

export interface GreylistStore {
  /** Remembers the key at its first sight; passes counts the sights after it. */
  touch(key: string, now: EpochMs): Promise<Sight>
  /** What is remembered of the key, and nothing is added to it; null when it was never seen. */
  peek(key: string, now: EpochMs): Promise<Sight | null>
}

export interface CounterStore {
  /** Adds to a counter of a fixed window and returns its new value. May be lost by a crash. */
  add(key: string, by: number, windowMs: number, now: EpochMs): Promise<number>
}

export interface AccountRecord {
  /** The account's name, which is its main address, lower case. */
  readonly name: string
  /** PHC string (argon2id). */
  readonly password: string
  /** Further addresses that this account receives for and may send as; lower case. */
  readonly addresses: readonly string[]
  readonly createdAt: EpochMs
}

export interface AccountStore {
  /** False when the name, or one of the addresses, is taken. */
  add(account: AccountRecord): Promise<boolean>
  setPassword(name: string, password: string): Promise<boolean>
  remove(name: string): Promise<boolean>
  byName(name: string): Promise<AccountRecord | null>
  /** By its name or any of its addresses. */
  byAddress(address: string): Promise<AccountRecord | null>
  list(): Promise<readonly AccountRecord[]>
}

/** One message waiting for one route. */
export interface QueueEntry {
  /** A message for several routes has one entry for each: ID, ID.2, ID.3 … */
  readonly id: QueueId
  /** Shared by the entries of one message; removed with the last of them. */
  readonly blob: BlobId
  readonly sizeBytes: number
  /** Its recipients are those that are still owed the message. */
  readonly envelope: Envelope
  readonly route: Route
  readonly folder: Folder
  readonly arrivedAt: EpochMs
  readonly due: EpochMs
  readonly attempts: number
  readonly lastReply: string | null
  /** True once the sender has been told that it is late. */
  readonly warned: boolean
  /** False: the sender may be forged, so a failure is kept for a person and never bounced (no backscatter). */
  readonly returnable: boolean
  readonly held: boolean
}

export interface Lease {
  readonly holder: string
  readonly until: EpochMs
}

export interface QueueChange {
  readonly held?: boolean
  readonly due?: EpochMs
  readonly route?: Route
}

export interface Settlement {
  /** False: the holder had lost its lease. */
  readonly settled: boolean
  /** The blob that no entry refers to any more. */
  readonly freed: BlobId | null
}

/** Every change is durable when its promise resolves; a rejection leaves it unknown whether it happened. */
export interface QueueStore {
  /** All or none: false, and nothing changes, when one of their ids is taken. With a lease they are claimed at once. */
  add(entries: readonly QueueEntry[], lease?: Lease): Promise<boolean>
  /**
   * Entries due by now, oldest due first, claimed until then: at most one holder at a time; the lease lapses by
   * itself. Destinations (the url of the route, "maildir:" for mailboxes) in skip are passed over.
   */
  lease(
    holder: string,
    now: EpochMs,
    until: EpochMs,
    max: number,
    skip: readonly string[],
  ): Promise<readonly QueueEntry[]>
  /** Prolongs the leases that the holder still has; others are not touched. */
  renew(holder: string, ids: readonly QueueId[], until: EpochMs): Promise<void>
  /** Ends every lease of a holder that has died; returns their number. */
  reclaim(holder: string): Promise<number>
  /**
   * What is left after an attempt; null removes the entry. Nothing changes when the holder has lost its lease. An entry
   * that was held meanwhile stays held.
   */
  settle(holder: string, id: QueueId, rest: QueueEntry | null): Promise<Settlement>
  /** An operator's change; leases are not touched. Null means every entry; returns how many there were. */
  change(id: QueueId | null, change: QueueChange): Promise<number>
  /** An operator's deletion, leased or not; returns what was deleted. */
  remove(id: QueueId): Promise<QueueEntry | null>
  list(max: number, after?: QueueId): Promise<readonly QueueEntry[]>
  get(id: QueueId): Promise<QueueEntry | null>
  /** When the next entry that is neither held, leased nor skipped is due; null when nothing waits. */
  nextDue(now: EpochMs, skip: readonly string[]): Promise<EpochMs | null>
  depth(): Promise<{ readonly waiting: number; readonly held: number }>
  /** Those of the blobs that an entry refers to. */
  references(blobs: readonly BlobId[]): Promise<ReadonlySet<BlobId>>
  /** True when an entry refers to a blob whose id begins so. */
  refersInto(prefix: string): Promise<boolean>
}

export interface QuarantineEntry {
  readonly id: QueueId
  readonly blob: BlobId
  readonly sizeBytes: number
  readonly envelope: Envelope
  readonly heldAt: EpochMs
  readonly score: number
  readonly because: string
  /** Priced evidence and the trace, as JSON for people and scripts. */
  readonly evidence: string
}

export interface QuarantineStore {
  /** Durable when it resolves; false, and nothing changes, when its id is taken. */
  add(entry: QuarantineEntry): Promise<boolean>
  get(id: QueueId): Promise<QuarantineEntry | null>
  /** In the order of their ids, which is that of their arrival. */
  list(max: number, after?: QueueId): Promise<readonly QuarantineEntry[]>
  /** For one releaser at a time: null when unknown, or claimed by another one whose claim has not lapsed. */
  claim(id: QueueId, now: EpochMs, until: EpochMs): Promise<QuarantineEntry | null>
  /** Gives a claim back. */
  unclaim(id: QueueId): Promise<void>
  remove(id: QueueId): Promise<boolean>
  /** Entries held before then, oldest first. */
  expired(before: EpochMs, max: number): Promise<readonly QuarantineEntry[]>
  count(): Promise<number>
  references(blobs: readonly BlobId[]): Promise<ReadonlySet<BlobId>>
}

/** The name under which a route's mail waits, is counted and is slowed down. */
export function destinationOf(route: Route): string {
  return route.kind === 'maildir' ? 'maildir:' : route.url
}

export interface Stores extends AsyncDisposable {
  readonly greylist: GreylistStore
  readonly counters: CounterStore
  readonly accounts: AccountStore
  readonly queue: QueueStore
  readonly quarantine: QuarantineStore
}
