// SPDX-License-Identifier: Apache-2.0
/** What the checks found, before it is told as a report, a header field or evidence. */
import type { AuthResult } from '../core/auth.ts'
import type { SpfOutcome } from './spf.ts'

export type SpfFinding = SpfOutcome

export interface DkimFinding {
  readonly result: AuthResult
  readonly domain: string
  readonly selector: string
  readonly algorithm: string
  /** First characters of b=, by which RFC 6008 tells signatures apart. */
  readonly signature: string
  readonly aligned: boolean
  /** The key's owner is still testing (t=y, RFC 6376 §3.6.1). */
  readonly testing: boolean
  /** Of the key; null where none was read. */
  readonly keyBits: number | null
  /** Body bytes that l= leaves unsigned. */
  readonly unsignedBytes: number
  readonly because: string
}

export interface ArcFinding {
  readonly result: AuthResult
  /** Of every seal, oldest first. */
  readonly sealers: readonly string[]
  /** Domains for which set i's Authentication-Results say dmarc=pass, by instance, oldest first. */
  readonly passedFor: readonly (string | null)[]
  /** The newest message signature covers the From field; without it a whole chain vouches for nobody. */
  readonly coversAuthor: boolean
  /** Highest instance of a seal; 0 where there is none. */
  readonly highest: number
  /** The newest seal says cv=fail: nobody may add to such a chain (RFC 8617 §5.1). */
  readonly closed: boolean
  readonly because: string
}

export type DmarcPolicy = 'none' | 'quarantine' | 'reject'

/** Why less was done than the owner's p= asks (RFC 7489 §7.2, RFC 9990). */
export type DmarcOverride = 'trusted_forwarder' | 'sampled_out' | 'policy_test_mode'

export interface DmarcFinding {
  readonly result: AuthResult
  readonly policy: DmarcPolicy | null
  /** Author domain; "" where there is not exactly one. */
  readonly domain: string
  /** Where the record was found: of the author domain, its organizational domain or a public suffix; "" for none. */
  readonly policyDomain: string
  /** What is to be done less, and why; null where nothing is. A trusted sealer saw it pass: RFC 8617 §7.2.1. */
  readonly override: DmarcOverride | null
  readonly because: string
}

/** Where a brand's picture is said to be; nothing is fetched. */
export interface BimiFinding {
  readonly result: 'pass' | 'none' | 'skipped' | 'declined' | 'temperror' | 'permerror'
  readonly domain: string
  /** l= and a=: URLs of the picture and of the certificate; "" where there is none. */
  readonly location: string
  readonly authority: string
}

export interface Findings {
  readonly spf: SpfFinding
  /** null where the HELO name was not checked on its own. */
  readonly heloSpf: SpfFinding | null
  readonly dkim: readonly DkimFinding[]
  readonly arc: ArcFinding
  readonly dmarc: DmarcFinding
  /** Does the client's reverse name lead back to it (RFC 8601 §2.7.3); null where nobody asked. */
  readonly iprev: { readonly result: 'pass' | 'fail' | 'temperror' | 'permerror'; readonly name: string } | null
  /** null where it was not looked up. */
  readonly bimi: BimiFinding | null
}
