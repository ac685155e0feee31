// SPDX-License-Identifier: Apache-2.0
/** eval tests of lists that rule files hold: welcome and blocked addresses, hosts of links, our own relays. */
import { latin1 } from '../kit/bytes.ts'
import { parseNetwork } from '../kit/cidr.ts'
import { isHostName, registeredDomain } from './domains.ts'
import { type EvalTests, yes } from './evals-kit.ts'
import { matchesGlob } from './globs.ts'
import { listOf, type ReceivedEntry, within } from './settings.ts'
import type { EvalTest, Views } from './views.ts'

/** Whom the message may be from. */
export function allFrom(views: Views): readonly string[] {
  return views.once(findFrom)
}

function findFrom(views: Views): readonly string[] {
  const resent = views.fields.all('Resent-From:first:addr')
  if (resent.length > 0) return resent
  const names = ['From:addr', 'Envelope-Sender:addr', 'Resent-Sender:addr', 'X-Envelope-From:addr']
  const found = [...names.flatMap((name) => [...views.fields.all(name)]), views.fields.envelopeFrom ?? '']
  return [...new Set(found.filter((one) => one !== '').map((one) => one.replace(/\.+/g, '.')))]
}

const recipientFields =
  'To Apparently-To Delivered-To Envelope-Recipients Apparently-Resent-To X-Envelope-To Envelope-To X-Delivered-To X-Original-To X-Rcpt-To X-Real-To Cc'.split(
    ' ',
  )

/** Whom the message may be for. */
export function allTo(views: Views): readonly string[] {
  return views.once(findTo)
}

function findTo(views: Views): readonly string[] {
  const resent = ['Resent-To:first:addr', 'Resent-Cc:first:addr'].flatMap((name) => [...views.fields.all(name)])
  if (resent.length > 0) return resent
  const noted = views.fields
    .all('Received')
    .slice(0, 3)
    .flatMap((line) => {
      const match = / for <?(\S+@(\S+?))>?;/.exec(line)
      return match !== null && isHostName(match[2] ?? '') ? [match[1] ?? ''] : []
    })
  return [...new Set([...noted, ...recipientFields.flatMap((name) => [...views.fields.all(`${name}:addr`)])])]
}

function inList(views: Views, addresses: readonly string[], name: string): string | null {
  const list = listOf(views.settings, name)
  return list.size === 0 ? null : (addresses.find((one) => list.match(one)) ?? null)
}

/** 1: listed, and from a host that the list names; -1: listed, but from elsewhere; 0: not listed. */
function receivedMatch(views: Views, name: string, address: string): 1 | 0 | -1 {
  const { trusted, untrusted } = views.relays
  const relays = untrusted.length > 0 ? untrusted.slice(0, 1) : trusted
  let found: 0 | -1 = 0
  for (const entry of relays.length === 0 ? [] : (views.settings.receivedLists.get(name) ?? [])) {
    if (!matchesGlob(entry.address, address.toLowerCase())) continue
    if (relays.some((relay) => comesFrom(entry, relay.ip, relay.rdns.toLowerCase()))) return 1
    found = -1
  }
  return found !== 0 && inList(views, [address], 'welcomelist_allow_relays') !== null ? 0 : found
}

function comesFrom({ from }: ReceivedEntry, ip: string, rdns: string): boolean {
  const literal = /^\[(.*)\](\/\d{1,3})?$/.exec(from)
  if (literal === null) return rdns === from || rdns.endsWith(`.${from}`)
  const network = parseNetwork(`${literal[1]}${literal[2] ?? ''}`)
  if (typeof network !== 'string') return within([network], ip)
  return ip.startsWith(`${(literal[1] ?? '').replace(/\.*$/, '')}.`)
}

function welcomed(views: Views): number {
  const from = allFrom(views)
  if (inList(views, from, 'welcomelist_from') !== null) return 1
  return strongest(from.map((one) => receivedMatch(views, 'welcomelist_from_rcvd', one)))
}

function welcomedByDefault(views: Views): number {
  return strongest(allFrom(views).map((one) => receivedMatch(views, 'def_welcomelist_from_rcvd', one)))
}

function strongest(results: readonly number[]): number {
  return results.includes(1) ? 1 : results.includes(-1) ? -1 : 0
}

