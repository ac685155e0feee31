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
  readonly spf: { readonly result: AuthResult; readonly domain: Domain | null; readonly because: string }
  readonly dkim: readonly DkimResult[]
  readonly arc: { readonly result: AuthResult; readonly sealers: readonly Domain[] }
  readonly dmarc: {
    readonly result: AuthResult
    readonly policy: 'none' | 'quarantine' | 'reject' | null
    readonly domain: Domain | null
  }
  /** The value of our Authentication-Results field, without its name, folded with CRLF and tabs. */
  readonly header: string
}
