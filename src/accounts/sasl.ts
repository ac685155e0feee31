// SPDX-License-Identifier: Apache-2.0
/** Who may prove themselves how (RFC 4422), and the one question that every door asks. */
import type { Identity } from '../core/session.ts'

export interface Credentials {
  readonly mechanism: string
  /** An account's name or one of its addresses, as typed. */
  readonly username: string
  readonly password: string
  readonly ip: string
}

/** bad: wrong name or password, which is not told apart. throttled, tempfail: not judged, try again later. */
export type LoginRefusal = 'bad' | 'throttled' | 'tempfail'

export type LoginOutcome =
  | { readonly account: string; readonly identity: Identity }
  | { readonly refused: LoginRefusal }

/** Never throws. */
export type Authenticate = (credentials: Credentials) => Promise<LoginOutcome>

/** What a door offers: passwords travel in clear inside these mechanisms, so only under TLS (RFC 4954 §4, RFC 9051 §6.2.2). */
export function offeredMechanisms(isEncrypted: boolean, allowPlaintext: boolean): readonly string[] {
  return isEncrypted || allowPlaintext ? ['PLAIN', 'LOGIN'] : []
}
