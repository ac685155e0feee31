// SPDX-License-Identifier: Apache-2.0
/** Accounts as the commands and the demo use them: passwords go in clear and are kept as argon2id. */
import { createLocalDirectory } from '../accounts/local.ts'
import { defaultCost, Passwords } from '../accounts/password.ts'
import type { LoadedConfig } from '../config/load.ts'
import type { AccountRecord, AccountStore } from '../core/stores.ts'
import { silentLogger } from '../log/logger.ts'
import { realClock } from '../service/real-world.ts'
import { dataPaths } from './paths.ts'
import type { Routes } from './routes.ts'
import { openState } from './state.ts'

export interface Accounts extends AsyncDisposable {
  /** False when the name or one of the addresses is taken. */
  add(name: string, password: string, addresses: readonly string[]): Promise<boolean>
  setPassword(name: string, password: string): Promise<boolean>
  remove(name: string): Promise<boolean>
  list(): Promise<readonly AccountRecord[]>
}

export async function openAccounts(loaded: LoadedConfig): Promise<Accounts> {
  const stores = await openState(dataPaths(loaded), silentLogger)
  return { ...accountsOf(stores.accounts), [Symbol.asyncDispose]: () => stores[Symbol.asyncDispose]() }
}

export function accountsOf(store: AccountStore): Omit<Accounts, keyof AsyncDisposable> {
  const passwords = openPasswords()
  return {
    add: async (name, password, addresses) =>
      store.add({ name, password: await passwords.hash(password), addresses, createdAt: realClock.now() }),
    setPassword: async (name, password) => store.setPassword(name, await passwords.hash(password)),
    remove: (name) => store.remove(name),
    list: () => store.list(),
  }
}

/** Who has a mailbox here, as the settings say. */
export function openDirectory(
  { config }: LoadedConfig,
  accounts: Pick<AccountStore, 'byName' | 'byAddress'>,
  routes: Routes,
) {
  return createLocalDirectory({
    accounts,
    isOurs: routes.hasAccounts,
    recipientDelimiter: config.recipient_delimiter,
    postmaster: config.accounts.postmaster || null,
  })
}

/** So many at once: each takes 19 MiB and a thread of Node's pool of four. */
const concurrency = 2
/** Logins waiting beyond which the next is told to try later. */
const maxWaiting = 100

export function openPasswords(): Passwords {
  return new Passwords({ cost: defaultCost, concurrency, maxWaiting })
}
