// SPDX-License-Identifier: Apache-2.0
/** What the checks found, before it is told as a report, a header field or evidence. */
import type { AuthResult } from '../core/auth.ts'

export interface SpfFinding {
  readonly result: AuthResult
  /** The domain whose policy was asked; "" where there was none to ask. */
  readonly domain: string
  /** Which identity was checked (RFC 7208 §2.3, §2.4). */
  readonly identity: 'mailfrom' | 'helo'
  readonly because: string
}

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
  readonly because: string
}

export type DmarcPolicy = 'none' | 'quarantine' | 'reject'

export interface DmarcFinding {
  readonly result: AuthResult
  readonly policy: DmarcPolicy | null
  /** Author domain; "" where there is not exactly one. */
  readonly domain: string
  /** A trusted sealer saw it pass before it was forwarded (RFC 8617 §7.2.1). */
  readonly arcOverride: boolean
  readonly because: string
}

export interface Findings {
  readonly spf: SpfFinding
  /** null where the HELO name was not checked on its own. */
  readonly heloSpf: SpfFinding | null
  readonly dkim: readonly DkimFinding[]
  readonly arc: ArcFinding
  readonly dmarc: DmarcFinding
  /** The client's confirmed reverse name; null where it has none (RFC 8601 §2.7.3). */
  readonly iprev: string | null
}
