// SPDX-License-Identifier: Apache-2.0
/**
 * eval tests that ask DNS lists about the relays and addresses of a message (SpamAssassin's DNSEval). Addresses inside
 * private networks, and relays that we trust, are not asked about.
 */
import { parseIp, reversedLabels } from '../kit/cidr.ts'
import { hasTopLevel, isHostName, registeredDomain } from './domains.ts'
import { allFrom } from './evals-lists.ts'
import type { Inquiry, RecordType } from './lookups.ts'
import { isPrivateIp } from './relay-line.ts'
import { within } from './settings.ts'
import { numberSetting, zoneName } from './settings-dns.ts'
import { meetsSubtest, type Subtest } from './subtests.ts'
import type { Views } from './views.ts'

/** What was found, null for nothing. While answers are missing it is run again when they are there. */
export type ListTest = (views: Views, inquiry: Inquiry) => string | null

/** A name to look up in a list, and what it stands for. */
export interface Question {
  readonly type: RecordType
  readonly name: string
  readonly what: string
}

/** Which names a rule asks a list for. */
export type Questions = (views: Views, inquiry: Inquiry) => readonly Question[]

type Maker = (args: readonly string[], flags: readonly string[]) => Questions

/** Hits when an answer to one of the questions counts. */
export function listTest(questions: Questions, subtest: Subtest | null): ListTest {
  return (views, inquiry) => {
    let found: string | null = null
    for (const { type, name, what } of questions(views, inquiry)) {
      for (const record of inquiry.records(type, name)) {
        if (!counts(type, record, subtest, inquiry)) continue
        found ??= `${what}: ${name.slice(name.indexOf('.') + 1)} says ${record}`
      }
    }
    return found
  }
}

/** Answers outside 127.0.0.0/8 come from resolvers that lie (RFC 5782 §2.1); 127.255.255.x refuses the question. */
function counts(type: RecordType, record: string, subtest: Subtest | null, inquiry: Inquiry): boolean {
  if (type === 'a' && !record.startsWith('127.')) return false
  if (subtest !== null) return meetsSubtest(subtest, record)
  const isRefusal = type === 'a' && record.startsWith('127.255.255.')
  if (isRefusal) inquiry.isOpen = true
  return !isRefusal
}

/** Addresses that may be asked about: of public networks, each once. */
interface RelayAddresses {
  /** Of untrusted relays, and from fields such as X-Originating-IP; none where every relay is trusted. */
  readonly strangers: readonly string[]
  /** All outside our internal networks, trusted ones too. */
  readonly external: readonly string[]
}

const addressText = /(?<![\w.:])(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9a-f]{0,4}(?::[0-9a-f]{0,4}){2,7})(?![\w.:])/gi

function relayAddresses(views: Views): RelayAddresses {
  const { trusted, untrusted } = views.relays
  const ips = untrusted.map(({ ip }) => ip)
  const { trusted: networks, originatingFields } = views.settings
  const told = originatingFields.flatMap((field) => views.fields.text(field).match(addressText) ?? [])
  const originating = told.filter((ip) => !within(networks, ip))
  const outside = trusted.filter(({ isInternal }) => !isInternal).map(({ ip }) => ip)
  const isAnybody = publicOnes(ips).length + originating.length > 0
  return {
    strangers: isAnybody ? publicOnes([...ips, ...originating]) : [],
    external: isAnybody ? publicOnes([...outside, ...ips]) : [],
  }
}

/** Each once, those of private networks left out. */
function publicOnes(ips: readonly string[]): string[] {
  return [...new Set(ips)].filter((ip) => parseIp(ip) !== null && !isPrivateIp(ip))
}

/** The relays that the name of a set means: "zen-lastexternal" and the like. */
function relaysOf(set: string, views: Views, isNice: boolean): readonly string[] {
  const { strangers: all, external: outside } = views.once(relayAddresses)
  const chosen = (() => {
    switch (/-(notfirsthop|lastexternal|firsttrusted|untrusted)$/.exec(set)?.[1]) {
      case 'notfirsthop':
        return outside.length > 1 ? outside.slice(0, -1) : outside
      case 'lastexternal':
        return outside.slice(0, 1)
      case 'firsttrusted':
        return all.slice(0, 1)
      case 'untrusted':
        return all.slice(1)
      default:
        return all.toReversed()
    }
  })().slice(0, numberSetting(views.settings.dns, 'num_check_received', 9))
  const firstStranger = isNice ? 0 : chosen.findIndex((ip) => !within(views.settings.trusted, ip))
  return firstStranger < 0 ? [] : chosen.slice(firstStranger)
}

function isOff(views: Views): boolean {
  return Number(views.settings.dns.values.get('skip_rbl_checks') ?? 0) !== 0
}

