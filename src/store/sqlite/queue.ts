// SPDX-License-Identifier: Apache-2.0
import type { Database, Statement } from 'better-sqlite3'
import type { BlobId, EpochMs, QueueId } from '../../core/brand.ts'
import type { Folder, Route } from '../../core/delivery.ts'
import type { Envelope } from '../../core/envelope.ts'
import {
  destinationOf,
  type Lease,
  type QueueChange,
  type QueueEntry,
  type QueueStore,
  type Settlement,
} from '../../core/stores.ts'
import type { Sync } from './sync.ts'

/** One settlement; see QueueStore.settle. */
export type SettleRequest = Parameters<QueueStore['settle']>

/** Settlements come together: each of them alone would have a commit of its own. */
export interface GroupedQueueStore extends Omit<QueueStore, 'settle'> {
  settle(requests: readonly SettleRequest[]): Promise<readonly Settlement[]>
}

interface Row {
  readonly id: string
  readonly blob: string
  readonly size_bytes: number
  readonly envelope: string
  readonly route: string
  readonly folder: string
  readonly arrived_at: number
  readonly due: number
  readonly attempts: number
  readonly last_reply: string | null
  readonly warned: number
  readonly returnable: number
  readonly held: number
}

function entryOf(row: Row): QueueEntry {
  return {
    id: row.id as QueueId,
    blob: row.blob as BlobId,
    sizeBytes: row.size_bytes,
    envelope: JSON.parse(row.envelope) as Envelope,
    route: JSON.parse(row.route) as Route,
    folder: row.folder as Folder,
    arrivedAt: row.arrived_at as EpochMs,
    due: row.due as EpochMs,
    attempts: row.attempts,
    lastReply: row.last_reply,
    warned: row.warned === 1,
    returnable: row.returnable === 1,
    held: row.held === 1,
  }
}

/** In the order of the table's columns. */
function valuesOf(entry: QueueEntry, lease: Lease | undefined): (string | number | null)[] {
  return [...Object.values(columnsOf(entry)), lease?.holder ?? null, lease?.until ?? 0]
}

function columnsOf(entry: QueueEntry): Record<string, string | number | null> {
  return {
    id: entry.id,
    blob: entry.blob,
    size_bytes: entry.sizeBytes,
    envelope: JSON.stringify(entry.envelope),
    route: JSON.stringify(entry.route),
    destination: destinationOf(entry.route),
    folder: entry.folder,
    arrived_at: entry.arrivedAt,
    due: entry.due,
    attempts: entry.attempts,
    last_reply: entry.lastReply,
    warned: entry.warned ? 1 : 0,
    returnable: entry.returnable ? 1 : 0,
    held: entry.held ? 1 : 0,
  }
}

const free = 'held = 0 AND leased_until <= :now AND destination NOT IN (SELECT value FROM json_each(:skip))'

const changed = `held = coalesce(:held, held), due = coalesce(:due, due), route = coalesce(:route, route),
  destination = coalesce(:destination, destination)`

