// SPDX-License-Identifier: Apache-2.0
import type { Address } from './address.ts'
import type { Domain, EpochMs, SessionId } from './brand.ts'

export type ListenerRole = 'mx' | 'submission' | 'lmtp'

/** Stranger: anyone. Network: in mynetworks. User: has authenticated. */
export type Trust = 'stranger' | 'network' | 'user'

/** The reverse name of a client, and whether it leads back to the address (RFC 8601 iprev). */
export type Ptr =
  | { readonly kind: 'confirmed'; readonly name: Domain }
  | { readonly kind: 'unconfirmed'; readonly claimed: Domain; readonly because: 'mismatch' | 'no-address' | 'tempfail' }
  | { readonly kind: 'absent' }
  | { readonly kind: 'tempfail' }

/** Who somebody has proven to be. */
export interface Identity {
  readonly account: string
  readonly mechanism: string
  readonly maySendAs: readonly Address[]
}

export interface TlsFacts {
  readonly protocol: string
  readonly cipher: string
  /** null when the client has shown no certificate. */
  readonly peer: ClientCertificate | null
}

/** What fingerprints of certificates are made with. */
export const fingerprintDigests = ['sha256', 'sha384', 'sha512', 'sha1', 'md5'] as const
export type FingerprintDigest = (typeof fingerprintDigests)[number]

/** The certificate that a client has shown; that it holds the key, TLS has proven. */
export interface ClientCertificate {
  /** Common names of subject and issuer; empty where there is none. */
  readonly subject: string
  readonly issuer: string
  /** "AB:CD:…" by tls.fingerprint_digest: of the certificate, and of its public key; empty where it cannot be read. */
  readonly fingerprint: string
  readonly publicKeyFingerprint: string
  /** It leads to an authority of tls.client_ca, and is valid now. */
  readonly isTrusted: boolean
}

/** What is known about one connection, frozen at a moment. */
export interface Session {
  readonly id: SessionId
  readonly role: ListenerRole
  readonly client: { readonly ip: string; readonly port: number; readonly ptr: Ptr }
  readonly local: { readonly ip: string; readonly port: number }
  readonly tls: TlsFacts | null
  readonly helo: { readonly verb: 'HELO' | 'EHLO' | 'LHLO'; readonly name: string } | null
  readonly identity: Identity | null
  readonly trust: Trust
  /** The client has sent commands ahead of time where it may not (RFC 2920 §3.1). */
  readonly illegalPipelining?: boolean
  readonly openedAt: EpochMs
}

/** Postfix's name for a client whose reverse name is absent or unconfirmed. */
export function clientName(session: Session): string {
  return session.client.ptr.kind === 'confirmed' ? session.client.ptr.name : 'unknown'
}
