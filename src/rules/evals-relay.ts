// SPDX-License-Identifier: Apache-2.0
/** eval tests of the relays that a message came through. */

import { isIpv4 } from './domains.ts'
import { type EvalTests, yes } from './evals-kit.ts'
import { isPrivateIp, type Relay } from './relay-line.ts'
import type { Views } from './views.ts'

/** The part of a host name that one organization holds, near enough to compare. */
function organization(host: string): string {
  if (!/[a-zA-Z]/.test(host)) return host
  const labels = host.split('.')
  if (labels.length > 1 && /(?:\S{3,}|ie|fr|de)/.test(labels.at(-1) ?? '')) return labels.slice(-2).join('.')
  return labels.length > 2 ? labels.slice(-3).join('.') : host
}

interface Mismatches {
  readonly names: number
  readonly addresses: number
}

const dottedName = /^\w+(?:[\w-]*\.)+\w+$/

/** Relays that received from another host than the next one says it is. */
function mismatches(views: Views): Mismatches {
  let [names, addresses] = [0, 0]
  const { untrusted } = views.relays
  for (const [i, relay] of untrusted.entries()) {
    const by = organization(relay.by.toLowerCase())
    if (!dottedName.test(by)) continue
    const helo = organization(relay.helo.toLowerCase())
    if (
      isIpv4(helo) &&
      isIpv4(relay.ip) &&
      helo !== relay.ip &&
      !isPrivateIp(helo) &&
      network(helo) !== network(relay.ip)
    )
      addresses++
    const before = untrusted[i - 1]
    const from = before === undefined || isItself(before) ? '' : organization(before.rdns.toLowerCase())
    const isAlias = by === 'msn.com' && from === 'hotmail.com'
    if (dottedName.test(from) && by !== from && !isAlias) names++
  }
  return { names, addresses }
}

/** A host that hands mail to itself, through a filter of its own. */
function isItself({ rdns, ip }: Relay): boolean {
  return ip === '127.0.0.1' && /^localhost(?:\.localdomain)?$/i.test(rdns)
}

function network(ip: string): string {
  return ip.split('.').slice(0, 2).join('.')
}

function heloMismatch(views: Views): string | null {
  for (const { helo, ip } of views.relays.untrusted) {
    const isPublic = isIpv4(helo) && !isPrivateIp(helo) && isIpv4(ip) && !isPrivateIp(ip)
    if (isPublic && helo !== ip && !ip.startsWith(helo.slice(0, helo.lastIndexOf('.') + 1))) return `${helo} is ${ip}`
  }
  return null
}

function numericHelo(views: Views): string | null {
  return views.relays.untrusted.find(({ helo }) => isIpv4(helo) && !isPrivateIp(helo))?.helo ?? null
}

const bigHosts =
  /(?:\.|^)(?:lycos\.com|lycos\.co\.uk|hotmail\.com|localhost\.com|excite\.com|caramail\.com|cs\.com|aol\.com|msn\.com|yahoo\.com|drizzle\.com)$/i

/** The last relay that counts decides, as each one before it is overruled. */
function namelessBigHost(views: Views): string | null {
  const last = views.relays.untrusted.filter((relay) => !relay.isPrivate).at(-1)
  return yes(last?.hasNoName === true && bigHosts.test(last.helo), last?.helo)
}

function noReverse(views: Views): string | null {
  const first = views.relays.untrusted.at(-1)
  return yes(first?.rdns.includes('.') === true && !first.isPrivate)
}

function allTrusted(views: Views): boolean {
  const { trusted, untrusted, unparseable } = views.relays
  return trusted.length > 0 && untrusted.length === 0 && unparseable === 0
}

function noRelays(views: Views): boolean {
  const { trusted, untrusted, unparseable } = views.relays
  return trusted.length === 0 && untrusted.length === 0 && unparseable === 0
}

export const relayTests: EvalTests = {
  check_all_trusted: (views) => yes(allTrusted(views)),
  check_no_relays: (views) => yes(noRelays(views)),
  check_relays_unparseable: (views) => yes(views.relays.unparseable > 0),
  check_for_numeric_helo: numericHelo,
  check_for_illegal_ip: () => null,
  check_for_sender_no_reverse: noReverse,
  helo_ip_mismatch: heloMismatch,
  check_for_no_rdns_dotcom_helo: namelessBigHost,
  check_for_forged_received_trail: (views) => yes(views.once(mismatches).names > 1),
  check_for_forged_received_ip_helo: (views) => yes(views.once(mismatches).addresses > 0),
}
