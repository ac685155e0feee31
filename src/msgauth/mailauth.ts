// SPDX-License-Identifier: Apache-2.0
/**
 * The one door to mailauth: author domains and DMARC, in its strict mode, which follows RFC 9989 to the letter. SPF, DKIM
 * and ARC are ours (spf.ts, dkim.ts, arc.ts): see bench/msgauth.ts for what mailauth's cost.
 */
import { DkimVerifier } from 'mailauth/lib/dkim/dkim-verifier.js'
import { evaluateDmarc } from 'mailauth/lib/dmarc/index.js'
import type { DnsBridge } from './dns-bridge.ts'
import type { RawField } from './fields.ts'
import type { DkimFinding, DmarcFinding, DmarcPolicy, SpfFinding } from './findings.ts'

export interface Authors {
  /** Addresses of the From fields, groups opened (RFC 9989 §5.3.1). */
  readonly addresses: readonly string[]
  /** How many From fields there are. */
  readonly fields: number
}

/** The author addresses of From fields as mailauth reads them. */
export async function readAuthors(from: readonly RawField[], dns: DnsBridge): Promise<Authors> {
  // A sender is given so that no Return-Path field is looked for.
  const reader = new DkimVerifier({ resolver: dns.resolve, strict: true, curTime: new Date(0), sender: '<>' })
  const parsed = from.map(({ key, text }) => ({ key, line: Buffer.from(text, 'latin1') }))
  await reader.messageHeaders({ parsed, original: Buffer.alloc(0) })
  return { addresses: reader.headerFrom, fields: reader.fromFields }
}

const toPolicy = (text: string | undefined): DmarcPolicy | null =>
  text === 'none' || text === 'quarantine' || text === 'reject' ? text : null

export interface DmarcVerdict {
  readonly finding: DmarcFinding
  /** Signing domains that align with the author's; null where no record said how to compare. */
  readonly aligned: ReadonlySet<string> | null
  /** The record that applies; "" where there is none. */
  readonly record: string
  /** The author's organizational domain by the tree walk (RFC 9989 §4.10.2). */
  readonly organization: string
}

const dmarcResults = ['pass', 'fail', 'none', 'temperror'] as const

/** DMARC over what SPF and DKIM found (RFC 7489, RFC 9989). Rejects on what mailauth did not foresee. */
export async function checkDmarc(
  spf: SpfFinding,
  dkim: readonly DkimFinding[],
  authors: Authors,
  dns: DnsBridge,
): Promise<DmarcVerdict> {
  const { response, dkimAligned, reason, authorDomains } = await evaluateDmarc({
    headerFrom: [...authors.addresses],
    fromFields: authors.fields,
    spfDomains: spf.result === 'pass' ? [spf.domain] : [],
    dkimDomains: dkim
      .filter((signature) => signature.result === 'pass')
      .map(({ domain, unsignedBytes }) => ({ domain, underSized: unsignedBytes })),
    resolver: dns.resolve,
    strict: true,
  })
  const nothing = { policy: null, policyDomain: '', override: null } as const
  if (response === false) {
    const because = `${reason ?? 'no author domain'} ${(authorDomains ?? []).slice(0, 4).join(' ')}`.trim()
    return {
      finding: { ...nothing, result: 'permerror', domain: '', because },
      aligned: null,
      record: '',
      organization: '',
    }
  }
  const { status, error = '', rr = '', policyDomain = '', testMode } = response
  return {
    finding: {
      result: dmarcResults.find((result) => result === status.result) ?? 'permerror',
      policy: toPolicy(response.policy),
      domain: (status.header?.from ?? response.domain).toLowerCase(),
      policyDomain,
      override: testMode === true && status.result === 'fail' ? 'policy_test_mode' : null,
      because: error,
    },
    aligned: dkimAligned ?? null,
    record: rr,
    organization: response.domain.toLowerCase(),
  }
}
