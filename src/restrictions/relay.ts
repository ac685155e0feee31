// SPDX-License-Identifier: Apache-2.0
/** Whom we carry mail for. Everybody else's mail goes elsewhere: this file is why we are no open relay. */
import type { Address } from '../core/address.ts'
import { type Build, type Maker, plain } from './build.ts'
import { aboutRecipient, dunno, permit, type Ruling, refuse } from './ruling.ts'

const noRecipient: Ruling = dunno('no recipient yet')
const ours: Ruling = permit('the recipient is ours')
const passes: Ruling = dunno('the recipient is ours')
const notOurs: Ruling = dunno('the recipient is not ours')

/**
 * "user%elsewhere@ours", "elsewhere!user@ours" and "user@elsewhere"@ours ask us to send the mail on: a domain of ours
 * behind it does not make it ours (permit_auth_destination, "no sender-specified routing").
 */
export function hasRouting(address: Address): boolean {
  return /[@%!]/.test(address.localPart)
}

/** An address that ends, or is relayed, here, and asks for no other way. A bare local part is always ours. */
export function isAuthorizedDestination(address: Address, build: Build): boolean {
  return !hasRouting(address) && build.deps.directory.addressClass(address) !== 'remote'
}

export const permitAuthDestination: Maker = plain((build) => (subject) => {
  if (subject.recipient === null) return noRecipient
  return isAuthorizedDestination(subject.recipient, build) ? ours : notOurs
})

export const rejectUnauthDestination: Maker = plain((build) => (subject) => {
  if (subject.recipient === null) return noRecipient
  if (isAuthorizedDestination(subject.recipient, build)) return passes
  const name = aboutRecipient(subject).name
  const code = build.settings.relayDomainsRejectCode
  return refuse(relayDenied(code, '5.7.1', name), because(subject.recipient))
})

export const deferUnauthDestination: Maker = plain((build) => (subject) => {
  if (subject.recipient === null) return noRecipient
  if (isAuthorizedDestination(subject.recipient, build)) return passes
  // The same code as for good, of the other class.
  const code = build.settings.relayDomainsRejectCode - 100
  return refuse(relayDenied(code, '4.7.1', aboutRecipient(subject).name), because(subject.recipient))
})

function relayDenied(code: number, dsn: string, name: string) {
  return { code, dsn, text: `<${name}>: Relay access denied`, policy: true }
}

function because(address: Address): string {
  return hasRouting(address) ? 'the sender asks for a way of its own' : `${address.domain} is not a domain of ours`
}