const ofRelays =
  (type: RecordType): Maker =>
  ([set = '', zone = ''], flags) =>
  (views) =>
    isOff(views)
      ? []
      : relaysOf(set, views, flags.includes('nice')).map((ip) => ({ type, name: listed(ip, zone), what: ip }))

function listed(ip: string, zone: string): string {
  return `${reversedLabels(parseIp(ip) ?? [])}.${zoneName(zone)}`
}

/** Hosts and addresses as the list is asked for them, as far as the rule's flags let them through. */
function aboutHosts(hosts: readonly string[], zone: string, flags: readonly string[], views: Views): Question[] {
  if (isOff(views)) return []
  return [...new Set(hosts.map((host) => host.toLowerCase()))].slice(0, maxHosts).flatMap((host): Question[] => {
    if (parseIp(host) !== null) {
      if (flags.includes('domains_only') || isPrivateIp(host)) return []
      return [{ type: 'a', name: listed(host, zone), what: host }]
    }
    if (flags.includes('ips_only') || !isHostName(host) || !hasTopLevel(views.settings.registry, host)) return []
    return [{ type: 'a', name: `${host}.${zoneName(zone)}`, what: host }]
  })
}

const maxHosts = 20

/** The hosts of addresses; stray dots, as some write them, taken out. */
function hostsOf(addresses: readonly string[]): string[] {
  return addresses.flatMap((address) => {
    const host =
      /@([^@\s]+)/
        .exec(address)?.[1]
        ?.replace(/\.+/g, '.')
        .replace(/^\.|\.$/g, '') ?? ''
    return host.includes('.') ? [host] : []
  })
}

const ofHosts =
  (hosts: (views: Views, args: readonly string[]) => readonly string[]): Maker =>
  (args, flags) =>
  (views) =>
    aboutHosts(hosts(views, args), args[1] ?? '', flags, views)

/** The last argument of check_rbl_headers names other fields. */
function headerHosts(views: Views, args: readonly string[]): string[] {
  const names = args[3] ?? views.settings.dns.values.get('rbl_headers') ?? standardFields
  return names.split(',').flatMap((name) => {
    const host = hostsOf(views.fields.all(`${name.trim()}:addr`).slice(0, 1))
    return host.length > 0 ? host : views.fields.all(name.trim()).map((line) => line.trim())
  })
}

const standardFields = 'EnvelopeFrom,Reply-To,Disposition-Notification-To,X-WebmailclientIP,X-Source-IP'

function originHosts(views: Views): string[] {
  const relay = views.relays.untrusted.at(-1)
  if (relay === undefined) return []
  return [relay.ip, relay.by, relay.helo, relay.rdns].filter((one) => one !== '').map((one) => one.replace(/\.$/, ''))
}

const serversOfSender: Maker = (args, flags) => (views, inquiry) => {
  const [host] = hostsOf([views.fields.envelopeFrom ?? ''])
  return host === undefined ? [] : aboutHosts(inquiry.records('ns', host), args[1] ?? '', flags, views)
}

/** Relays, where the message says that the named service vouches for it. */
const ifVouched: Maker = (args, flags) => (views, inquiry) => {
  const wanted = (args[3] ?? '').toLowerCase()
  const ofSender = /[@.]a--([a-z0-9]{3,})\./i.exec(views.fields.envelopeFrom ?? '')?.[1]?.toLowerCase()
  const named = views.fields
    .text('Accreditor')
    .split(',')
    .map((one) => one.trim().split(/\s+/)[0]?.toLowerCase())
  return wanted !== '' && [ofSender, ...named].includes(wanted) ? ofRelays('a')(args, flags)(views, inquiry) : []
}

/** Tests that put questions: set, zone, subtest. */
export const askingTests: Readonly<Record<string, Maker>> = {
  check_rbl: ofRelays('a'),
  check_rbl_txt: ofRelays('txt'),
  check_rbl_accreditor: ifVouched,
  check_rbl_from_host: ofHosts((views) => hostsOf(allFrom(views))),
  check_rbl_from_domain: ofHosts((views) =>
    hostsOf(allFrom(views)).map((host) => registeredDomain(views.settings.registry, host)),
  ),
  check_rbl_envfrom: ofHosts((views) => hostsOf([views.fields.envelopeFrom ?? ''])),
  check_rbl_headers: ofHosts(headerHosts),
  check_rbl_rcvd: ofHosts(originHosts),
  check_rbl_ns_from: serversOfSender,
}

/** The sender's domain has neither an address nor a host for mail, and that is certain. */
export const senderUnknown: ListTest = (views, inquiry) => {
  const [host] = hostsOf([views.fields.envelopeFrom ?? ''])
  if (host === undefined || isOff(views) || !isHostName(host)) return null
  const answers = [inquiry.answer('a', host), inquiry.answer('aaaa', host), inquiry.answer('mx', host)]
  return answers.every((answer) => answer !== null && answer.kind !== 'found') ? host : null
}