/** The envelope sender's domain is that of the host that handed the message over. */
function senderMatchesRelay(views: Views): string | null {
  const domain = /@([^@]+\.[^@]+)$/.exec(views.fields.envelopeFrom ?? '')?.[1]?.toLowerCase()
  const { trusted, untrusted } = views.relays
  const relays = untrusted.length > 0 ? untrusted.slice(0, 1) : trusted
  if (domain === undefined) return null
  const { registry } = views.settings
  const own = registeredDomain(registry, domain)
  return yes(
    relays.some(({ rdns }) => rdns !== '' && registeredDomain(registry, rdns) === own),
    own,
  )
}

/** Hosts of links by the name of the list that holds them. */
function listedHosts(views: Views): Map<string, string> {
  const found = new Map<string, string>()
  const lists = views.settings.hostLists
  if (lists.size === 0) return found
  for (const [uri, { hosts }] of views.uriList.details) {
    if (/^mailto:/i.test(uri)) continue
    for (const host of hosts.keys()) {
      const names = namesAbove(host)
      for (const [list, entries] of lists) {
        const entry = names.find((name) => entries.has(name))
        if (entry !== undefined && entries.get(entry) === true) found.set(list, host)
      }
    }
  }
  return found
}

/** "a.b.org" → itself, "b.org", "org". */
function namesAbove(host: string): string[] {
  const labels = host.split('.')
  return /^[\d.]+$/.test(host) ? [host] : labels.map((_, i) => labels.slice(i).join('.'))
}

/** A bounce that quotes one of our own relays is of mail that we did send. */
function ownBounce(views: Views): string | null {
  const list = listOf(views.settings, 'welcomelist_bounce_relays')
  if (list.size === 0) return null
  const { raw, bodyStart } = views.message
  const text = [...views.body, latin1(raw, bodyStart, Math.min(raw.length, bodyStart + 200_000))].join('\n')
  for (const match of text.matchAll(/^[> ]*Received:.*(?:\n[ \t].*)*/gim))
    for (const [, name = ''] of match[0].matchAll(/\s(\S+\.\S+)(?=\s)/g)) if (list.match(name)) return name
  return null
}

const from =
  (list: string): EvalTest =>
  (views) =>
    inList(views, allFrom(views), list)
const to =
  (list: string): EvalTest =>
  (views) =>
    inList(views, allTo(views), list)
const subject =
  (list: string): EvalTest =>
  (views) =>
    inList(views, views.fields.all('Subject'), list)
const host =
  (list: string): EvalTest =>
  (views) =>
    views.once(listedHosts).get(list) ?? null

export const listTests: EvalTests = {
  check_from_in_blocklist: from('blocklist_from'),
  check_from_in_welcomelist: (views) => yes(welcomed(views) > 0),
  check_from_in_default_welcomelist: (views) => yes(welcomedByDefault(views) > 0),
  check_forged_in_welcomelist: (views) => yes(welcomed(views) < 0 && welcomedByDefault(views) === 0),
  check_forged_in_default_welcomelist: (views) => yes(welcomedByDefault(views) < 0 && welcomed(views) === 0),
  check_to_in_blocklist: to('blocklist_to'),
  check_to_in_welcomelist: to('welcomelist_to'),
  check_to_in_more_spam: to('more_spam_to'),
  check_to_in_all_spam: to('all_spam_to'),
  check_subject_in_welcomelist: subject('welcomelist_subject'),
  check_subject_in_blocklist: subject('blocklist_subject'),
  check_from_in_list: (views, [list = '']) => inList(views, allFrom(views), list),
  check_to_in_list: (views, [list = '']) => inList(views, allTo(views), list),
  check_replyto_in_list: (views, [list = '']) => inList(views, views.fields.all('Reply-To:addr').slice(0, 1), list),
  check_mailfrom_matches_rcvd: senderMatchesRelay,
  check_uri_host_listed: (views, [list = '']) => views.once(listedHosts).get(list) ?? null,
  check_uri_host_in_blocklist: host('BLOCK'),
  check_uri_host_in_welcomelist: host('WELCOME'),
  have_any_bounce_relays: (views) => yes(listOf(views.settings, 'welcomelist_bounce_relays').size > 0),
  check_welcomelist_bounce_relays: ownBounce,
}
