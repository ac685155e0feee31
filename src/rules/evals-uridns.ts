// SPDX-License-Identifier: Apache-2.0
/** DNS lists of what links lead to (SpamAssassin's URIDNSBL): domains, hosts, their addresses, their name servers. */
import { parseIp, reversedLabels } from '../kit/cidr.ts'
import { isIpv4, registeredDomain } from './domains.ts'
import { type ListTest, listTest, type Questions } from './evals-dns.ts'
import type { Inquiry } from './lookups.ts'
import { isPrivateIp } from './relay-line.ts'
import { numberSetting, type UriListDefinition } from './settings-dns.ts'
import type { UriDetail } from './uri-list.ts'
import type { Views } from './views.ts'

interface Place {
  readonly host: string
  readonly domain: string
}

/** Places are asked about in this order where there are too many: what a reader sees and clicks first. */
function rankOf({ types, anchorTexts }: UriDetail): number {
  if (types.has('a')) return anchorTexts.some((text) => text !== '') ? 0 : 5
  if (types.has('form')) return 1
  if (types.has('img')) return 2
  return types.has('parsed') && types.size === 1 ? 4 : 3
}

/** Where the links lead: each host once, at most uridnsbl_max_domains of them. */
export function linkedPlaces(views: Views): readonly Place[] {
  const { dns } = views.settings
  if (numberSetting(dns, 'skip_uribl_checks', 0) !== 0) return []
  const skipsMail = numberSetting(dns, 'uridnsbl_skip_mailto', 1) !== 0
  const ranked: Map<string, string>[] = Array.from({ length: 6 }, () => new Map())
  for (const [uri, detail] of views.uriList.details) {
    if (skipsMail && /^mailto:/i.test(uri)) continue
    for (const [host, domain] of detail.hosts)
      if (!dns.skippedDomains.has(domain) && !dns.skippedDomains.has(host)) ranked[rankOf(detail)]?.set(host, domain)
  }
  const places = new Map(ranked.flatMap((hosts) => [...hosts].map(([host, domain]) => [host, { host, domain }])))
  return [...places.values()].slice(0, numberSetting(dns, 'uridnsbl_max_domains', 20))
}

/** Name servers of one domain, and addresses of one host, that are asked about. */
const maxServers = 8

function question(type: UriListDefinition['type'], about: string, zone: string, what: string) {
  const ip = parseIp(about)
  return { type, name: `${ip === null ? about : reversedLabels(ip)}.${zone}`, what }
}

/** The names that one place is looked up by. */
function aboutPlace(
  place: Place,
  list: UriListDefinition,
  flags: readonly string[],
  views: Views,
  inquiry: Inquiry,
): string[] {
  const { host, domain } = place
  const isNumber = isIpv4(host)
  if (isNumber && isPrivateIp(host)) return []
  if (list.kind === 'domains') {
    if (isNumber) return flags.includes('domains_only') ? [] : [host]
    return flags.includes('ips_only') ? [] : [flags.includes('notrim') ? host : domain]
  }
  if (isNumber) return []
  if (list.kind === 'addresses') return addressesFor(place, flags, inquiry)
  const servers = inquiry.records('ns', domain).slice(0, maxServers)
  return list.kind === 'server-names' ? servers : servers.map((one) => registeredDomain(views.settings.registry, one))
}

/** tflags a: those of the host; ns, or neither: those of the domain's name servers. */
function addressesFor({ host, domain }: Place, flags: readonly string[], inquiry: Inquiry): string[] {
  const isOfHost = flags.includes('a')
  const hosts = [
    ...(isOfHost ? [host] : []),
    ...(flags.includes('ns') || !isOfHost ? inquiry.records('ns', domain).slice(0, maxServers) : []),
  ]
  const ips = hosts.flatMap((one) => inquiry.records('a', one).slice(0, maxServers))
  return ips.filter((ip) => isIpv4(ip) && !isPrivateIp(ip))
}

/** The test of a rule that a uridnsbl, urirhsbl or similar line defines. */
export function uriListTest(list: UriListDefinition, flags: readonly string[]): ListTest {
  const questions: Questions = (views, inquiry) =>
    views
      .once(linkedPlaces)
      .flatMap((place) =>
        [...new Set(aboutPlace(place, list, flags, views, inquiry))].map((about) =>
          question(list.type, about, list.zone, place.host),
        ),
      )
  return listTest(questions, list.subtest)
}
