// SPDX-License-Identifier: Apache-2.0
/** One small interface per kind of state, opened together; test/conformance/stores.ts proves every engine. */
import type { BlobId, EpochMs, QueueId } from './brand.ts'
import type { Folder, Route } from './delivery.ts'
import type { Envelope } from './envelope.ts'

export interface GreylistStore {
  /** Remembers the key at its first sight; passes counts the sights after it. */
  touch(key: string, now: EpochMs): Promise<{ readonly firstSeen: EpochMs; readonly passes: number }>
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
  readonly id: QueueId
  readonly blob: BlobId
  readonly sizeBytes: number
  readonly envelope: Envelope
  readonly route: Route
  readonly folder: Folder
  readonly arrivedAt: EpochMs
  readonly due: EpochMs
  readonly attempts: number
  readonly lastReply: string | null
  readonly held: boolean
}

export interface QueueStore {
  /** Durable when it resolves. */
  add(entry: QueueEntry): Promise<void>
  /** Entries due by now, claimed until then: at most one holder at a time; the lease lapses by itself. */
  lease(holder: string, now: EpochMs, until: EpochMs, max: number): Promise<readonly QueueEntry[]>
  /** What is left after an attempt; null removes the entry. Durable when it resolves. */
  settle(id: QueueId, rest: QueueEntry | null): Promise<void>
  list(max: number, after?: QueueId): Promise<readonly QueueEntry[]>
  get(id: QueueId): Promise<QueueEntry | null>
  /** When the next entry is due; null when nothing waits. */
  nextDue(): Promise<EpochMs | null>
  depth(): Promise<{ readonly waiting: number; readonly held: number }>
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
  add(entry: QuarantineEntry): Promise<void>
  get(id: QueueId): Promise<QuarantineEntry | null>
  list(max: number, after?: QueueId): Promise<readonly QuarantineEntry[]>
  remove(id: QueueId): Promise<boolean>
  count(): Promise<number>
}

export interface Stores extends AsyncDisposable {
  readonly greylist: GreylistStore
  readonly counters: CounterStore
  readonly accounts: AccountStore
  readonly queue: QueueStore
  readonly quarantine: QuarantineStore
}
