// SPDX-License-Identifier: Apache-2.0
/** SPF, DKIM, ARC and DMARC once per message, under one budget; trouble is an error result, never a throw. */
import { randomInt } from 'node:crypto'
import { parseDomain, printAddress, type ReversePath } from '../core/address.ts'
import type { AuthReport } from '../core/auth.ts'
import type { Domain } from '../core/brand.ts'
import type { Evidence } from '../core/evidence.ts'
import type { Clock, Resolver } from '../core/ports.ts'
import type { Ptr } from '../core/session.ts'
import { organizationalDomain } from '../dns/suffix.ts'
import { parseIp } from '../kit/cidr.ts'
import { verifyChain } from './arc.ts'
import { type AuthorDomain, authorDomain, type NoAuthor } from './authors.ts'
import { lookUpBimi } from './bimi.ts'
import { verifyDkim } from './dkim.ts'
import { checkDmarc, type DmarcVerdict } from './dmarc.ts'
import { createDnsBridge } from './dns-bridge.ts'
import { openSection, type Section, type SectionLimits } from './fields.ts'
import type { ArcFinding, BimiFinding, DkimFinding, DmarcFinding, Findings, SpfFinding } from './findings.ts'
import { authenticationResults } from './results.ts'
import { applySampling } from './sampling.ts'
import { SignedMessage } from './signed-message.ts'
import { checkSpf, type SpfSubject } from './spf.ts'
import { receivedSpf } from './spf-received.ts'
import { toEvidence } from './symbols.ts'

export interface AssessLimits extends SectionLimits {
  /** DNS questions for one message, all checks together. */
  readonly queries: number
  /** Milliseconds that all DNS of one message may take. */
  readonly dnsMs: number
}

export const defaultAssessLimits: AssessLimits = {
  headerBytes: 256 * 1024,
  fields: 2000,
  signatures: 8,
  signatureBytes: 16 * 1024,
  queries: 150,
  dnsMs: 8000,
}

export interface AssessInput {
  /** The whole message, CRLF line ends. */
  readonly raw: Uint8Array
  readonly ip: string
  readonly helo: string
  readonly reversePath: ReversePath
  /** Our authserv-id (RFC 8601 §2.5). */
  readonly hostname: string
  /** The client's confirmed reverse name, or "unknown". */
  readonly clientName: string
  readonly dns: Resolver
  readonly clock: Clock
  readonly signal: AbortSignal
  /** Signing domains whose ARC seals are believed; lower case. */
  readonly trustedSealers: ReadonlySet<string>
  readonly limits: AssessLimits
  /** What is known of the client's reverse name; without it only a confirmed clientName is told (iprev). */
  readonly ptr?: Ptr
  /** Whether the author's BIMI record is looked up, as information; not unless told to. */
  readonly bimi?: boolean
  /** Draws 0 to 99 for pct= of DMARC records (RFC 7489 §6.6.4); chance unless told otherwise. */
  readonly sample?: () => number
}

export interface Assessment {
  readonly report: AuthReport
  readonly evidence: readonly Evidence[]
  /** All that was found, for those who seal, explain or test. */
  readonly findings: Findings
}

const noArc: ArcFinding = {
  result: 'none',
  sealers: [],
  passedFor: [],
  coversAuthor: false,
  highest: 0,
  closed: false,
  because: '',
}

const why = (error: unknown): string => (error instanceof Error ? error.message : String(error)).slice(0, 200)

function subjectOf(input: AssessInput, sender: string): SpfSubject {
  const helo = parseIp(input.helo) === null ? input.helo : `[${input.helo}]`
  return { ip: input.ip, helo, sender, hostname: input.hostname, seconds: Math.floor(input.clock.now() / 1000) }
}

async function spfOf(subject: SpfSubject, dns: Resolver): Promise<SpfFinding> {
  try {
    return await checkSpf(subject, dns)
  } catch (error) {
    const identity = subject.sender === '' ? 'helo' : 'mailfrom'
    return { result: 'temperror', domain: '', identity, mechanism: '', because: why(error), explanation: '' }
  }
}

/** The HELO identity is asked on its own where it is a name and not the reverse-path's domain again (RFC 7208 §2.3). */
async function heloSpfOf(input: AssessInput, dns: Resolver): Promise<SpfFinding | null> {
  const name = parseDomain(input.helo)
  if (input.reversePath === null || name === null || !name.includes('.') || parseIp(name) !== null) return null
  if (name === input.reversePath.domain) return null
  return await spfOf(subjectOf(input, ''), dns)
}

interface SignatureFindings {
  readonly dkim: readonly DkimFinding[]
  readonly arc: ArcFinding
  readonly author: AuthorDomain | NoAuthor
}

async function signaturesOf(section: Section, now: number, dns: Resolver): Promise<SignatureFindings> {
  const nothing = { dkim: [], arc: noArc, author: { because: 'no-author-domain' } }
  if (section.refused !== null) return nothing
  try {
    const message = new SignedMessage(section)
    const seconds = Math.floor(now / 1000)
    const [dkim, arc] = await Promise.all([verifyDkim(message, dns, seconds), verifyChain(message, dns, seconds)])
    return { dkim, arc, author: authorDomain(message.named('from')) }
  } catch (error) {
    return { ...nothing, arc: { ...noArc, result: 'permerror', because: why(error) } }
  }
}

