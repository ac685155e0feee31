// SPDX-License-Identifier: Apache-2.0
/** The text of the policy delegation protocol: attributes of one command out, an action in. */
import type { Subject } from './subject.ts'

/** A line "name=value" each and an empty line at the end; what a stranger wrote cannot begin a line of its own. */
export function printRequest(subject: Subject, context: string): string {
  const { facts, sender, recipient } = subject
  const { session } = facts
  const peer = session.tls?.peer ?? null
  // The names in a certificate that nobody vouches for are its holder's own words.
  const trusted = peer?.isTrusted === true ? peer : null
  const counts = subject.command === 'DATA' || subject.command === 'END-OF-MESSAGE'
  const attributes: Readonly<Record<string, string | number | undefined>> = {
    request: 'smtpd_access_policy',
    protocol_state: subject.command,
    protocol_name: session.helo === null || session.helo.verb === 'EHLO' ? 'ESMTP' : 'SMTP',
    client_address: subject.ip,
    client_name: subject.clientName,
    client_port: session.client.port,
    reverse_client_name: subject.reverseName,
    server_address: session.local.ip,
    server_port: session.local.port,
    helo_name: subject.helo ?? '',
    sender: sender === undefined ? '' : subject.senderText,
    recipient: recipient === null ? '' : subject.recipientText,
    recipient_count: counts ? (facts.recipientCount ?? 0) : 0,
    queue_id: counts ? (facts.instance ?? '') : '',
    instance: facts.instance ?? session.id,
    size: facts.sizeBytes ?? 0,
    etrn_domain: facts.etrnDomain ?? '',
    stress: '',
    sasl_method: session.identity?.mechanism ?? '',
    sasl_username: session.identity?.account ?? '',
    sasl_sender: '',
    ccert_subject: xtext(trusted?.subject ?? ''),
    ccert_issuer: xtext(trusted?.issuer ?? ''),
    ccert_fingerprint: peer?.fingerprint ?? '',
    ccert_pubkey_fingerprint: peer?.publicKeyFingerprint ?? '',
    encryption_protocol: session.tls?.protocol ?? '',
    encryption_cipher: session.tls?.cipher ?? '',
    encryption_keysize: 0,
    policy_context: context,
  }
  const lines = Object.entries(attributes).map(
    ([name, value]) => `${name}=${String(value).replace(/[\r\n\0]/g, '?')}\n`,
  )
  return `${lines.join('')}\n`
}

/** RFC 3461 §4, of the UTF-8 octets. */
function xtext(text: string): string {
  const octets = Buffer.from(text).toString('latin1')
  return octets.replace(
    /[^!-*,-<>-~]/g,
    (octet) => `+${octet.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  )
}

/** The action of a reply; null when it has none, empty when it says nothing. */
export function parseReply(text: string): string | null {
  const line = text.split('\n').find((attribute) => attribute.startsWith('action='))
  return line === undefined ? null : line.slice('action='.length).trim()
}
