// SPDX-License-Identifier: Apache-2.0
/**
 * The one door to mailauth. Everything runs in its strict mode, which follows the RFCs where its default is lenient.
 * Body hashes are ours (canonical.ts): its own take most of the time of a check; a test holds both equal.
 */
import { arc as checkArcChain } from 'mailauth/lib/arc/index.js'
import { type BodyHasher, DkimVerifier } from 'mailauth/lib/dkim/dkim-verifier.js'
import { evaluateDmarc } from 'mailauth/lib/dmarc/index.js'
import { spf as checkHost } from 'mailauth/lib/spf/index.js'
import type { AuthResult } from '../core/auth.ts'
import { bodyHash, type Canonicalization, canonicalBody } from './canonical.ts'
import type { DnsBridge } from './dns-bridge.ts'
import type { Section } from './fields.ts'
import type { ArcFinding, DkimFinding, DmarcFinding, DmarcPolicy, SpfFinding } from './findings.ts'

const results = ['pass', 'fail', 'softfail', 'neutral', 'none', 'policy', 'temperror', 'permerror'] as const

export function toResult(text: string): AuthResult {
  return results.find((result) => result === text) ?? 'permerror'
}

export interface SpfSubject {
  readonly ip: string
  /** As the client gave it; an address literal stands in brackets. */
  readonly helo: string
  /** "local@domain", or "" to check the HELO identity. */
  readonly sender: string
  /** Our name: %{r} of explanations. */
  readonly hostname: string
}

/** SPF of one identity (RFC 7208 §4). */
export async function checkSpf(subject: SpfSubject, dns: DnsBridge): Promise<SpfFinding> {
  const { ip, helo, sender, hostname } = subject
  const found = await checkHost({ sender, ip, helo, mta: hostname, resolver: dns.resolve, strict: true })
  const comment = found.status.comment ?? ''
  const ours = `${hostname}: `
  return {
    result: toResult(found.status.result),
    domain: found.domain === '-' ? '' : found.domain,
    identity: sender === '' ? 'helo' : 'mailfrom',
    because: comment.startsWith(ours) ? comment.slice(ours.length) : comment,
  }
}

export interface SignatureFindings {
  readonly dkim: readonly DkimFinding[]
  readonly arc: ArcFinding
  /** Addresses of the From fields, and how many such fields there are (RFC 9989 §5.3.1). */
  readonly from: readonly string[]
  readonly fromFields: number
}

/** A hash that is known already, in the shape the verifier expects. */
function knownHash(canonical: Buffer, key: string, sourceBytes: number): BodyHasher {
  const [, algorithm, length] = key.split(':')
  const limit = length === undefined || length === '' ? null : Number(length)
  const hash = bodyHash(canonical, algorithm === 'sha1' ? 'sha1' : 'sha256', limit)
  return {
    bodyHashedBytes: Math.min(limit ?? canonical.length, canonical.length),
    canonicalizedLength: canonical.length,
    byteLength: sourceBytes,
    digest: () => hash,
    getMimeStructureStart: () => undefined,
  }
}

function hashBodies(verifier: DkimVerifier, body: Buffer): void {
  const forms = new Map<Canonicalization, Buffer>()
  for (const key of verifier.bodyHashes.keys()) {
    const form: Canonicalization = key.startsWith('relaxed:') ? 'relaxed' : 'simple'
    const canonical = forms.get(form) ?? canonicalBody(body, form)
    forms.set(form, canonical)
    verifier.bodyHashes.set(key, knownHash(canonical, key, body.length))
  }
}

type Signature = DkimVerifier['results'][number]

function dkimFinding(signature: Signature): DkimFinding {
  const { status } = signature
  return {
    result: toResult(status.result),
    domain: (signature.signingDomain ?? '').toLowerCase(),
    selector: signature.selector ?? '',
    algorithm: signature.algo ?? '',
    signature: (signature.signature ?? '').slice(0, 8),
    aligned: typeof status.aligned === 'string',
    testing: status.testing === true,
    unsignedBytes: status.underSized ?? 0,
    because: status.comment ?? status.policy?.['dkim-rules'] ?? '',
  }
}

const asRecord = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}

