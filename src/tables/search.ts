// SPDX-License-Identifier: Apache-2.0
/** The keys under which an address, a name or a client is looked up, in the order of access(5). */
import { printAddress, type ReversePath, withoutExtension } from '../core/address.ts'
import type { ClientCertificate } from '../core/session.ts'
import { parseIp, printIp } from '../kit/cidr.ts'
import { missing, type Table, type TableAnswer } from './table.ts'

export interface SearchRules {
  /**
   * "example.org" stands for its subdomains too (smtpd_access_maps in parent_domain_matches_subdomains); otherwise
   * ".example.org" does.
   */
  readonly parentMatchesSubdomains: boolean
  /** Characters that end the user part before an extension; empty: there are no extensions. */
  readonly recipientDelimiter: string
  /** Key of the null reverse-path (smtpd_null_access_lookup_key). */
  readonly nullKey: string
}

/** Names tried for one domain: its own depth is chosen by a stranger. */
const maxParents = 128

/** The address with and without extension, its domain, parent domains, and "user@" of any domain. */
export async function searchAddress(table: Table, address: ReversePath, rules: SearchRules): Promise<TableAnswer> {
  if (address === null) return table.find(rules.nullKey)
  const whole = await table.find(printAddress(address))
  if (whole.kind !== 'missing' || table.wholeKeysOnly) return whole
  const bare = withoutExtension(address, rules.recipientDelimiter)
  if (bare !== null) {
    const found = await table.find(printAddress(bare))
    if (found.kind !== 'missing') return found
  }
  if (address.domain !== '') {
    const found = await searchDomain(table, address.domain, rules)
    if (found.kind !== 'missing') return found
  }
  const found = await table.find(`${address.localPart}@`)
  return found.kind !== 'missing' || bare === null ? found : table.find(`${bare.localPart}@`)
}

/** A name, then its parents. An address in place of a name has no parents. */
export async function searchDomain(table: Table, domain: string, rules: SearchRules): Promise<TableAnswer> {
  const whole = await table.find(domain)
  if (whole.kind !== 'missing' || table.wholeKeysOnly || parseIp(domain) !== null || domain.startsWith('['))
    return whole
  let parent = domain
  for (let i = 0; i < maxParents; i++) {
    const dot = parent.indexOf('.', rules.parentMatchesSubdomains ? 0 : 1)
    if (dot < 0 || dot === parent.length - 1) return missing
    parent = parent.slice(rules.parentMatchesSubdomains ? dot + 1 : dot)
    const answer = table.find(parent)
    const found = answer instanceof Promise ? await answer : answer
    if (found.kind !== 'missing') return found
  }
  return missing
}

/** An address, then the networks that end at its octets (IPv4) or its groups (IPv6). */
export async function searchIp(table: Table, text: string): Promise<TableAnswer> {
  const ip = parseIp(text)
  let key = ip === null ? text : printIp(ip)
  const whole = await table.find(key)
  if (whole.kind !== 'missing' || table.wholeKeysOnly) return whole
  const separator = key.includes(':') ? ':' : '.'
  for (let cut = key.lastIndexOf(separator); cut > 0; cut = key.lastIndexOf(separator)) {
    key = key.slice(0, cut)
    const answer = table.find(key)
    const found = answer instanceof Promise ? await answer : answer
    if (found.kind !== 'missing') return found
  }
  return missing
}

/** A client: its name and the name's parents come before its address and the address's networks. */
export async function searchClient(table: Table, name: string, ip: string, rules: SearchRules): Promise<TableAnswer> {
  const byName = await searchDomain(table, name, rules)
  return byName.kind === 'missing' ? searchIp(table, ip) : byName
}

/** A certificate: its own fingerprint, then that of its public key, which outlives it. */
export async function searchCertificate(table: Table, certificate: ClientCertificate): Promise<TableAnswer> {
  const whole = await table.find(certificate.fingerprint)
  const key = certificate.publicKeyFingerprint
  return whole.kind === 'missing' && key !== '' ? table.find(key) : whole
}
