// SPDX-License-Identifier: Apache-2.0
/** permit_mx_backup: mail for domains whose MX records name us (RFC 5321 §5.1), which we hold until their hosts are back. */
import type { MxRecord } from '../core/ports.ts'
import { containedInAny, type Network, parseIp, parseNetwork } from '../kit/cidr.ts'
import { type Build, type Maker, Misspelt } from './build.ts'
import { hasRouting, isAuthorizedDestination } from './relay.ts'
import { aboutRecipient, dunno, permit, type Ruling, rejected } from './ruling.ts'
import type { Subject } from './subject.ts'

const noRecipient: Ruling = dunno('no recipient yet')
const routed: Ruling = dunno('the sender asks for a way of its own')
const literal: Ruling = dunno('its domain is an address literal')

export const permitMxBackup: Maker = {
  argument: null,
  make(_, build) {
    const primaries = build.settings.permitMxBackupNetworks.map(({ text }) => {
      const network = parseNetwork(text)
      if (typeof network === 'string') throw new Misspelt(`permit_mx_backup_networks: "${text}": ${network}`)
      return network
    })
    return async (subject) => {
      const { recipient } = subject
      if (recipient === null) return noRecipient
      if (isAuthorizedDestination(recipient, build)) return permit('the recipient is ours')
      if (hasRouting(recipient)) return routed
      if (recipient.domain.startsWith('[')) return literal
      const answer = await subject.dns.mx(recipient.domain, subject.signal)
      if (answer.kind === 'tempfail') {
        const text = 'Unable to look up mail exchanger information'
        const refusal = rejected(aboutRecipient(subject), 450, '4.4.4', text)
        return { kind: 'defer_if_reject', refusal, because: `${recipient.domain} MX: ${answer.because}` }
      }
      if (answer.kind !== 'found') return dunno(`${recipient.domain} has no MX`)
      return judge(recipient.domain, answer.records, primaries, subject, build)
    }
  },
}

async function judge(
  domain: string,
  records: readonly MxRecord[],
  primaries: readonly Network[],
  subject: Subject,
  build: Build,
): Promise<Ruling> {
  const best = Math.min(...records.map(({ preference }) => preference))
  const own = await Promise.all(records.map(({ exchange }) => isOurself(exchange, subject, build)))
  if (!own.includes(true)) return dunno(`no MX of ${domain} is this host`)
  // The best MX is nobody's backup: mail for it would come back to us.
  if (records.some(({ preference }, i) => own[i] && preference === best))
    return dunno(`this host is the best MX of ${domain}`)
  if (primaries.length === 0) return permit(`an MX of ${domain} is this host`)
  for (const { exchange, preference } of records) {
    if (preference !== best) continue
    const addresses = await addressesOf(exchange, subject)
    if (addresses === 'tempfail') {
      const refusal = rejected(aboutRecipient(subject), 450, '4.4.4', `Unable to look up host ${exchange}`)
      return { kind: 'defer_if_reject', refusal, because: `${exchange} cannot be looked up now` }
    }
    if (!addresses.some((ip) => isWithin(primaries, ip)))
      return dunno(`${exchange} is not in permit_mx_backup_networks`)
  }
  return permit(`an MX of ${domain} is this host, and its best one is in permit_mx_backup_networks`)
}

async function isOurself(exchange: string, subject: Subject, build: Build): Promise<boolean> {
  if (exchange === build.deps.hostname.toLowerCase()) return true
  const addresses = await addressesOf(exchange, subject)
  return addresses !== 'tempfail' && addresses.some((ip) => isWithin(build.deps.interfaces, ip))
}

async function addressesOf(host: string, { dns, signal }: Subject): Promise<readonly string[] | 'tempfail'> {
  const answers = await Promise.all([dns.a(host, signal), dns.aaaa(host, signal)])
  const found = answers.flatMap((answer) => (answer.kind === 'found' ? answer.records : []))
  return found.length === 0 && answers.some(({ kind }) => kind === 'tempfail') ? 'tempfail' : found
}

function isWithin(networks: readonly Network[], text: string): boolean {
  const ip = parseIp(text)
  return ip !== null && containedInAny(networks, ip)
}
