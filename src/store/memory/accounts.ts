// SPDX-License-Identifier: Apache-2.0
import type { AccountRecord, AccountStore } from '../../core/stores.ts'

export class MemoryAccounts implements AccountStore {
  readonly #accounts = new Map<string, AccountRecord>()

  async add(account: AccountRecord): Promise<boolean> {
    const wanted = [account.name, ...account.addresses]
    if (wanted.some((address) => this.#find(address) !== null)) return false
    this.#accounts.set(account.name, account)
    return true
  }

  async setPassword(name: string, password: string): Promise<boolean> {
    const account = this.#accounts.get(name)
    if (account === undefined) return false
    this.#accounts.set(name, { ...account, password })
    return true
  }

  async remove(name: string): Promise<boolean> {
    return this.#accounts.delete(name)
  }

  async byName(name: string): Promise<AccountRecord | null> {
    return this.#accounts.get(name) ?? null
  }

  async byAddress(address: string): Promise<AccountRecord | null> {
    return this.#find(address)
  }

  async list(): Promise<readonly AccountRecord[]> {
    return [...this.#accounts.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
  }

  #find(address: string): AccountRecord | null {
    const byName = this.#accounts.get(address)
    if (byName !== undefined) return byName
    return [...this.#accounts.values()].find((account) => account.addresses.includes(address)) ?? null
  }
}
