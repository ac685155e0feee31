// SPDX-License-Identifier: Apache-2.0
import type { Database, Statement } from 'better-sqlite3'
import type { EpochMs } from '../../core/brand.ts'
import type { AccountRecord, AccountStore } from '../../core/stores.ts'
import type { Sync } from './sync.ts'

interface Row {
  readonly name: string
  readonly password: string
  readonly created_at: number
}

function statements(db: Database) {
  const prepare = (sql: string): Statement => db.prepare(sql)
  return {
    taken: prepare(
      `SELECT 1 FROM json_each(?) AS wanted
       WHERE EXISTS (SELECT 1 FROM accounts WHERE name = wanted.value)
          OR EXISTS (SELECT 1 FROM addresses WHERE address = wanted.value)`,
    ),
    add: prepare('INSERT INTO accounts (name, password, created_at) VALUES (?, ?, ?)'),
    addAddress: prepare('INSERT INTO addresses (address, account, position) VALUES (?, ?, ?)'),
    setPassword: prepare('UPDATE accounts SET password = ? WHERE name = ?'),
    removeAddresses: prepare('DELETE FROM addresses WHERE account = ?'),
    remove: prepare('DELETE FROM accounts WHERE name = ?'),
    byName: prepare('SELECT * FROM accounts WHERE name = ?'),
    byAlias: prepare('SELECT accounts.* FROM addresses JOIN accounts ON name = account WHERE address = ?'),
    list: prepare('SELECT * FROM accounts ORDER BY name'),
    addresses: prepare('SELECT address FROM addresses WHERE account = ? ORDER BY position').pluck(),
  }
}

export class SqliteAccounts implements Sync<AccountStore> {
  readonly #sql: ReturnType<typeof statements>

  constructor(db: Database) {
    this.#sql = statements(db)
  }

  add(account: AccountRecord): boolean {
    if (this.#sql.taken.get(JSON.stringify([account.name, ...account.addresses])) !== undefined) return false
    this.#sql.add.run(account.name, account.password, account.createdAt)
    account.addresses.forEach((address, position) => {
      this.#sql.addAddress.run(address, account.name, position)
    })
    return true
  }

  setPassword(name: string, password: string): boolean {
    return this.#sql.setPassword.run(password, name).changes > 0
  }

  remove(name: string): boolean {
    this.#sql.removeAddresses.run(name)
    return this.#sql.remove.run(name).changes > 0
  }

  byName(name: string): AccountRecord | null {
    return this.#record(this.#sql.byName.get(name))
  }

  byAddress(address: string): AccountRecord | null {
    return this.byName(address) ?? this.#record(this.#sql.byAlias.get(address))
  }

  list(): readonly AccountRecord[] {
    return this.#sql.list.all().flatMap((row) => this.#record(row) ?? [])
  }

  #record(found: unknown): AccountRecord | null {
    if (found === undefined) return null
    const row = found as Row
    const addresses = this.#sql.addresses.all(row.name) as string[]
    return { name: row.name, password: row.password, addresses, createdAt: row.created_at as EpochMs }
  }
}
