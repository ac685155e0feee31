// SPDX-License-Identifier: Apache-2.0
/** What the client calls itself (RFC 5321 §4.1.1.1). */
import { type Maker, plain } from './build.ts'
import { type MailHost, mailHost } from './existence.ts'
import { isAddress, isAddressLiteral, isFqdn, isHostname } from './hostname.ts'
import { aboutHelo, doubt, dunno, type Ruling, refuse, rejected } from './ruling.ts'
import type { RestrictionSettings } from './settings.ts'
import type { Subject } from './subject.ts'

const noHelo: Ruling = dunno('no HELO yet')
const wellFormed: Ruling = dunno('a host name or an address literal')
const isFull: Ruling = dunno('a full domain name or an address literal')

/** All three hold an address in brackets to the same rule, and look no further. */
function literalRuling(subject: Subject, settings: RestrictionSettings): Ruling {
  if (isAddressLiteral(subject.helo ?? '')) return wellFormed
  const refusal = rejected(aboutHelo(subject), settings.invalidHostnameRejectCode, '5.5.2', 'invalid ip address')
  return refuse(refusal, 'not an address inside the brackets')
}

export const rejectInvalidHeloHostname: Maker = plain(({ settings }) => (subject) => {
  const { helo } = subject
  if (helo === null) return noHelo
  if (helo.startsWith('[')) return literalRuling(subject, settings)
  if (isHostname(helo) || isAddress(helo)) return wellFormed
  const refusal = rejected(aboutHelo(subject), settings.invalidHostnameRejectCode, '5.5.2', 'Invalid name')
  return refuse(refusal, 'not a host name')
})

export const rejectNonFqdnHeloHostname: Maker = plain(({ settings }) => (subject) => {
  const { helo } = subject
  if (helo === null) return noHelo
  if (helo.startsWith('[')) return literalRuling(subject, settings)
  if (isFqdn(helo)) return isFull
  const refusal = rejected(aboutHelo(subject), settings.nonFqdnRejectCode, '5.5.2', 'need fully-qualified hostname')
  return refuse(refusal, 'not a full domain name')
})

export const rejectUnknownHeloHostname: Maker = plain(({ settings }) => async (subject) => {
  const { helo } = subject
  if (helo === null) return noHelo
  if (helo.startsWith('[')) return literalRuling(subject, settings)
  // A name that ends in a dot is well formed, but it is not how a host is called in SMTP (RFC 5321 §2.3.5).
  const found: MailHost = helo.endsWith('.')
    ? { kind: 'absent' }
    : await mailHost(subject.dns, helo, ['a', 'aaaa', 'mx'], subject.signal)
  switch (found.kind) {
    case 'exists':
    case 'null-mx':
      return dunno(`${helo} has a record of type ${found.kind === 'exists' ? found.by.toUpperCase() : 'MX'}`)
    case 'tempfail': {
      const refusal = rejected(aboutHelo(subject), 450, '4.7.1', 'Host not found')
      return doubt(settings.unknownHeloHostnameTempfailAction, refusal, `${helo}: ${found.because}`)
    }
    case 'absent':
    case 'malformed': {
      const text = found.kind === 'absent' ? 'Host not found' : 'Malformed DNS server reply'
      const refusal = rejected(aboutHelo(subject), settings.unknownHostnameRejectCode, '4.7.1', text)
      return refuse(refusal, `${helo} has no A, AAAA or MX record`)
    }
  }
})
