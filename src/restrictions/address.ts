// SPDX-License-Identifier: Apache-2.0
/** Restrictions that ask the same about the sender and about the recipient. */
import type { Address } from '../core/address.ts'
import type { AddressClass } from '../core/envelope.ts'
import { type Build, type Maker, plain } from './build.ts'
import { mailHost } from './existence.ts'
import { isFqdn } from './hostname.ts'
import type { About } from './refusal.ts'
import { aboutRecipient, aboutSender, doubt, dunno, lookupFailed, type Ruling, refuse, rejected } from './ruling.ts'
import type { RestrictionSettings } from './settings.ts'
import type { Subject } from './subject.ts'

export type Whose = 'sender' | 'recipient'

/** The null reverse-path is no address, and nothing is wrong with it. */
export function addressOf(whose: Whose, subject: Subject): Address | null {
  return whose === 'sender' ? (subject.sender ?? null) : subject.recipient
}

export function aboutAddress(whose: Whose, subject: Subject): About {
  return whose === 'sender' ? aboutSender(subject) : aboutRecipient(subject)
}

const noAddress: Ruling = dunno('there is no address to look at')
const isFull: Ruling = dunno('its domain is a full one')
const finalHere: Ruling = dunno('we are the last hop of its domain')
const isPostmaster: Ruling = dunno('postmaster always exists')
const literal: Ruling = dunno('its domain is an address literal')

export const rejectNonFqdn = (whose: Whose): Maker =>
  plain(({ settings }) => (subject) => {
    const address = addressOf(whose, subject)
    if (address === null) return noAddress
    if (address.domain.startsWith('[')) return literal
    if (isFqdn(address.domain)) return isFull
    const about = aboutAddress(whose, subject)
    const refusal = rejected(about, settings.nonFqdnRejectCode, '5.5.2', 'need fully-qualified address')
    return refuse(refusal, 'its domain is not a full one')
  })

export const rejectUnknownDomain = (whose: Whose): Maker =>
  plain(({ settings, deps }) => async (subject) => {
    const address = addressOf(whose, subject)
    if (address === null || address.domain === '') return noAddress
    const { domain } = address
    if (domain.startsWith('[')) return literal
    if (isFinal(deps.directory.addressClass(address))) return finalHere
    const about = aboutAddress(whose, subject)
    const dsn = whose === 'sender' ? '4.1.8' : '4.1.2'
    const found = await mailHost(subject.dns, domain, ['mx', 'a', 'aaaa'], subject.signal)
    switch (found.kind) {
      case 'exists':
        return dunno(`${domain} has a record of type ${found.by.toUpperCase()}`)
      case 'tempfail': {
        const refusal = rejected(about, 450, dsn, 'Domain not found')
        return doubt(settings.unknownAddressTempfailAction, refusal, `${domain}: ${found.because}`)
      }
      case 'null-mx': {
        // RFC 7505 §4: 5.7.27 about a sender, 556 5.1.10 about a recipient.
        const [code, enhanced] = whose === 'sender' ? [550, '5.7.27'] : [556, '5.1.10']
        const text = `Domain ${domain} does not accept mail (nullMX)`
        return refuse(rejected(about, code, enhanced, text), `${domain} has a null MX`)
      }
      case 'absent':
      case 'malformed': {
        const text = found.kind === 'absent' ? 'Domain not found' : 'Malformed DNS server reply'
        const because =
          found.kind === 'absent' ? `${domain} has no MX, A or AAAA record` : `${domain}: no MX names a host`
        return refuse(rejected(about, settings.unknownAddressRejectCode, dsn, text), because)
      }
    }
  })

/** Mail for a relay domain goes on: only what ends here need not be found in DNS. */
function isFinal(addressClass: AddressClass): boolean {
  return addressClass === 'local' || addressClass === 'virtual'
}

const tables: Readonly<Record<Exclude<AddressClass, 'remote'>, string>> = {
  local: 'local recipient table',
  virtual: 'virtual mailbox table',
  relay: 'relay recipient table',
}

export const rejectUnlisted = (whose: Whose): Maker => plain((build) => unlistedCheck(whose, build))

/** Also applied where no list asks for it (smtpd_reject_unlisted_recipient). */
export function unlistedCheck(whose: Whose, build: Build): (subject: Subject) => Promise<Ruling> {
  const { deps, settings } = build
  return async (subject) => {
    const address = addressOf(whose, subject)
    if (address === null) return noAddress
    const addressClass = deps.directory.addressClass(address)
    if (addressClass === 'remote') return dunno('not an address of ours')
    // RFC 5321 §4.5.1: postmaster exists wherever mail ends.
    if (addressClass === 'local' && address.localPart.toLowerCase() === 'postmaster') return isPostmaster
    const about = aboutAddress(whose, subject)
    const status = await deps.directory.recipientStatus(address)
    if (status === 'tempfail') return lookupFailed(about.name, 'the directory cannot tell now')
    if (status !== 'unknown') {
      subject.listed[whose] = true
      return dunno('the address is known')
    }
    const text = settings.showUserUnknownTableName ? `User unknown in ${tables[addressClass]}` : 'User unknown'
    const dsn = whose === 'sender' ? '5.1.0' : '5.1.1'
    return refuse(rejected(about, unknownCode(addressClass, settings), dsn, text), 'the address is not listed')
  }
}

function unknownCode(addressClass: Exclude<AddressClass, 'remote'>, settings: RestrictionSettings): number {
  switch (addressClass) {
    case 'local':
      return settings.unknownLocalRecipientRejectCode
    case 'virtual':
      return settings.unknownVirtualMailboxRejectCode
    case 'relay':
      return settings.unknownRelayRecipientRejectCode
  }
}