function statements(db: Database) {
  const prepare = (sql: string): Statement => db.prepare(sql)
  return {
    taken: prepare('SELECT 1 FROM queue WHERE id = ?'),
    add: prepare(
      `INSERT INTO queue (id, blob, size_bytes, envelope, route, destination, folder, arrived_at, due, attempts,
         last_reply, warned, returnable, held, holder, leased_until)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    ),
    lease: prepare(
      `UPDATE queue SET holder = :holder, leased_until = :until WHERE id IN
         (SELECT id FROM queue WHERE ${free} AND due <= :now ORDER BY due LIMIT :max) RETURNING *`,
    ),
    renew: prepare(
      `UPDATE queue SET leased_until = :until
       WHERE holder = :holder AND id IN (SELECT value FROM json_each(:ids))`,
    ),
    reclaim: prepare('UPDATE queue SET holder = NULL, leased_until = 0 WHERE holder = ?'),
    blobOf: prepare('SELECT blob FROM queue WHERE id = ? AND holder = ?').pluck(),
    uses: prepare('SELECT 1 FROM queue WHERE blob = ? LIMIT 1'),
    settleAway: prepare('DELETE FROM queue WHERE id = ?'),
    settle: prepare(
      `UPDATE queue SET blob = :blob, size_bytes = :size_bytes, envelope = :envelope, route = :route, destination = :destination,
         folder = :folder, due = :due, attempts = :attempts, last_reply = :last_reply, warned = :warned,
         returnable = :returnable, held = max(held, :held), holder = NULL, leased_until = 0
       WHERE id = :id`,
    ),
    changeAll: prepare(`UPDATE queue SET ${changed}`),
    changeOne: prepare(`UPDATE queue SET ${changed} WHERE id = :id`),
    remove: prepare('DELETE FROM queue WHERE id = ? RETURNING *'),
    list: prepare('SELECT * FROM queue WHERE id > ? ORDER BY id LIMIT ?'),
    get: prepare('SELECT * FROM queue WHERE id = ?'),
    nextDue: prepare(`SELECT due FROM queue WHERE ${free} ORDER BY due LIMIT 1`).pluck(),
    depth: prepare('SELECT held, count(*) AS number FROM queue GROUP BY held'),
    references: prepare('SELECT DISTINCT blob FROM queue WHERE blob IN (SELECT value FROM json_each(?))').pluck(),
    // U+10FFFF sorts after every character of a blob's name.
    refersInto: prepare('SELECT 1 FROM queue WHERE blob >= :prefix AND blob < :prefix || char(1114111) LIMIT 1'),
  }
}

export class SqliteQueue implements Sync<GroupedQueueStore> {
  readonly #sql: ReturnType<typeof statements>

  constructor(db: Database) {
    this.#sql = statements(db)
  }

  add(entries: readonly QueueEntry[], lease?: Lease): boolean {
    if (entries.some((entry) => this.#sql.taken.get(entry.id) !== undefined)) return false
    for (const entry of entries) this.#sql.add.run(valuesOf(entry, lease))
    return true
  }

  lease(holder: string, now: EpochMs, until: EpochMs, max: number, skip: readonly string[]): readonly QueueEntry[] {
    const rows = this.#sql.lease.all({ holder, now, until, max, skip: JSON.stringify(skip) }) as Row[]
    return rows.map(entryOf).sort((a, b) => a.due - b.due || (a.id < b.id ? -1 : 1))
  }

  renew(holder: string, ids: readonly QueueId[], until: EpochMs): void {
    this.#sql.renew.run({ holder, until, ids: JSON.stringify(ids) })
  }

  reclaim(holder: string): number {
    return this.#sql.reclaim.run(holder).changes
  }

  settle(requests: readonly SettleRequest[]): readonly Settlement[] {
    return requests.map(([holder, id, rest]) => this.#settleOne(holder, id, rest))
  }

  #settleOne(holder: string, id: QueueId, rest: QueueEntry | null): Settlement {
    const before = this.#sql.blobOf.get(id, holder) as BlobId | undefined
    if (before === undefined) return { settled: false, freed: null }
    if (rest === null) this.#sql.settleAway.run(id)
    else {
      const { arrived_at: _arrivedAt, ...columns } = columnsOf(rest)
      this.#sql.settle.run({ ...columns, id })
    }
    return { settled: true, freed: this.#sql.uses.get(before) === undefined ? before : null }
  }

  change(id: QueueId | null, change: QueueChange): number {
    const held = change.held === undefined ? null : Number(change.held)
    const statement = id === null ? this.#sql.changeAll : this.#sql.changeOne
    const route = change.route === undefined ? null : JSON.stringify(change.route)
    const destination = change.route === undefined ? null : destinationOf(change.route)
    return statement.run({ ...(id === null ? {} : { id }), held, due: change.due ?? null, route, destination }).changes
  }

  remove(id: QueueId): QueueEntry | null {
    const row = this.#sql.remove.get(id) as Row | undefined
    return row === undefined ? null : entryOf(row)
  }

  list(max: number, after?: QueueId): readonly QueueEntry[] {
    return (this.#sql.list.all(after ?? '', max) as Row[]).map(entryOf)
  }

  get(id: QueueId): QueueEntry | null {
    const row = this.#sql.get.get(id) as Row | undefined
    return row === undefined ? null : entryOf(row)
  }

  nextDue(now: EpochMs, skip: readonly string[]): EpochMs | null {
    return (this.#sql.nextDue.get({ now, skip: JSON.stringify(skip) }) as EpochMs | undefined) ?? null
  }

  depth(): { readonly waiting: number; readonly held: number } {
    const rows = this.#sql.depth.all() as { held: number; number: number }[]
    const of = (held: number) => rows.find((row) => row.held === held)?.number ?? 0
    return { waiting: of(0), held: of(1) }
  }

  references(blobs: readonly BlobId[]): ReadonlySet<BlobId> {
    return new Set(this.#sql.references.all(JSON.stringify(blobs)) as BlobId[])
  }

  refersInto(prefix: string): boolean {
    return this.#sql.refersInto.get({ prefix }) !== undefined
  }
}
