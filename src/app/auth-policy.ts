// SPDX-License-Identifier: Apache-2.0
/** [msgauth] as the judge asks it: how far DMARC is obeyed for this message, and whether an SPF fail refuses it. */
import type { LoadedConfig } from '../config/load.ts'
import { type Address, domainKeys, parseDomain } from '../core/address.ts'
import type { AuthReport } from '../core/auth.ts'
import type { QueueId } from '../core/brand.ts'
import type { Complaint } from '../core/failure.ts'
import type { Reply } from '../core/reply.ts'
import type { Session } from '../core/session.ts'
import { containedInAny, type Network, parseIp, parseNetwork } from '../kit/cidr.ts'
import type { DmarcPolicyMode } from '../verdict/decide.ts'
import type { AuthSetup } from '../workers/protocol.ts'

/** What is asked about: `ptr` leading back makes the client's name one that is proven. */
export interface AuthSubject {
  readonly id: QueueId
  readonly client: Session['client']
  readonly recipients: readonly Address[]
}

export interface AuthPolicy {
  readonly dmarc: DmarcPolicyMode
  readonly isDmarcExempt: boolean
  /** Why SPF alone refuses the message; null where it does not. */
  readonly refusal: Reply | null
}

type Listed = (name: string) => boolean

const strictness: readonly DmarcPolicyMode[] = ['off', 'score', 'obey']
const milder = (a: DmarcPolicyMode, b: DmarcPolicyMode): DmarcPolicyMode =>
  strictness.indexOf(a) < strictness.indexOf(b) ? a : b

function modeFor(modes: ReadonlyMap<string, DmarcPolicyMode | ''>, name: string): DmarcPolicyMode | null {
  for (const key of domainKeys(name)) {
    const mode = modes.get(key)
    if (mode !== undefined && mode !== '') return mode
  }
  return null
}

/** The author's domain says it first, then the recipients' domains, of which the mildest counts, then [msgauth] dmarc. */
function dmarcModeOf({ config }: LoadedConfig): (auth: AuthReport, recipients: readonly Address[]) => DmarcPolicyMode {
  const authors = lowerKeys(config.msgauth.dmarc_domains)
  const ours = lowerKeys(new Map([...config.domains].map(([name, domain]) => [name, domain.dmarc])))
  return (auth, recipients) => {
    const author = auth.dmarc.domain === null ? null : modeFor(authors, auth.dmarc.domain)
    if (author !== null) return author
    const modes = recipients.map(({ domain }) => modeFor(ours, domain) ?? config.msgauth.dmarc)
    return modes.reduce((mildest, mode) => milder(mildest, mode), modes[0] ?? config.msgauth.dmarc)
  }
}

const lowerKeys = <T>(map: ReadonlyMap<string, T>): ReadonlyMap<string, T> =>
  new Map([...map].map(([name, value]) => [name.toLowerCase(), value]))

/** Names that the client or the message has proven to be: its reverse name, and what SPF and DKIM let pass. */
function provenNames({ ptr }: Session['client'], auth: AuthReport): string[] {
  const names: string[] = ptr.kind === 'confirmed' ? [ptr.name] : []
  if (auth.spf.result === 'pass' && auth.spf.domain !== null) names.push(auth.spf.domain)
  for (const signature of auth.dkim) if (signature.result === 'pass') names.push(signature.domain)
  return names
}

function exemptions(entries: readonly { readonly text: string }[]): { networks: Network[]; names: Listed } {
  const networks: Network[] = []
  const names = new Set<string>()
  for (const { text } of entries) {
    const network = parseNetwork(text)
    if (typeof network === 'string') names.add(text.toLowerCase())
    else networks.push(network)
  }
  return { networks, names: (name) => domainKeys(name).some((key) => names.has(key)) }
}

/** RFC 7372 §3.2; what the domain's owner wants said is a stranger's words (RFC 7208 §6.2). */
function spfReply(auth: AuthReport, id: QueueId): Reply {
  const { domain, explanation = '' } = auth.spf
  const why = explanation === '' ? '' : `; ${domain ?? 'its owner'} explains: ${explanation}`
  const text = `Message refused: SPF of ${domain ?? 'the sender'} does not permit this client; id ${id}${why}`
  return { code: 550, enhanced: '5.7.23', text }
}

export function openAuthPolicy(loaded: LoadedConfig): (subject: AuthSubject, auth: AuthReport) => AuthPolicy {
  const { msgauth } = loaded.config
  const dmarcMode = dmarcModeOf(loaded)
  const exempt = exemptions(msgauth.dmarc_exempt)
  return ({ id, client, recipients }, auth) => {
    const ip = parseIp(client.ip)
    const isDmarcExempt =
      (ip !== null && containedInAny(exempt.networks, ip)) || provenNames(client, auth).some(exempt.names)
    // A forwarder changes the client and not the reverse-path: for those that are listed, SPF says nothing.
    const isRefused = msgauth.spf === 'obey' && auth.spf.result === 'fail' && !isDmarcExempt
    return { dmarc: dmarcMode(auth, recipients), isDmarcExempt, refusal: isRefused ? spfReply(auth, id) : null }
  }
}

/** What the workers are told. */
export function authSetup({ config }: LoadedConfig): AuthSetup {
  const { trusted_sealers, dns_queries, dns_timeout, bimi } = config.msgauth
  return {
    trustedSealers: trusted_sealers.map(({ text }) => text.toLowerCase()),
    queries: dns_queries,
    dnsMs: dns_timeout,
    bimi,
  }
}

/** Entries that can never be met. */
export function checkAuthPolicy({ config }: LoadedConfig): readonly Complaint[] {
  const { dmarc_exempt, trusted_sealers } = config.msgauth
  const isDomain = (text: string): boolean => parseDomain(text.replace(/^\./, '')) !== null
  return [
    ...dmarc_exempt.filter(({ text }) => typeof parseNetwork(text) === 'string' && !isDomain(text)),
    ...trusted_sealers.filter(({ text }) => parseDomain(text) === null),
  ].map(({ text, file, line }) => ({
    ...{ file, line, text: `"${text}" is no network and no domain` },
    hint: 'write 192.0.2.0/24, lists.example.org, or .example.org for every name below it; sealers are domains',
  }))
}
