// SPDX-License-Identifier: Apache-2.0
import type { EpochMs } from '../../../src/core/brand.ts'
import type { Clock, Logger } from '../../../src/core/ports.ts'
import type { AccountRecord, AccountStore } from '../../../src/core/stores.ts'

export interface ListedAccounts extends AccountStore {
  readonly records: AccountRecord[]
}

/** Accounts in a list; enough of a store for this room. */
export function listedAccounts(...records: AccountRecord[]): ListedAccounts {
  const owns = (account: AccountRecord, address: string): boolean =>
    account.name === address || account.addresses.includes(address)
  return {
    records,
    async add(account) {
      records.push(account)
      return true
    },
    async setPassword(name, password) {
      const at = records.findIndex((account) => account.name === name)
      const found = records[at]
      if (found !== undefined) records[at] = { ...found, password }
      return found !== undefined
    },
    async remove(name) {
      const at = records.findIndex((account) => account.name === name)
      if (at >= 0) records.splice(at, 1)
      return at >= 0
    },
    byName: async (name) => records.find((account) => account.name === name) ?? null,
    byAddress: async (address) => records.find((account) => owns(account, address)) ?? null,
    list: async () => records,
  }
}

export function anAccount(name: string, password: string, ...addresses: string[]): AccountRecord {
  return { name, password, addresses, createdAt: 0 as EpochMs }
}

export interface HandClock extends Clock {
  time: number
}

export function handClock(): HandClock {
  const clock: HandClock = {
    time: 1_000_000,
    now: () => clock.time as EpochMs,
    sleep: async () => undefined,
  }
  return clock
}

export interface ListLogger extends Logger {
  readonly events: string[]
}

export function listLogger(): ListLogger {
  const events: string[] = []
  const note = (event: string): void => {
    events.push(event)
  }
  const log: ListLogger = { events, child: () => log, debug: note, info: note, warn: note, error: note }
  return log
}
