// SPDX-License-Identifier: Apache-2.0
/**
 * Welcome and block lists. A welcome is for who has proven to be it; a block is for whoever claims the name, since
 * nobody forges a name that is not let in.
 */
import { type Address, addressKey, domainKeys } from '../core/address.ts'
import type { AuthReport } from '../core/auth.ts'

export type Listing = 'welcome' | 'block'

export interface Lists {
  /** "user@domain", "domain", or ".domain" for everything below it. */
  readonly welcome: readonly string[]
  readonly block: readonly string[]
}

export interface Claims {
  readonly reversePath: Address | null
  /** Mailboxes of the From field. */
  readonly authors: readonly Address[]
}

/** Names that are proven: by SPF for the reverse-path, by DKIM for a domain, by DMARC for the author. */
export function provenNames(report: AuthReport, claims: Claims): string[] {
  const names: string[] = []
  if (report.spf.result === 'pass' && claims.reversePath !== null && report.spf.domain === claims.reversePath.domain) {
    names.push(addressKey(claims.reversePath))
  }
  for (const signature of report.dkim) if (signature.result === 'pass') names.push(signature.domain)
  if (report.dmarc.result === 'pass') {
    names.push(...claims.authors.filter((a) => a.domain === report.dmarc.domain).map(addressKey))
  }
  return names
}

export function claimedNames(claims: Claims): string[] {
  return [...(claims.reversePath === null ? [] : [claims.reversePath]), ...claims.authors].map(addressKey)
}

/** The keys under which a name may be listed, nearest first. */
function keysOf(name: string): string[] {
  const at = name.lastIndexOf('@')
  return [...(at < 0 ? [] : [name]), ...domainKeys(name.slice(at + 1))]
}

/** How far down its keys a name is listed; null where it is not. */
function depthIn(list: ReadonlySet<string>, name: string): number | null {
  const depth = keysOf(name.toLowerCase()).findIndex((key) => list.has(key))
  return depth < 0 ? null : depth + (name.includes('@') ? 0 : 1)
}

/**
 * What the lists say: the nearest entry wins ("user@domain" before "domain" before ".parent"), and of two equally near
 * ones the block.
 */
export function createLists(lists: Lists): (proven: readonly string[], claimed: readonly string[]) => Listing | null {
  const welcome = new Set(lists.welcome.map((entry) => entry.toLowerCase()))
  const block = new Set(lists.block.map((entry) => entry.toLowerCase()))
  const best = (list: ReadonlySet<string>, names: readonly string[]): number =>
    Math.min(...names.map((name) => depthIn(list, name) ?? Number.POSITIVE_INFINITY))
  return (proven, claimed) => {
    const welcomed = best(welcome, proven)
    const blocked = best(block, [...proven, ...claimed])
    if (blocked === Number.POSITIVE_INFINITY && welcomed === Number.POSITIVE_INFINITY) return null
    return blocked <= welcomed ? 'block' : 'welcome'
  }
}
