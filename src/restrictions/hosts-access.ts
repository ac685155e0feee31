// SPDX-License-Identifier: Apache-2.0
/**
 * check_*_a_access, check_*_mx_access and check_*_ns_access: not the name itself is looked up in the table, but the
 * hosts behind it, which a spammer has fewer of than names. Who owns a zone may point it at any host, so OK would let
 * everybody in on its own word; it is refused.
 */
import type { DnsAnswer } from '../core/ports.ts'
import { parseIp } from '../kit/cidr.ts'
import { type SearchRules, searchDomain, searchIp } from '../tables/search.ts'
import type { Table } from '../tables/table.ts'
import { searchRules } from './access.ts'
import { aboutAddress, addressOf } from './address.ts'
import { Answers, distrusting } from './answers.ts'
import type { Maker } from './build.ts'
import { isAddressLiteral, isHostname, withoutFinalDot } from './hostname.ts'
import type { About } from './refusal.ts'
import { aboutClient, aboutHelo, aboutReverse, dunno, type Ruling, tableFailed } from './ruling.ts'
import type { Subject } from './subject.ts'

export type HostsOf = 'client' | 'reverse_client_hostname' | 'helo' | 'sender' | 'recipient'
export type HostType = 'a' | 'mx' | 'ns'

/** Hosts of one name that are looked at: the zone's owner decides how many there are. */
const maxHosts = 20

const noName: Ruling = dunno('there is no name to look at')

/** The makers of one family, by the names of the catalogue. */
export function hostAccessMakers(): [string, Maker][] {
  const whose: readonly HostsOf[] = ['client', 'reverse_client_hostname', 'helo', 'sender', 'recipient']
  const types: readonly HostType[] = ['a', 'mx', 'ns']
  return whose.flatMap((who) =>
    types.map((type): [string, Maker] => [`check_${who}_${type}_access`, checkHostAccess(who, type)]),
  )
}

function checkHostAccess(whose: HostsOf, type: HostType): Maker {
  return {
    argument: 'type:table',
    async make(argument, build) {
      const table = await build.openTable(argument)
      const answers = new Answers(build, distrusting)
      const search = { table, rules: searchRules(build) }
      return async (subject) => {
        const named = nameOf(whose, subject)
        if (named === null) return noName
        const hosts = await hostsOf(named.name, type, subject)
        if (hosts.kind === 'dunno') return hosts
        for (const host of hosts.names) {
          const found = await findHost(host, search, subject, type !== 'a')
          if (found.kind === 'failed') return tableFailed(named.about, `${table.spec}: ${found.because}`)
          if (found.kind === 'found') return answers.rule(found.value, found.place, named.about)
        }
        return dunno(`${hosts.names.join(' ')}: not in the table`)
      }
    },
  }
}

interface Named {
  readonly name: string
  readonly about: About
}

function nameOf(whose: HostsOf, subject: Subject): Named | null {
  switch (whose) {
    case 'client':
      return subject.clientName === 'unknown' ? null : { name: subject.clientName, about: aboutClient(subject) }
    case 'reverse_client_hostname':
      return subject.reverseName === 'unknown' ? null : { name: subject.reverseName, about: aboutReverse(subject) }
    case 'helo':
      return subject.helo === null ? null : { name: withoutFinalDot(subject.helo), about: aboutHelo(subject) }
    case 'sender':
    case 'recipient': {
      const domain = addressOf(whose, subject)?.domain ?? ''
      return domain === '' ? null : { name: domain, about: aboutAddress(whose, subject) }
    }
  }
}

type Hosts = { readonly kind: 'hosts'; readonly names: readonly string[] } | (Ruling & { kind: 'dunno' })

const none = (because: string): Hosts => ({ kind: 'dunno', because })

/** The name's own hosts (a), its mail exchangers or itself (mx), the name servers of it or of its parent (ns). */
async function hostsOf(name: string, type: HostType, subject: Subject): Promise<Hosts> {
  const address = name.startsWith('[') ? literalOf(name) : parseIp(name) === null ? null : name
  if (address !== null) {
    if (address === '') return none('not an address inside the brackets')
    return type === 'ns' ? none('an address has no name servers') : { kind: 'hosts', names: [address] }
  }
  if (!isHostname(name)) return none('not a host name')
  if (type === 'a') return { kind: 'hosts', names: [name] }
  if (type === 'ns') return nameServers(name, subject)
  const answer = await subject.dns.mx(name, subject.signal)
  if (answer.kind === 'tempfail') return none(`${name} MX: ${answer.because}`)
  if (answer.kind !== 'found') return { kind: 'hosts', names: [name] }
  const names = answer.records.map(({ exchange }) => exchange).filter((exchange) => exchange !== '')
  return names.length === 0 ? none(`${name} takes no mail`) : { kind: 'hosts', names: names.slice(0, maxHosts) }
}

async function nameServers(name: string, subject: Subject): Promise<Hosts> {
  for (let zone = name; zone.includes('.'); zone = zone.slice(zone.indexOf('.') + 1)) {
    const answer: DnsAnswer<string> = await subject.dns.ns(zone, subject.signal)
    if (answer.kind === 'tempfail') return none(`${zone} NS: ${answer.because}`)
    if (answer.kind === 'found') return { kind: 'hosts', names: answer.records.slice(0, maxHosts) }
  }
  return none(`${name} has no name servers`)
}

/** RFC 5321 §4.1.3; empty where it is no address literal. */
function literalOf(name: string): string {
  return isAddressLiteral(name) ? name.slice(1, -1).replace(/^ipv6:/i, '') : ''
}

/** By its name where that counts, then by each of its addresses. A host that cannot be looked up has none. */
async function findHost(
  host: string,
  { table, rules }: { readonly table: Table; readonly rules: SearchRules },
  subject: Subject,
  byName: boolean,
) {
  if (parseIp(host) !== null) return searchIp(table, host)
  if (byName) {
    const found = await searchDomain(table, host, rules)
    if (found.kind !== 'missing') return found
  }
  const { dns, signal } = subject
  const [v4, v6] = await Promise.all([dns.a(host, signal), dns.aaaa(host, signal)])
  for (const answer of [v4, v6]) {
    if (answer.kind !== 'found') continue
    for (const address of answer.records.slice(0, maxHosts)) {
      const found = await searchIp(table, address)
      if (found.kind !== 'missing') return found
    }
  }
  return { kind: 'missing' } as const
}
