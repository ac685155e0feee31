// SPDX-License-Identifier: Apache-2.0
/** Who the client is: its address, its names, its certificate, its login. */
import type { Ptr } from '../core/session.ts'
import { containedInAny, type Network } from '../kit/cidr.ts'
import { searchCertificate } from '../tables/search.ts'
import { type Maker, plain } from './build.ts'
import type { Refusal } from './refusal.ts'
import { dunno, lookupFailed, permit, type Ruling, refuse } from './ruling.ts'
import type { Subject } from './subject.ts'

const stranger: Ruling = dunno('the client is not in mynetworks')
const inMynetworks: Ruling = permit('the client is in mynetworks')
const notOurself: Ruling = dunno('the client has none of our own addresses')
const ourself: Ruling = permit('the client has one of our own addresses')
const notAuthenticated: Ruling = dunno('the client has not authenticated')
const noCertificate: Ruling = dunno('no client certificate')
const notTrusted: Ruling = dunno('the client certificate leads to no authority of tls.client_ca')

function within(networks: readonly Network[], subject: Subject): boolean {
  return subject.ipWords !== null && containedInAny(networks, subject.ipWords)
}

export const permitMynetworks: Maker = plain(({ deps }) => (subject) => {
  return within(deps.mynetworks, subject) ? inMynetworks : stranger
})

export const permitInetInterfaces: Maker = plain(({ deps }) => (subject) => {
  return within(deps.interfaces, subject) ? ourself : notOurself
})

export const permitSaslAuthenticated: Maker = plain(() => (subject) => {
  const { identity } = subject.facts.session
  return identity === null ? notAuthenticated : permit(`authenticated as ${identity.account}`)
})

export const permitTlsAllClientcerts: Maker = plain(() => (subject) => {
  const peer = subject.facts.session.tls?.peer ?? null
  if (peer === null) return noCertificate
  return peer.isTrusted ? permit('the client has shown a trusted certificate') : notTrusted
})

export const permitTlsClientcerts: Maker = {
  argument: null,
  async make(_, { settings, openTable }) {
    if (settings.relayClientcerts === '') return () => dunno('relay_clientcerts names no table')
    const table = await openTable(settings.relayClientcerts)
    return async (subject) => {
      const peer = subject.facts.session.tls?.peer ?? null
      if (peer === null) return noCertificate
      const answer = await searchCertificate(table, peer)
      if (answer.kind === 'failed') return lookupFailed(peer.fingerprint, answer.because)
      return answer.kind === 'found' ? permit(`certificate listed at ${answer.place}`) : dunno('certificate not listed')
    }
  },
}

/** Text about a client has no "<name>:" before it. */
function clientRefusal(code: number, dsn: string, text: string): Refusal {
  return { code, dsn, text: `Client host rejected: ${text}`, policy: true }
}

/** RFC 7372 §3: 4.7.25 and 5.7.25 are for reverse names that do not validate. */
function unknownHostname(subject: Subject, code: number, because: string): Ruling {
  return refuse(clientRefusal(code, '4.7.25', `cannot find your hostname, [${subject.ip}]`), because)
}

const confirmed: Ruling = dunno('the reverse name leads back to the client')

export const rejectUnknownClientHostname: Maker = plain(({ settings }) => (subject) => {
  const { ptr } = subject.facts.session.client
  switch (ptr.kind) {
    case 'confirmed':
      return confirmed
    case 'tempfail':
      return unknownHostname(subject, 450, 'the reverse name could not be looked up now')
    case 'absent':
      return unknownHostname(subject, settings.unknownClientRejectCode, 'the client has no reverse name')
    case 'unconfirmed':
      return unknownHostname(subject, codeFor(ptr, settings.unknownClientRejectCode), becauseOf(ptr))
  }
})

export const rejectUnknownForwardClientHostname: Maker = plain(({ settings }) => (subject) => {
  const { ptr } = subject.facts.session.client
  if (ptr.kind === 'confirmed') return confirmed
  if (ptr.kind === 'unconfirmed' && ptr.because === 'mismatch')
    return dunno(`${ptr.claimed} has an address, though another one`)
  if (ptr.kind === 'tempfail') return unknownHostname(subject, 450, 'the reverse name could not be looked up now')
  if (ptr.kind === 'absent') return unknownHostname(subject, settings.unknownClientRejectCode, 'no reverse name')
  return unknownHostname(subject, codeFor(ptr, settings.unknownClientRejectCode), becauseOf(ptr))
})

export const rejectUnknownReverseClientHostname: Maker = plain(({ settings }) => (subject) => {
  const { ptr } = subject.facts.session.client
  if (ptr.kind === 'confirmed' || ptr.kind === 'unconfirmed') return dunno(`the reverse name is ${subject.reverseName}`)
  const code = ptr.kind === 'tempfail' ? 450 : settings.unknownClientRejectCode
  const because = ptr.kind === 'tempfail' ? 'the reverse name could not be looked up now' : 'no reverse name'
  return refuse(clientRefusal(code, '4.7.1', `cannot find your reverse hostname, [${subject.ip}]`), because)
})

type Unconfirmed = Ptr & { readonly kind: 'unconfirmed' }

function codeFor(ptr: Unconfirmed, code: number): number {
  return ptr.because === 'tempfail' ? 450 : code
}

function becauseOf(ptr: Unconfirmed): string {
  if (ptr.because === 'mismatch') return `${ptr.claimed} leads to another address`
  if (ptr.because === 'no-address') return `${ptr.claimed} has no address`
  return `${ptr.claimed} could not be looked up now`
}
