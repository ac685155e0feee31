// SPDX-License-Identifier: Apache-2.0
import type { Database, Statement } from 'better-sqlite3'
import type { BlobId, EpochMs, QueueId } from '../../core/brand.ts'
import type { Envelope } from '../../core/envelope.ts'
import type { QuarantineEntry, QuarantineStore } from '../../core/stores.ts'
import type { Sync } from './sync.ts'

interface Row {
  readonly id: string
  readonly blob: string
  readonly size_bytes: number
  readonly envelope: string
  readonly held_at: number
  readonly score: number
  readonly because: string
  readonly evidence: string
}

function entryOf(row: Row): QuarantineEntry {
  return {
    id: row.id as QueueId,
    blob: row.blob as BlobId,
    sizeBytes: row.size_bytes,
    envelope: JSON.parse(row.envelope) as Envelope,
    heldAt: row.held_at as EpochMs,
    score: row.score,
    because: row.because,
    evidence: row.evidence,
  }
}

function statements(db: Database) {
  const prepare = (sql: string): Statement => db.prepare(sql)
  return {
    add: prepare(
      `INSERT INTO quarantine (id, blob, size_bytes, envelope, held_at, score, because, evidence)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING`,
    ),
    get: prepare('SELECT * FROM quarantine WHERE id = ?'),
    list: prepare('SELECT * FROM quarantine WHERE id > ? ORDER BY id LIMIT ?'),
    claim: prepare('UPDATE quarantine SET claimed_until = :until WHERE id = :id AND claimed_until <= :now RETURNING *'),
    unclaim: prepare('UPDATE quarantine SET claimed_until = 0 WHERE id = ?'),
    remove: prepare('DELETE FROM quarantine WHERE id = ?'),
    expired: prepare('SELECT * FROM quarantine WHERE held_at < ? ORDER BY held_at LIMIT ?'),
    count: prepare('SELECT count(*) FROM quarantine').pluck(),
    references: prepare('SELECT DISTINCT blob FROM quarantine WHERE blob IN (SELECT value FROM json_each(?))').pluck(),
  }
}

export class SqliteQuarantine implements Sync<QuarantineStore> {
  readonly #sql: ReturnType<typeof statements>

  constructor(db: Database) {
    this.#sql = statements(db)
  }

  add(entry: QuarantineEntry): boolean {
    const { id, blob, sizeBytes, heldAt, score, because, evidence } = entry
    const envelope = JSON.stringify(entry.envelope)
    return this.#sql.add.run(id, blob, sizeBytes, envelope, heldAt, score, because, evidence).changes > 0
  }

  get(id: QueueId): QuarantineEntry | null {
    const row = this.#sql.get.get(id) as Row | undefined
    return row === undefined ? null : entryOf(row)
  }

  list(max: number, after?: QueueId): readonly QuarantineEntry[] {
    return (this.#sql.list.all(after ?? '', max) as Row[]).map(entryOf)
  }

  claim(id: QueueId, now: EpochMs, until: EpochMs): QuarantineEntry | null {
    const row = this.#sql.claim.get({ id, now, until }) as Row | undefined
    return row === undefined ? null : entryOf(row)
  }

  unclaim(id: QueueId): void {
    this.#sql.unclaim.run(id)
  }

  remove(id: QueueId): boolean {
    return this.#sql.remove.run(id).changes > 0
  }

  expired(before: EpochMs, max: number): readonly QuarantineEntry[] {
    return (this.#sql.expired.all(before, max) as Row[]).map(entryOf)
  }

  count(): number {
    return this.#sql.count.get() as number
  }

  references(blobs: readonly BlobId[]): ReadonlySet<BlobId> {
    return new Set(this.#sql.references.all(JSON.stringify(blobs)) as BlobId[])
  }
}
