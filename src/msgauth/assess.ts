// SPDX-License-Identifier: Apache-2.0
/** SPF, DKIM, ARC and DMARC once per message, under one budget; trouble is an error result, never a throw. */
import { parseDomain, printAddress, type ReversePath } from '../core/address.ts'
import type { AuthReport } from '../core/auth.ts'
import type { Domain } from '../core/brand.ts'
import type { Evidence } from '../core/evidence.ts'
import type { Clock, Resolver } from '../core/ports.ts'
import { parseIp } from '../kit/cidr.ts'
import { createDnsBridge, type DnsBridge } from './dns-bridge.ts'
import { openSection, type Section, type SectionLimits } from './fields.ts'
import type { ArcFinding, DmarcFinding, Findings, SpfFinding } from './findings.ts'
import { checkDmarc, checkSignatures, checkSpf, type SignatureFindings } from './mailauth.ts'
import { authenticationResults } from './results.ts'
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
  queries: 60,
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
}

export interface Assessment {
  readonly report: AuthReport
  readonly evidence: readonly Evidence[]
}

const noArc: ArcFinding = { result: 'none', sealers: [], passedFor: [], because: '' }

const why = (error: unknown): string => (error instanceof Error ? error.message : String(error)).slice(0, 200)

async function spfOf(input: AssessInput, sender: string, dns: DnsBridge): Promise<SpfFinding> {
  const identity = sender === '' ? 'helo' : 'mailfrom'
  const helo = parseIp(input.helo) === null ? input.helo : `[${input.helo}]`
  try {
    return await checkSpf({ ip: input.ip, helo, sender, hostname: input.hostname }, dns)
  } catch (error) {
    return { result: 'temperror', domain: '', identity, because: why(error) }
  }
}

/** The HELO identity is asked on its own where it is a name and not the reverse-path's domain again (RFC 7208 §2.3). */
async function heloSpfOf(input: AssessInput, dns: DnsBridge): Promise<SpfFinding | null> {
  const name = parseDomain(input.helo)
  if (input.reversePath === null || name === null || !name.includes('.') || parseIp(name) !== null) return null
  if (name === input.reversePath.domain) return null
  return await spfOf(input, '', dns)
}

async function signaturesOf(section: Section, now: number, dns: DnsBridge): Promise<SignatureFindings> {
  try {
    return await checkSignatures(section, new Date(now), dns)
  } catch (error) {
    const broken: ArcFinding = { result: 'permerror', sealers: [], passedFor: [], because: why(error) }
    return { dkim: [], arc: broken, from: [], fromFields: 0 }
  }
}

interface Dmarc {
  readonly finding: DmarcFinding
  readonly aligned: ReadonlySet<string> | null
}

async function dmarcOf(
  section: Section,
  spf: SpfFinding,
  signatures: SignatureFindings,
  dns: DnsBridge,
): Promise<Dmarc> {
  const unknown = (result: 'temperror' | 'permerror', because: string): Dmarc => ({
    finding: { result, policy: null, domain: '', arcOverride: false, because },
    aligned: null,
  })
  if (section.refused !== null) return unknown('permerror', section.refused)
  try {
    return await checkDmarc(spf, signatures, dns)
  } catch (error) {
    return unknown('temperror', why(error))
  }
}

/** Sealers from the newest back to the first that is not trusted; how many of the chain's last sets that is. */
function trustedSets(arc: ArcFinding, trusted: ReadonlySet<string>): number {
  const stranger = arc.sealers.findLastIndex((domain) => !trusted.has(domain))
  return arc.result === 'pass' ? arc.sealers.length - 1 - stranger : 0
}

/** What a stranger wrote where a domain belongs; "" where it is none. */
const toDomain = (text: string): Domain => parseDomain(text) ?? ('' as Domain)

function toReport(findings: Findings, header: string): AuthReport {
  const { spf, dkim, arc, dmarc } = findings
  return {
    spf: { result: spf.result, domain: parseDomain(spf.domain), because: spf.because },
    dkim: dkim.map((d) => ({
      result: d.result,
      domain: toDomain(d.domain),
      selector: d.selector,
      aligned: d.aligned,
    })),
    arc: { result: arc.result, sealers: arc.sealers.map(toDomain) },
    dmarc: { result: dmarc.result, policy: dmarc.policy, domain: parseDomain(dmarc.domain) },
    header,
  }
}

async function examine(input: AssessInput, section: Section, dns: DnsBridge, sender: string): Promise<Assessment> {
  const read = section.refused === null
  const [spf, heloSpf, signatures] = await Promise.all([
    spfOf(input, sender, dns),
    heloSpfOf(input, dns),
    read ? signaturesOf(section, input.clock.now(), dns) : { dkim: [], arc: noArc, from: [], fromFields: 0 },
  ])
  const { finding, aligned } = await dmarcOf(section, spf, signatures, dns)
  const { arc } = signatures
  const trusted = trustedSets(arc, input.trustedSealers)
  const vouched = arc.passedFor.slice(arc.passedFor.length - trusted).includes(finding.domain)
  const findings: Findings = {
    spf,
    heloSpf,
    // DMARC knows the owner's alignment mode; until then it was a guess by the public suffix list.
    dkim: signatures.dkim.map((d) =>
      aligned === null || d.result !== 'pass' ? d : { ...d, aligned: aligned.has(d.domain) },
    ),
    arc,
    dmarc: { ...finding, arcOverride: finding.result === 'fail' && trusted > 0 && vouched },
    iprev: input.clientName === 'unknown' ? null : input.clientName,
  }
  return {
    report: toReport(findings, authenticationResults(input.hostname, findings, sender, input.ip)),
    evidence: toEvidence(findings, trusted > 0 && trusted === arc.sealers.length, section.unread),
  }
}

/** Who really sent a message. Resolves within the DNS budget whatever the message or the DNS does. */
export async function assess(input: AssessInput): Promise<Assessment> {
  const deadline = new AbortController()
  const done = new AbortController()
  input.clock.sleep(input.limits.dnsMs, done.signal).then(
    () => deadline.abort(),
    () => undefined,
  )
  const signal = AbortSignal.any([input.signal, deadline.signal])
  const dns = createDnsBridge({ dns: input.dns, ip: input.ip, signal, maxQueries: input.limits.queries })
  try {
    const section = openSection(input.raw, input.limits)
    return await examine(input, section, dns, printAddress(input.reversePath))
  } finally {
    done.abort()
  }
}
