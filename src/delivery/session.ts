// SPDX-License-Identifier: Apache-2.0
/** What a courier needs of an SMTP or LMTP client, whoever makes it. */
import type { Blob } from '../core/message.ts'

/** none: never; may: where offered, unverified (RFC 7435); encrypt: or not at all; verify: with a valid certificate. */
export type TlsMode = 'none' | 'may' | 'encrypt' | 'verify'

export interface Target {
  readonly lmtp: boolean
  /** The name for the log and the certificate. */
  readonly host: string
  /** IP address, or a name that only the system knows; the path of a Unix socket when port is 0. */
  readonly address: string
  readonly port: number
  readonly tls: TlsMode
  /** What else its certificate must meet (DANE); null: nothing. */
  readonly pin: CertificatePin | null
  /** For its AUTH; never said in clear but to loopback. */
  readonly credentials: Credentials | null
}

/** A demand on a certificate that takes the place of a trusted signer. */
export interface CertificatePin {
  /** Sessions with the same id may be used for one another. */
  readonly id: string
  /** What is wrong with the certificate (DER); null: nothing. */
  readonly problem: (certificate: Uint8Array) => string | null
}

/** Milliseconds (RFC 5321 §4.5.3.2 allows 2 to 10 minutes; a client that waits in-line has less patience). */
export interface StepLimits {
  /** Connection, greeting and TLS, each. */
  readonly connectMs: number
  /** EHLO, MAIL, RCPT, DATA, each. */
  readonly commandMs: number
  /** From DATA to the final dot. */
  readonly transferMs: number
  /** From the final dot to the answer. */
  readonly finalMs: number
}

export interface Credentials {
  readonly user: string
  readonly pass: string
}

export interface SessionOptions {
  readonly ehloName: string
  readonly limits: StepLimits
  /** PEM of the authorities that are trusted in place of the usual ones; null: those. */
  readonly ca: string | null
}

export interface OutgoingRecipient {
  readonly address: string
  /** Parameters of RCPT TO, such as "NOTIFY=NEVER"; "" for none. */
  readonly parameters: string
}

export interface OutgoingMessage {
  /** "" is the null reverse-path. */
  readonly reversePath: string
  readonly recipients: readonly OutgoingRecipient[]
  readonly blob: Blob
  readonly eightBit: boolean
  /** Its header section, or an address, is not ASCII (RFC 6531 §3.4). */
  readonly smtpUtf8: boolean
  readonly requireTls: boolean
  /** Sent when the peer offers DSN (RFC 3461 §4.3, 4.4). */
  readonly ret: 'FULL' | 'HDRS' | null
  readonly envid: string | null
  /** Said before MAIL FROM: who the client was (origin.ts). */
  readonly preamble: readonly string[]
}

/** Every reply of one transaction as it came, lines joined by "\n"; null where none came. */
export interface Exchange {
  readonly mail: string | null
  /** In the order of the recipients. */
  readonly rcpt: readonly (string | null)[]
  readonly data: string | null
  /** To the final dot: one for SMTP, one for each accepted recipient for LMTP (RFC 2033 §4.2). */
  readonly end: readonly (string | null)[]
  /** What went wrong with the connection; null when the replies tell all. */
  readonly trouble: string | null
}

/** One connection that has greeted. */
export interface Session {
  readonly secure: boolean
  /** False once the connection is closed, or not in a state to be used again. */
  readonly usable: boolean
  /** EHLO keywords in upper case with their arguments. */
  readonly offers: ReadonlyMap<string, string>
  /** The name by which the peer greets us after EHLO, lower case. */
  readonly peerName: string
  /** Resolves whatever happens. */
  send(message: OutgoingMessage): Promise<Exchange>
  /** MAIL and RCPT without a message, then RSET; resolves whatever happens. */
  probe(reversePath: string, recipients: readonly string[]): Promise<Exchange>
  /** Says QUIT and closes. */
  quit(): void
  /** At once. */
  close(): void
}

/** Thrown when no session came about. */
export class NoSession extends Error {
  override readonly name = 'NoSession'
  readonly step: 'connect' | 'tls' | 'greeting' | 'auth'
  /** What the peer said; null when it did not say anything. */
  readonly reply: string | null

  constructor(step: NoSession['step'], reply: string | null, message: string) {
    super(message)
    this.step = step
    this.reply = reply
  }
}

export type OpenSession = (target: Target, options: SessionOptions, signal: AbortSignal) => Promise<Session>

/** Keywords of an EHLO reply (RFC 5321 §4.1.1.1); its first line is the host's name. */
export function parseOffers(reply: string): ReadonlyMap<string, string> {
  const offers = new Map<string, string>()
  for (const line of reply.split('\n').slice(1)) {
    const text = line.slice(4).trim()
    const space = text.indexOf(' ')
    const keyword = (space < 0 ? text : text.slice(0, space)).toUpperCase()
    if (keyword !== '') offers.set(keyword, space < 0 ? '' : text.slice(space + 1).trim())
  }
  return offers
}