/** The author domain for which a set's ARC-Authentication-Results claim dmarc=pass. */
function claimedPass(set: object): string | null {
  const parsed = asRecord(asRecord(Reflect.get(set, 'arc-authentication-results'))['parsed'])
  const dmarc = asRecord(parsed['dmarc'])
  const from = asRecord(dmarc['header'])['from']
  return dmarc['value'] === 'pass' && typeof from === 'string' ? from.toLowerCase() : null
}

function sealer(set: object): string {
  const parsed = asRecord(asRecord(Reflect.get(set, 'arc-seal'))['parsed'])
  const domain = asRecord(parsed['d'])['value']
  return typeof domain === 'string' ? domain.toLowerCase() : ''
}

async function arcFinding(data: DkimVerifier['arc'], dns: DnsBridge, hadFailed: boolean): Promise<ArcFinding> {
  const chain = data.chain === false ? [] : data.chain
  const sealers = chain.map(sealer)
  const passedFor = chain.map(claimedPass)
  if (chain.length === 0 && data.error === undefined) return { result: 'none', sealers, passedFor, because: '' }
  const found = await checkArcChain(
    { ...data, chain, ...(data.lastEntry === undefined ? {} : { lastEntry: data.lastEntry }) },
    { resolver: dns.resolve, strict: true },
  )
  const failed = found.status.result === 'fail'
  // mailauth calls every ARC trouble permanent; a key that could not be asked for just now is not.
  const result = failed && dns.failed() && !hadFailed ? 'temperror' : toResult(found.status.result)
  return { result, sealers, passedFor, because: failed ? (found.status.comment ?? '') : '' }
}

/** Every DKIM signature that is read (RFC 6376 §6) and the ARC chain (RFC 8617 §5.2). */
export async function checkSignatures(section: Section, now: Date, dns: DnsBridge): Promise<SignatureFindings> {
  // A sender is given so that no Return-Path field is believed.
  const verifier = new DkimVerifier({ resolver: dns.resolve, strict: true, curTime: now, sender: '<>' })
  const hadFailed = dns.failed()
  await verifier.messageHeaders({ parsed: [...section.fields], original: section.head })
  hashBodies(verifier, section.body)
  await verifier.finalChunk()
  const signed = verifier.results.filter((result) => result.status.result !== 'none')
  return {
    dkim: signed.map(dkimFinding),
    arc: await arcFinding(verifier.arc, dns, hadFailed),
    from: verifier.headerFrom,
    fromFields: verifier.fromFields,
  }
}

const toPolicy = (text: string | undefined): DmarcPolicy | null =>
  text === 'none' || text === 'quarantine' || text === 'reject' ? text : null

export interface DmarcVerdict {
  readonly finding: DmarcFinding
  /** Signing domains that align with the author's; null where no record said how to compare. */
  readonly aligned: ReadonlySet<string> | null
}

/** DMARC over what SPF and DKIM found (RFC 7489, RFC 9989). */
export async function checkDmarc(
  spf: SpfFinding,
  signatures: SignatureFindings,
  dns: DnsBridge,
): Promise<DmarcVerdict> {
  const { response, dkimAligned, reason, authorDomains } = await evaluateDmarc({
    headerFrom: [...signatures.from],
    fromFields: signatures.fromFields,
    spfDomains: spf.result === 'pass' ? [spf.domain] : [],
    dkimDomains: signatures.dkim
      .filter((signature) => signature.result === 'pass')
      .map(({ domain, unsignedBytes }) => ({ domain, underSized: unsignedBytes })),
    resolver: dns.resolve,
    strict: true,
  })
  if (response === false) {
    const because = `${reason ?? 'no author domain'} ${(authorDomains ?? []).slice(0, 4).join(' ')}`.trim()
    return {
      finding: { result: 'permerror', policy: null, domain: '', arcOverride: false, because },
      aligned: null,
    }
  }
  return {
    finding: {
      result: toResult(response.status.result),
      policy: toPolicy(response.policy),
      domain: (response.status.header?.from ?? response.domain).toLowerCase(),
      arcOverride: false,
      because: response.error ?? '',
    },
    aligned: dkimAligned ?? null,
  }
}
