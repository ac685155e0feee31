// SPDX-License-Identifier: Apache-2.0
/** The outside world, all of it replaceable in a test. */

import type { BlobId, Domain, EpochMs, QueueId, SessionId } from './brand.ts'
import type { Blob } from './message.ts'

export interface Clock {
  now(): EpochMs
  /** Resolves after ms milliseconds; rejects with the signal's reason when aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
}

export interface Ids {
  queueId(): QueueId
  sessionId(): SessionId
}

export type LogFields = Readonly<Record<string, string | number | boolean | null | readonly string[]>>

export interface Logger {
  child(fields: LogFields): Logger
  debug(event: string, fields?: LogFields): void
  info(event: string, fields?: LogFields): void
  warn(event: string, fields?: LogFields): void
  error(event: string, cause: unknown, fields?: LogFields): void
}

/** Counts and observations; names and labels are those of metrics/catalogue.ts. */
export interface Meter {
  count(metric: string, labels?: Readonly<Record<string, string>>, by?: number): void
  observe(metric: string, value: number, labels?: Readonly<Record<string, string>>): void
  gauge(metric: string, value: number, labels?: Readonly<Record<string, string>>): void
}

export type DnsAnswer<T> =
  | { readonly kind: 'found'; readonly records: readonly T[]; readonly ttlSeconds: number; readonly secure: boolean }
  | { readonly kind: 'nodata'; readonly ttlSeconds?: number }
  /** ttlSeconds: for how long a "no" holds, where the server told it (RFC 2308 §5). */
  | { readonly kind: 'nxdomain'; readonly ttlSeconds?: number }
  | { readonly kind: 'tempfail'; readonly because: string }

export interface MxRecord {
  readonly preference: number
  /** Empty for the null MX (RFC 7505). */
  readonly exchange: string
}

export type RecordKind = 'a' | 'aaaa' | 'mx' | 'ns' | 'txt' | 'cname' | 'ptr'

/** An answer that is kept, and the time on the clock from which on it is not. */
export interface KnownAnswer {
  readonly answer: DnsAnswer<unknown>
  readonly until: number
}

/** Never throws for what DNS can say: a timeout and a "no" are different evidence. */
export interface Resolver {
  /** What is kept of such a question, at once; resolvers that keep nothing cannot tell. */
  known?(kind: RecordKind, name: string): KnownAnswer | undefined
  a(name: string, signal?: AbortSignal): Promise<DnsAnswer<string>>
  aaaa(name: string, signal?: AbortSignal): Promise<DnsAnswer<string>>
  mx(name: string, signal?: AbortSignal): Promise<DnsAnswer<MxRecord>>
  ns(name: string, signal?: AbortSignal): Promise<DnsAnswer<string>>
  /** Each record with its strings joined (RFC 7208 §3.3). */
  txt(name: string, signal?: AbortSignal): Promise<DnsAnswer<string>>
  cname(name: string, signal?: AbortSignal): Promise<DnsAnswer<string>>
  ptr(ip: string, signal?: AbortSignal): Promise<DnsAnswer<Domain>>
}

export interface BlobStore {
  /**
   * Resolves only after the bytes and their directory entry are on disk. What will stay for a moment only ("brief") may
   * share a file with others; it is moved out with detach when it stays longer.
   */
  put(bytes: Uint8Array | AsyncIterable<Uint8Array>, stay?: 'brief' | 'long'): Promise<Blob>
  get(id: BlobId): Promise<Blob | null>
  /**
   * For what stays longer than a moment: the id of a durable copy with a file of its own, or the same id where it may
   * stay where it is.
   */
  detach(id: BlobId): Promise<BlobId>
  /** Not an error when it is gone already. */
  remove(id: BlobId): Promise<void>
  /** Every blob with a file of its own, in no order: recovery compares it with what the stores refer to. */
  list(): AsyncIterable<{ readonly id: BlobId; readonly storedAt: EpochMs }>
}

/** What every examiner is handed beside its subject. */
export interface Scope {
  readonly signal: AbortSignal
  readonly clock: Clock
  readonly dns: Resolver
  readonly log: Logger
}
