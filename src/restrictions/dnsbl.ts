// SPDX-License-Identifier: Apache-2.0
/** Lists that are asked through DNS (RFC 5782): block lists and welcome lists, by address and by name. */
import type { DnsAnswer } from '../core/ports.ts'
import { reversedLabels } from '../kit/cidr.ts'
import type { Table } from '../tables/table.ts'
import { aboutAddress, addressOf, type Whose } from './address.ts'
import { type Build, type Maker, Misspelt } from './build.ts'
import { type DnsList, isListed, parseList } from './dnsbl-answer.ts'
import { expandRblReply } from './dnsbl-reply.ts'
import { isHostname } from './hostname.ts'
import type { About } from './refusal.ts'
import { isAuthorizedDestination } from './relay.ts'
import {
  aboutClient,
  aboutHelo,
  aboutReverse,
  dunno,
  lookupFailed,
  permit,
  type Ruling,
  refuse,
  rejected,
} from './ruling.ts'
import type { Subject } from './subject.ts'

/** What is asked about: the labels before the list's own, and how the reply names it. */
interface Asked {
  readonly labels: string
  readonly what: string
  readonly about: About
}
type Question = (subject: Subject) => Asked | null

const nothing: Ruling = dunno('nothing to ask about')
const notListed: Ruling = dunno('not listed')

export const rejectRblClient = blockList(clientAddress)
export const rejectRhsblClient = blockList((subject) => named(subject.clientName, aboutClient(subject)))
export const rejectRhsblReverseClient = blockList((subject) => named(subject.reverseName, aboutReverse(subject)))
export const rejectRhsblHelo = blockList((subject) => named(subject.helo ?? '', aboutHelo(subject)))
export const rejectRhsblAddress = (whose: Whose): Maker => blockList((subject) => domainOf(whose, subject))
export const permitDnswlClient = welcomeList(clientAddress)
export const permitRhswlClient = welcomeList((subject) => named(subject.clientName, aboutClient(subject)))

function clientAddress(subject: Subject): Asked | null {
  if (subject.ipWords === null) return null
  return { labels: reversedLabels(subject.ipWords), what: subject.ip, about: aboutClient(subject) }
}

function named(name: string, about: About): Asked | null {
  if (name === 'unknown' || !isHostname(name)) return null
  return { labels: name, what: name, about }
}

function domainOf(whose: Whose, subject: Subject): Asked | null {
  const address = addressOf(whose, subject)
  if (address === null || !isHostname(address.domain)) return null
  const about = aboutAddress(whose, subject)
  return { labels: address.domain, what: about.name, about }
}

function listFrom(argument: string): DnsList {
  const list = parseList(argument)
  if (typeof list === 'string') throw new Misspelt(list, 'write zone.example or zone.example=127.0.0.[2..11]')
  return list
}

function blockList(question: Question): Maker {
  return {
    argument: 'list[=d.d.d.d]',
    async make(argument, build) {
      const list = listFrom(argument)
      const replies = build.settings.rblReplyMaps === '' ? null : await build.openTable(build.settings.rblReplyMaps)
      return async (subject) => {
        const asked = question(subject)
        if (asked === null) return nothing
        const answer = await ask(list, asked, subject, build)
        if (answer.kind === 'tempfail') return dunno(`${list.zone} cannot be asked now: ${answer.because}`)
        if (answer.kind !== 'found') return notListed
        const hit = answer.records.filter((record) => isListed(list, record))
        if (hit.length === 0) return dunno(`${list.zone} answers ${answer.records.join(' ')}, which does not count`)
        return refusal(list, asked, subject, build, replies, hit)
      }
    },
  }
}

async function ask(list: DnsList, asked: Asked, subject: Subject, build: Build): Promise<DnsAnswer<string>> {
  const answer = await subject.dns.a(`${asked.labels}.${list.zone}`, subject.signal)
  build.deps.meter.count('postern_restrictions_dns_list_answers_total', { list: list.zone, answer: answer.kind })
  return answer
}

async function refusal(
  list: DnsList,
  asked: Asked,
  subject: Subject,
  build: Build,
  replies: Table | null,
  hit: readonly string[],
): Promise<Ruling> {
  const reason = await subject.dns.txt(`${asked.labels}.${list.zone}`, subject.signal)
  const own = await replies?.find(list.zone)
  if (own?.kind === 'failed') return lookupFailed(asked.about.name, own.because)
  const template = own?.kind === 'found' ? own.value : build.settings.defaultRblReply
  const reply = expandRblReply(template, {
    code: build.settings.mapsRblRejectCode,
    class: asked.about.class,
    what: asked.what,
    domain: list.zone,
    reason: reason.kind === 'found' ? (reason.records[0] ?? '') : '',
    subject,
  })
  return refuse(reply, `${list.zone} answers ${hit.join(' ')}`)
}

/**
 * A welcome list never opens the relay: it counts only where reject_unauth_destination would have let the recipient
 * pass. While it cannot be asked, a later refusal may be one too many, so that is a deferral.
 */
function welcomeList(question: Question): Maker {
  return {
    argument: 'list[=d.d.d.d]',
    make(argument, build) {
      const list = listFrom(argument)
      return async (subject) => {
        const asked = question(subject)
        if (asked === null) return nothing
        const answer = await ask(list, asked, subject, build)
        if (answer.kind === 'tempfail') {
          const refused = rejected(asked.about, 450, '4.7.1', 'Welcome list lookup error')
          return { kind: 'defer_if_reject', refusal: refused, because: `${list.zone}: ${answer.because}` }
        }
        if (answer.kind !== 'found' || !answer.records.some((record) => isListed(list, record))) return notListed
        const { recipient } = subject
        if (recipient === null || !isAuthorizedDestination(recipient, build))
          return dunno(`${list.zone} lists the client, but the recipient is not ours`)
        return permit(`${list.zone} answers ${answer.records.join(' ')}`)
      }
    },
  }
}
