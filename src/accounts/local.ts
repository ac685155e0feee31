// SPDX-License-Identifier: Apache-2.0
/** Accounts kept in the state store. */
import { type Address, addressKey, withoutExtension } from '../core/address.ts'
import type { Domain } from '../core/brand.ts'
import type { AccountRecord, AccountStore } from '../core/stores.ts'
import type { Directory } from './directory.ts'

export interface LocalDirectoryOptions {
  readonly accounts: Pick<AccountStore, 'byAddress' | 'byName'>
  /** Domains whose recipients are accounts. */
  readonly isOurs: (domain: Domain) => boolean
  /** Characters that begin an extension ("user+extension@domain"); "" for none. */
  readonly recipientDelimiter: string
  /** The account that reads mail for postmaster where no account has that address; null: nobody. */
  readonly postmaster: string | null
}

export function createLocalDirectory(options: LocalDirectoryOptions): Directory {
  const { accounts, isOurs, recipientDelimiter, postmaster } = options

  const find = async (address: Address): Promise<AccountRecord | null> => {
    const exact = await accounts.byAddress(addressKey(address))
    if (exact !== null) return exact
    const plain = withoutExtension(address, recipientDelimiter)
    return plain === null ? null : await accounts.byAddress(addressKey(plain))
  }

  const accountFor = async (address: Address): Promise<string | null> => {
    // RFC 5321 §4.5.1: "postmaster" without a domain is ours as well.
    const isPostmaster = address.localPart.toLowerCase() === 'postmaster'
    if (address.domain !== '' && !isOurs(address.domain)) return null
    const account = await find(address)
    if (account !== null) return account.name
    if (!isPostmaster || postmaster === null) return null
    return (await accounts.byName(postmaster))?.name ?? null
  }

  return {
    accountFor,
    async recipientStatus(address) {
      const isBarePostmaster = address.domain === '' && address.localPart.toLowerCase() === 'postmaster'
      if (!isBarePostmaster && !isOurs(address.domain)) return 'not-ours'
      try {
        return (await accountFor(address)) === null ? 'unknown' : 'exists'
      } catch {
        return 'tempfail'
      }
    },
    async ownersOf(sender) {
      const account = await find(sender)
      return account === null ? [] : [account.name]
    },
  }
}
