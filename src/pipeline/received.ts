// SPDX-License-Identifier: Apache-2.0
/** The trace field we add to every message (RFC 5321 §4.4), and the loop check that reads those of others. */
import { printAddress } from '../core/address.ts'
import type { HeaderEdit } from '../core/message.ts'
import type { Session } from '../core/session.ts'
import type { Transaction } from './way.ts'

/** RFC 5321 §6.3: at least 100 should be allowed for; Postfix's hopcount_limit is 50. */
export const maxHops = 50

/** A Received field's begin, in lower case. */
const field = '\nreceived:'

export function receivedField(transaction: Transaction, hostname: string, now: number): HeaderEdit {
  const { session, recipients, id } = transaction
  const { client, helo, tls } = session
  const name = client.ptr.kind === 'confirmed' ? client.ptr.name : 'unknown'
  const address = client.ip.includes(':') ? `IPv6:${client.ip}` : client.ip
  const only = recipients.length === 1 ? recipients[0] : undefined
  const lines = [
    `from ${safe(helo?.name ?? 'unknown')} (${safe(name)} [${address}])`,
    ...(tls === null ? [] : [`(using ${safe(tls.protocol)} with cipher ${safe(tls.cipher)})`]),
    `by ${hostname} (Postern) with ${protocolOf(session)} id ${id}`,
    ...(only === undefined ? [] : [`for <${printAddress(only.address).replace(/[^\x21-\x7e]/g, '?')}>`]),
  ]
  return { op: 'prepend', name: 'Received', value: `${lines.join('\r\n\t')};\r\n\t${mailDate(now)}` }
}

/** RFC 3848: E for EHLO, S for TLS, A for authenticated. */
function protocolOf(session: Session): string {
  const base = session.role === 'lmtp' ? 'LMTP' : session.helo?.verb === 'EHLO' ? 'ESMTP' : 'SMTP'
  return base === 'SMTP' ? base : `${base}${session.tls === null ? '' : 'S'}${session.identity === null ? '' : 'A'}`
}

/** What a stranger said, made harmless inside a structured field. */
function safe(text: string): string {
  return text.replace(/[^\x21-\x7e]|[()<>\\;]/g, '?').slice(0, 255)
}

/** RFC 5322 §3.3, in UTC. */
export function mailDate(now: number): string {
  return new Date(now).toUTCString().replace('GMT', '+0000')
}

/** True when the header section already holds more Received fields than a message that gets anywhere. */
export function isLooping(raw: Uint8Array): boolean {
  const looked = Buffer.from(raw.buffer, raw.byteOffset, Math.min(raw.byteLength, 1 << 18))
  const end = looked.indexOf('\r\n\r\n')
  // A search in lower case is much faster than a pattern without regard to case.
  const lines = `\n${looked.toString('latin1', 0, end < 0 ? looked.length : end).toLowerCase()}`
  let hops = 0
  for (let at = lines.indexOf(field); at >= 0; at = lines.indexOf(field, at + field.length)) hops++
  return hops > maxHops
}
