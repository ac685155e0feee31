// SPDX-License-Identifier: Apache-2.0
/** Opens a database file of ours and brings its schema up to date. */
import { closeSync, mkdirSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import Sqlite from 'better-sqlite3'
import { UserError } from '../../core/failure.ts'

/** "PSTN": what file(1) and we know our databases by. */
const applicationId = 0x5053544e

/** How long a command in another process may keep us waiting for its commit. */
const busyTimeoutMs = 5_000

export interface Schema {
  /** What the file is for, in complaints. */
  readonly title: string
  /** SQL that leads from each version to the next; never edited once released, only appended to. */
  readonly migrations: readonly string[]
}

function complain(path: string, exitCode: number, text: string, hint: string): never {
  throw new UserError(exitCode, [{ file: path, line: 0, text, hint }])
}

function explain(path: string, error: unknown): never {
  if (error instanceof UserError) throw error
  const code = error instanceof Sqlite.SqliteError ? error.code : ((error as NodeJS.ErrnoException).code ?? '')
  const because = error instanceof Error ? error.message : String(error)
  if (code.startsWith('SQLITE_NOTADB') || code.startsWith('SQLITE_CORRUPT')) {
    return complain(path, 65, `the database is damaged: ${because}`, 'restore a backup, or move the file away')
  }
  if (code === 'EACCES' || code === 'EPERM' || code.startsWith('SQLITE_READONLY')) {
    return complain(
      path,
      77,
      `the database may not be written: ${because}`,
      'check the owner of the file and its folder',
    )
  }
  return complain(path, 73, `the database cannot be opened: ${because}`, 'check the path, and the space on the disk')
}

function prepare(db: Sqlite.Database, path: string, schema: Schema): void {
  const owner = db.pragma('application_id', { simple: true })
  const version = Number(db.pragma('user_version', { simple: true }))
  const empty = db.prepare('SELECT count(*) FROM sqlite_schema').pluck().get() === 0
  if (!empty && owner !== applicationId) {
    complain(path, 65, 'this database belongs to another program', 'name another file')
  }
  if (version > schema.migrations.length) {
    complain(
      path,
      65,
      `the ${schema.title} database has format ${version}, this program knows up to ${schema.migrations.length}`,
      'use the newer program that wrote it, or restore a backup made before the upgrade',
    )
  }
  const damage = db.pragma('quick_check(1)', { simple: true })
  if (damage !== 'ok') {
    complain(path, 65, `the database is damaged: ${damage}`, 'restore a backup, or move the file away')
  }
  db.transaction(() => {
    for (const migration of schema.migrations.slice(version)) db.exec(migration)
    db.pragma(`application_id = ${applicationId}`)
    db.pragma(`user_version = ${schema.migrations.length}`)
  }).immediate()
}

/** Throws a UserError that says what to do about a file that cannot be used. */
export function openDatabase(path: string, schema: Schema): Sqlite.Database {
  let db: Sqlite.Database | null = null
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
    // SQLite would make it readable for everybody; its journal takes over the mode of the file.
    closeSync(openSync(path, 'a', 0o600))
    db = new Sqlite(path, { timeout: busyTimeoutMs })
    db.pragma('journal_mode = WAL')
    prepare(db, path, schema)
    return db
  } catch (error) {
    db?.close()
    return explain(path, error)
  }
}
