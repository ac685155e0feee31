// SPDX-License-Identifier: Apache-2.0
/** What a handshake has told: the cipher, and the certificate of the client where it was asked for one. */
import { createHash, X509Certificate } from 'node:crypto'
import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import type { ClientCertificate, FingerprintDigest, TlsFacts } from '../core/session.ts'

/** RFC 5280 appendix A.1: ub-common-name. */
const maxName = 64

/** How clients are asked for certificates. None is ever demanded: the restriction lists judge what is shown. */
export interface CertificateWish {
  /** Authorities in PEM form; empty: no certificate is trusted, though its fingerprint may be listed. */
  readonly authorities: string
  readonly digest: FingerprintDigest
}

/** null without TLS; wish null: the client was not asked. */
export function tlsFacts(socket: Socket | TLSSocket, wish: CertificateWish | null): TlsFacts | null {
  if (!('getCipher' in socket)) return null
  return {
    protocol: socket.getProtocol() ?? 'TLS',
    cipher: socket.getCipher().standardName,
    peer: wish === null ? null : certificateOf(socket, wish),
  }
}

function certificateOf(socket: TLSSocket, { authorities, digest }: CertificateWish): ClientCertificate | null {
  const { raw, subject, issuer } = socket.getPeerCertificate()
  if (raw === undefined) return null
  return {
    subject: firstName(subject?.CN),
    issuer: firstName(issuer?.CN),
    fingerprint: fingerprintOf(raw, digest),
    publicKeyFingerprint: publicKeyFingerprint(raw, digest),
    isTrusted: authorities !== '' && socket.authorized,
  }
}

/** A name may stand there several times, or not at all, whatever the types say. */
function firstName(name: string | readonly string[] | undefined): string {
  const first = (typeof name === 'string' ? name : name?.[0]) ?? ''
  return first.replace(/\p{C}/gu, '?').slice(0, maxName)
}

/** Upper-case hexadecimal with colons, as openssl prints it and Postfix looks it up. */
export function fingerprintOf(der: Uint8Array, digest: CertificateWish['digest']): string {
  const hex = createHash(digest).update(der).digest('hex').toUpperCase()
  return hex.replace(/..(?=.)/g, '$&:')
}

/** Of the SubjectPublicKeyInfo (RFC 5280 §4.1.2.7). A key of a kind that we cannot read has none. */
function publicKeyFingerprint(der: Uint8Array, digest: CertificateWish['digest']): string {
  try {
    return fingerprintOf(new X509Certificate(der).publicKey.export({ type: 'spki', format: 'der' }), digest)
  } catch {
    return ''
  }
}
