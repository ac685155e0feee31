// SPDX-License-Identifier: Apache-2.0
/** Whose limits and lists apply: those of the recipient's address, then of its domain, then everybody's. */
import { type Address, addressKey, domainKeys, withoutExtension } from '../core/address.ts'
import type { Thresholds } from '../core/verdict.ts'
import { createLists, type Listing, type Lists } from './lists.ts'

/** What an operator says for an address or a domain; what is left out is taken from the next wider one. */
export interface PolicyEntry extends Partial<Thresholds>, Lists {}

export interface Policy {
  readonly limits: Thresholds
  /** What the nearest lists say that say anything. */
  readonly listing: (proven: readonly string[], claimed: readonly string[]) => Listing | null
}

/** "user+extension@domain", "user@domain", "domain", ".parent" …: the nearest first. */
function keysOf(address: Address, delimiter: string): string[] {
  const plain = withoutExtension(address, delimiter)
  return [addressKey(address), ...(plain === null ? [] : [addressKey(plain)]), ...domainKeys(address.domain)]
}

export interface Policies {
  readonly limits: Thresholds
  readonly lists: Lists
  /** By "user@domain", "domain" or ".domain" for every name below it; lower case. */
  readonly entries: ReadonlyMap<string, PolicyEntry>
  /** Characters that begin an address extension. */
  readonly delimiter: string
}

/**
 * The policy of a recipient; without one, everybody's. Recipients for whom the same entries count share one object, so
 * that `===` tells whether two may be judged together.
 */
export function createPolicies({
  limits,
  lists,
  entries,
  delimiter,
}: Policies): (recipient: Address | undefined) => Policy {
  const everybody: Policy = { limits, listing: createLists(lists) }
  const known = new Map<string, Policy>([['', everybody]])
  return (recipient) => {
    if (recipient === undefined || entries.size === 0) return everybody
    const keys = keysOf(recipient, delimiter).filter((key) => entries.has(key))
    // Only keys that are written in the config get here, so this map cannot grow beyond them.
    const name = keys.join(' ')
    const policy = known.get(name) ?? merge(keys, entries, everybody)
    known.set(name, policy)
    return policy
  }
}

function merge(keys: readonly string[], entries: ReadonlyMap<string, PolicyEntry>, everybody: Policy): Policy {
  const chain = keys.flatMap((key) => entries.get(key) ?? [])
  const limit = (kind: keyof Thresholds): number | null => {
    const written = chain.map((entry) => entry[kind]).find((value) => value !== undefined)
    return written === undefined ? everybody.limits[kind] : written
  }
  const limits = { mark: limit('mark'), junk: limit('junk'), quarantine: limit('quarantine'), reject: limit('reject') }
  const asked = [...chain.map(createLists), everybody.listing]
  return {
    limits,
    listing: (proven, claimed) => {
      for (const ask of asked) {
        const listing = ask(proven, claimed)
        if (listing !== null) return listing
      }
      return null
    },
  }
}
