// SPDX-License-Identifier: Apache-2.0
/**
 * greylist, a restriction of ours: mail of an unknown triplet of client network, sender and recipient has to come
 * again after a while (RFC 6647). Clients that have come again often enough are no longer asked to.
 */
import { addressKey, type ReversePath } from '../core/address.ts'
import type { EpochMs } from '../core/brand.ts'
import { type Ip, printIp } from '../kit/cidr.ts'
import { type Maker, plain } from './build.ts'
import { aboutRecipient, dunno, type Ruling, refuse, rejected } from './ruling.ts'

const noRecipient: Ruling = dunno('no single recipient')

/** Known clients are counted within windows of this length, ms: 35 days, as long as triplets are remembered. */
const knownForMs = 35 * 864e5
/** IPv6: a customer has at least a /64, two words of 32 bits. */
const v6Words = 2

export const greylist: Maker = plain(({ settings, deps }) => async (subject) => {
  const { recipient, ipWords } = subject
  if (recipient === null || subject.sender === undefined) return noRecipient
  const now = deps.clock.now() as EpochMs
  const network = ipWords === null ? subject.ip : networkOf(ipWords, settings.greylistNetworks)
  const clientKey = `greylist ${network}`
  const known = settings.greylistKnownClients
  if (known > 0 && (await deps.counters.add(clientKey, 0, knownForMs, now)) >= known)
    return dunno(`clients of ${network} have come again ${known} times`)
  const key = `${network} ${senderKey(subject.sender)} ${addressKey(recipient)}`
  const { firstSeen, passes } = await deps.greylist.touch(key, now)
  const waited = now - firstSeen
  if (passes > 0 && waited >= settings.greylistDelay) {
    if (known > 0) await deps.counters.add(clientKey, 1, knownForMs, now)
    return dunno(`first seen ${Math.round(waited / 1000)} s ago`)
  }
  const left = Math.ceil((settings.greylistDelay - waited) / 1000)
  const refusal = rejected(aboutRecipient(subject), 450, '4.2.0', `Greylisted, please try again in ${left} seconds`)
  return refuse(refusal, passes === 0 ? 'never seen before' : `first seen ${Math.round(waited / 1000)} s ago`)
})

/** 192.0.2.0, or 2001:db8:1:2::. */
function networkOf(ip: Ip, prefix: number): string {
  const [v4] = ip
  if (ip.length === 1 && v4 !== undefined) return printIp([prefix === 32 ? v4 : v4 - (v4 % 2 ** (32 - prefix))])
  return printIp(ip.map((word, i) => (i < v6Words ? word : 0)))
}

/** Mailing lists number their senders: digits are all the same. */
function senderKey(sender: ReversePath): string {
  return sender === null ? '<>' : addressKey(sender).replace(/\d+/g, '#')
}