async function dmarcOf(
  section: Section,
  spf: SpfFinding,
  { dkim, author }: SignatureFindings,
  dns: Resolver,
): Promise<DmarcVerdict> {
  const unknown = (result: 'temperror' | 'permerror', because: string): DmarcVerdict => ({
    finding: { result, policy: null, domain: '', policyDomain: '', override: null, because },
    aligned: null,
    record: '',
    organization: '',
  })
  if (section.refused !== null) return unknown('permerror', section.refused)
  try {
    return await checkDmarc(spf, dkim, author, dns)
  } catch (error) {
    return unknown('temperror', why(error))
  }
}

/** Which good signatures speak for the author. Without a DMARC record the public suffix list says what belongs together. */
function withAlignment(dkim: readonly DkimFinding[], { aligned, finding }: DmarcVerdict): DkimFinding[] {
  const author = parseDomain(finding.domain)
  const isAligned = (domain: string): boolean => {
    if (aligned !== null) return aligned.has(domain)
    const signer = parseDomain(domain)
    return author !== null && signer !== null && organizationalDomain(signer) === organizationalDomain(author)
  }
  return dkim.map((d) => (d.result === 'pass' ? { ...d, aligned: isAligned(d.domain) } : d))
}

function iprevOf({ ptr, clientName }: AssessInput): Findings['iprev'] {
  if (ptr === undefined) return clientName === 'unknown' ? null : { result: 'pass', name: clientName }
  switch (ptr.kind) {
    case 'confirmed':
      return { result: 'pass', name: ptr.name }
    case 'unconfirmed':
      return { result: ptr.because === 'tempfail' ? 'temperror' : 'fail', name: ptr.claimed }
    case 'absent':
      // RFC 8601 §2.7.3: no PTR record is a permanent error.
      return { result: 'permerror', name: '' }
    case 'tempfail':
      return { result: 'temperror', name: '' }
  }
}

async function bimiOf(input: AssessInput, verdict: DmarcVerdict, dns: Resolver): Promise<BimiFinding | null> {
  return input.bimi === true ? await lookUpBimi(verdict.finding, verdict.organization, dns) : null
}

/** Sealers from the newest back to the first that is not trusted; how many of the chain's last sets that is. */
function trustedSets(arc: ArcFinding, trusted: ReadonlySet<string>): number {
  const stranger = arc.sealers.findLastIndex((domain) => !trusted.has(domain))
  return arc.result === 'pass' ? arc.sealers.length - 1 - stranger : 0
}

/** What a stranger wrote where a domain belongs; "" where it is none. */
const toDomain = (text: string): Domain => parseDomain(text) ?? ('' as Domain)

function toReport(findings: Findings, header: string, spfHeader: string): AuthReport {
  const { spf, dkim, arc, dmarc } = findings
  return {
    spf: {
      result: spf.result,
      domain: parseDomain(spf.domain),
      because: spf.because === '' ? spf.mechanism : spf.because,
      explanation: spf.explanation,
    },
    dkim: dkim.map((d) => ({
      result: d.result,
      domain: toDomain(d.domain),
      selector: d.selector,
      aligned: d.aligned,
    })),
    arc: { result: arc.result, sealers: arc.sealers.map(toDomain), highest: arc.highest, closed: arc.closed },
    dmarc: {
      result: dmarc.result,
      policy: dmarc.policy,
      domain: parseDomain(dmarc.domain),
      ...(dmarc.override === null ? {} : { override: dmarc.override }),
    },
    header,
    receivedSpf: spfHeader,
  }
}

/** RFC 8617 §7.2.1: a sealer that is trusted, as are all after it, saw DMARC pass for this author. */
function isVouchedFor(arc: ArcFinding, trusted: number, dmarc: DmarcFinding): boolean {
  if (dmarc.result !== 'fail' || trusted === 0 || !arc.coversAuthor) return false
  return arc.passedFor.slice(arc.passedFor.length - trusted).includes(dmarc.domain)
}

/** What SPF calls the sender: the local part as it is, without the quotes of SMTP (RFC 7208 §7.3). */
const spfSender = (path: ReversePath): string => (path === null ? '' : `${path.localPart}@${path.domain}`)

async function examine(input: AssessInput, section: Section, dns: Resolver, sender: string): Promise<Assessment> {
  const subject = subjectOf(input, spfSender(input.reversePath))
  const [spf, heloSpf, signatures] = await Promise.all([
    spfOf(subject, dns),
    heloSpfOf(input, dns),
    signaturesOf(section, input.clock.now(), dns),
  ])
  const verdict = await dmarcOf(section, spf, signatures, dns)
  const { arc } = signatures
  const trusted = trustedSets(arc, input.trustedSealers)
  const sampled = applySampling(verdict.finding, verdict.record, input.sample ?? (() => randomInt(100)))
  const findings: Findings = {
    spf,
    heloSpf,
    dkim: withAlignment(signatures.dkim, verdict),
    arc,
    dmarc: isVouchedFor(arc, trusted, sampled) ? { ...sampled, override: 'trusted_forwarder' } : sampled,
    iprev: iprevOf(input),
    bimi: await bimiOf(input, verdict, dns),
  }
  const header = authenticationResults(input.hostname, findings, sender, input.ip)
  return {
    report: toReport(findings, header, receivedSpf(spf, subject)),
    evidence: toEvidence(findings, trusted > 0 && trusted === arc.sealers.length, section.unread),
    findings,
  }
}

/** Who really sent a message. Resolves within the DNS budget whatever the message or the DNS does. */
export async function assess(input: AssessInput): Promise<Assessment> {
  const { ip, clock, signal, limits } = input
  using dns = createDnsBridge({ dns: input.dns, ip, clock, signal, dnsMs: limits.dnsMs, maxQueries: limits.queries })
  const section = openSection(input.raw, limits)
  return await examine(input, section, dns.dns, printAddress(input.reversePath))
}
