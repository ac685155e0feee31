// SPDX-License-Identifier: Apache-2.0
import type { Domain } from './brand.ts'

/** Results as RFC 8601 §2.7 names them. */
export type AuthResult = 'pass' | 'fail' | 'softfail' | 'neutral' | 'none' | 'policy' | 'temperror' | 'permerror'

export interface DkimResult {
  readonly result: AuthResult
  readonly domain: Domain
  readonly selector: string
  /** Signing domain aligned with the author's (RFC 7489 §3.1.1). */
  readonly aligned: boolean
}

/** Who really sent it (RFC 8601 "message authentication"). */
export interface AuthReport {
  readonly spf: {
    readonly result: AuthResult
    readonly domain: Domain | null
    readonly because: string
    /** What the domain's owner wants a refusal to say (RFC 7208 §6.2); a stranger's words. */
    readonly explanation?: string
  }
  readonly dkim: readonly DkimResult[]
  readonly arc: {
    readonly result: AuthResult
    readonly sealers: readonly Domain[]
    /** Highest instance of a seal, and whether it closes the chain: what sealing the message needs to know. */
    readonly highest?: number
    readonly closed?: boolean
  }
  readonly dmarc: {
    readonly result: AuthResult
    readonly policy: 'none' | 'quarantine' | 'reject' | null
    readonly domain: Domain | null
    /** Why less is done than p= asks (RFC 7489 §7.2, RFC 9990). */
    readonly override?: 'trusted_forwarder' | 'sampled_out' | 'policy_test_mode'
  }
  /** The value of our Authentication-Results field, without its name, folded with CRLF and tabs. */
  readonly header: string
  /** The value of our Received-SPF field (RFC 7208 §9.1); none where SPF was not checked. */
  readonly receivedSpf?: string
}

/** What a seal on the message says of how it came (RFC 8617 §5.1). */
export type SealFacts = Pick<AuthReport, 'arc' | 'header'>
