// SPDX-License-Identifier: Apache-2.0
/** The worker's side of one database file: every batch of calls is one transaction. */
import type { Database, Transaction } from 'better-sqlite3'
import type { AccountStore, GreylistStore, QuarantineStore } from '../../core/stores.ts'
import type { ChannelCall, ChannelServer } from '../../workers/channel.ts'
import { SqliteAccounts } from './accounts.ts'
import { openDatabase } from './database.ts'
import { SqliteGreylist } from './greylist.ts'
import { SqliteQuarantine } from './quarantine.ts'
import { type GroupedQueueStore, SqliteQueue } from './queue.ts'
import { durableSchema, losableSchema } from './schema.ts'
import type { Remote } from './sync.ts'

export type SqliteApi = Remote<'queue', GroupedQueueStore> &
  Remote<'quarantine', QuarantineStore> &
  Remote<'accounts', AccountStore> &
  Remote<'greylist', GreylistStore>

/** Which file a worker serves. */
export type SqliteData =
  | { readonly kind: 'durable'; readonly path: string }
  | { readonly kind: 'losable'; readonly path: string; readonly max: number; readonly keepMs: number }

type Handler = (...request: never[]) => unknown
type Outcome = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly error: unknown }

const reads: ReadonlySet<string> = new Set<keyof SqliteApi>([
  'queue.list',
  'queue.get',
  'queue.nextDue',
  'queue.depth',
  'queue.references',
  'queue.refersInto',
  'quarantine.get',
  'quarantine.list',
  'quarantine.expired',
  'quarantine.count',
  'quarantine.references',
  'accounts.byName',
  'accounts.byAddress',
  'accounts.list',
])

/** Claims on entries: a power cut may undo them, for it ends their holder as well. */
const claims: ReadonlySet<string> = new Set<keyof SqliteApi>([
  'queue.lease',
  'queue.renew',
  'queue.reclaim',
  'quarantine.claim',
  'quarantine.unclaim',
])

function tables(db: Database, data: SqliteData): Readonly<Record<string, object>> {
  if (data.kind === 'losable') return { greylist: new SqliteGreylist(db, data.max, data.keepMs) }
  return { queue: new SqliteQueue(db), quarantine: new SqliteQuarantine(db), accounts: new SqliteAccounts(db) }
}

export class SqliteServer implements ChannelServer<SqliteApi> {
  readonly #db: Database
  readonly #tables: Readonly<Record<string, object>>
  readonly #durable: boolean
  readonly #group: Transaction<(calls: readonly ChannelCall<SqliteApi>[]) => readonly Outcome[]>
  /** A savepoint: a call that fails leaves the others of its group alone. */
  readonly #apart: Transaction<(call: ChannelCall<SqliteApi>) => unknown>
  #synchronous = ''

  constructor(data: SqliteData) {
    this.#durable = data.kind === 'durable'
    this.#db = openDatabase(data.path, this.#durable ? durableSchema : losableSchema)
    this.#tables = tables(this.#db, data)
    this.#group = this.#db.transaction((calls) => calls.map((call) => this.#one(call)))
    this.#apart = this.#db.transaction((call) => this.#run(call))
  }

  handle(calls: readonly ChannelCall<SqliteApi>[]): readonly Outcome[] {
    const readOnly = calls.every((call) => reads.has(call.method))
    const needsDisk = this.#durable && calls.some((call) => !reads.has(call.method) && !claims.has(call.method))
    // In WAL mode NORMAL commits without waiting for the disk, and the next FULL one makes them durable as well.
    this.#setSynchronous(needsDisk ? 'FULL' : this.#durable ? 'NORMAL' : 'OFF')
    return readOnly ? this.#group.deferred(calls) : this.#group.immediate(calls)
  }

  [Symbol.dispose](): void {
    this.#db.close()
  }

  #one(call: ChannelCall<SqliteApi>): Outcome {
    try {
      return { ok: true, value: this.#apart(call) }
    } catch (error) {
      // A full disk ends the whole transaction: then nobody of the group may believe in it.
      if (!this.#db.inTransaction) throw error
      return { ok: false, error }
    }
  }

  #run(call: ChannelCall<SqliteApi>): unknown {
    const [table = '', method = ''] = call.method.split('.')
    const target = this.#tables[table] as Readonly<Record<string, Handler>> | undefined
    const handler = target?.[method]
    if (target === undefined || handler === undefined) throw new Error(`no ${call.method} here`)
    return handler.apply(target, call.request as never[])
  }

  #setSynchronous(mode: string): void {
    if (mode === this.#synchronous) return
    this.#db.pragma(`synchronous = ${mode}`)
    this.#synchronous = mode
  }
}
