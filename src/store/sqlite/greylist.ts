// SPDX-License-Identifier: Apache-2.0
import type { Database, Statement } from 'better-sqlite3'
import type { EpochMs } from '../../core/brand.ts'
import type { GreylistStore, Sight } from '../../core/stores.ts'
import type { Sync } from './sync.ts'

/** Sights between two sweeps. */
const sweepEvery = 1_000

interface Row {
  readonly first_seen: EpochMs
  readonly passes: number
}

export class SqliteGreylist implements Sync<GreylistStore> {
  readonly #touch: Statement
  readonly #peek: Statement
  readonly #forget: Statement
  readonly #count: Statement
  readonly #trim: Statement
  readonly #max: number
  readonly #keepMs: number
  #sights = 0

  constructor(db: Database, max: number, keepMs: number) {
    this.#max = max
    this.#keepMs = keepMs
    this.#touch = db.prepare(
      `INSERT INTO greylist (key, first_seen, passes, last_seen) VALUES (:key, :now, 0, :now)
       ON CONFLICT (key) DO UPDATE SET
         first_seen = iif(last_seen <= :stale, :now, first_seen),
         passes = iif(last_seen <= :stale, 0, passes + 1),
         last_seen = :now
       RETURNING first_seen, passes`,
    )
    this.#peek = db.prepare('SELECT first_seen, passes FROM greylist WHERE key = ? AND last_seen > ?')
    this.#forget = db.prepare('DELETE FROM greylist WHERE last_seen <= ?')
    this.#count = db.prepare('SELECT count(*) FROM greylist').pluck()
    this.#trim = db.prepare(
      'DELETE FROM greylist WHERE key IN (SELECT key FROM greylist ORDER BY last_seen LIMIT max(0, ?))',
    )
  }

  touch(key: string, now: EpochMs): Sight {
    const stale = now - this.#keepMs
    const row = this.#touch.get({ key, now, stale }) as Row
    this.#sights += 1
    if (this.#sights % sweepEvery === 0) {
      this.#forget.run(stale)
      this.#trim.run((this.#count.get() as number) - this.#max)
    }
    return { firstSeen: row.first_seen, passes: row.passes }
  }

  peek(key: string, now: EpochMs): Sight | null {
    const row = this.#peek.get(key, now - this.#keepMs) as Row | undefined
    return row === undefined ? null : { firstSeen: row.first_seen, passes: row.passes }
  }
}
