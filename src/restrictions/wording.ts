// SPDX-License-Identifier: Apache-2.0
/** From a refusal to the reply on the wire: codes that fit each other (RFC 3463, RFC 5321 §4.2). */
import type { Reply } from '../core/reply.ts'
import type { Refusal, ReplyClass } from './refusal.ts'

const dsnForm = /^[245]\.\d{1,3}\.\d{1,3}$/

/** What stands in an operator's text before its words: an enhanced code, or none. */
export function splitDsn(text: string, otherwise: string): { readonly dsn: string; readonly text: string } {
  const match = /^([245]\.\d{1,3}\.\d{1,3})(?:\s+(.*))?$/s.exec(text)
  if (match === null) return { dsn: otherwise, text }
  return { dsn: match[1] ?? otherwise, text: match[2] ?? '' }
}

/** x.1.N about a sender, for an N that was written about a recipient, and the other way round. */
const senderDetail: Readonly<Record<string, string>> = {
  1: '7',
  2: '8',
  3: '7',
  4: '7',
  5: '0',
  6: '7',
  7: '7',
  8: '8',
}
const recipientDetail: Readonly<Record<string, string>> = { 7: '3', 8: '2' }

/**
 * The same access table may serve clients, senders and recipients: an enhanced code about an address (x.1.N) is turned
 * into the one that says the same about what was really looked up (access(5), ENHANCED STATUS CODES).
 */
export function fixDsn(dsn: string, about: ReplyClass): string {
  const [first = '5', subject, detail = '0'] = dsn.split('.')
  if (subject !== '1') return dsn
  if (about === 'Sender address') return `${first}.1.${senderDetail[detail] ?? '0'}`
  if (about === 'Recipient address')
    return `${first}.1.${/^[1-6]$/.test(detail) ? detail : (recipientDetail[detail] ?? '0')}`
  return `${first}.0.0`
}

const unusable: Reply = { code: 450, enhanced: '4.7.1', text: 'Service unavailable' }

/** The reply; one that breaks the protocol becomes a plain 450. softBounce turns 5xx into 4xx. */
export function replyFor(refusal: Refusal, softBounce: boolean): Reply {
  if (refusal.code < 400 || refusal.code > 599 || !dsnForm.test(refusal.dsn)) return unusable
  const code = softBounce && refusal.code >= 500 ? refusal.code - 100 : refusal.code
  const enhanced = `${Math.floor(code / 100)}${refusal.dsn.slice(1)}` as Reply['enhanced']
  return { code, enhanced, text: refusal.text.replace(/[^\x20-\x7e]/g, '?') }
}
