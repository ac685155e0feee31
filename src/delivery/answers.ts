// SPDX-License-Identifier: Apache-2.0
/** What peers say → outcomes. Pure. */
import type { DeliveryOutcome } from '../core/delivery.ts'
import type { Reply } from '../core/reply.ts'
import type { Exchange } from './session.ts'

/** What is kept of a peer's text. */
const maxText = 400

/**
 * A peer's reply, lines joined. Its enhanced status is believed only where it agrees with the code (RFC 2034 §4);
 * what is no reply at all is a temporary failure of the protocol.
 */
export function readReply(text: string): Reply {
  const lines = text.split('\n')
  const code = Number(/^[2-5]\d\d(?!\d)/.exec(lines[0] ?? '')?.[0] ?? 0)
  const digit = Math.floor(code / 100)
  if (digit !== 2 && digit !== 4 && digit !== 5) {
    return { code: 451, enhanced: '4.5.0', text: 'The next hop answered something that is not a reply' }
  }
  const enhanced = /^([245]\.\d{1,3}\.\d{1,3})(?= |$)/
  const first = lines[0]?.slice(4) ?? ''
  const stated = enhanced.exec(first)?.[1]
  const words = lines.map((line) => line.slice(4).replace(enhanced, '').trim()).join(' ')
  return {
    code,
    enhanced: (stated?.startsWith(String(digit)) ? stated : `${digit}.0.0`) as Reply['enhanced'],
    text: words.replace(/[\x00-\x1f\x7f]+/g, ' ').slice(0, maxText),
  }
}

/** An outcome of ours, not of the peer's. */
export function verdictOf(
  code: number,
  enhanced: `${4 | 5}.${number}.${number}`,
  text: string,
  to: string,
): DeliveryOutcome {
  return { kind: code < 500 ? 'deferred' : 'bounced', reply: { code, enhanced, text }, to }
}

/** A refusal in a peer's words: 4xx is tried again, 5xx is not. */
export function refused(text: string, to: string): DeliveryOutcome {
  const reply = readReply(text)
  if (reply.code >= 500) return { kind: 'bounced', reply, to }
  if (reply.code >= 400) return { kind: 'deferred', reply, to }
  return verdictOf(451, '4.5.0', 'The next hop answered out of turn', to)
}

/** RFC 5321 §4.5.3.1.10: a 552 to RCPT means too many recipients, which is temporary. */
function refusedRecipient(text: string, to: string): DeliveryOutcome {
  const outcome = refused(text, to)
  if (outcome.kind !== 'bounced' || outcome.reply.code !== 552) return outcome
  return { kind: 'deferred', reply: { ...outcome.reply, code: 452, enhanced: '4.5.3' }, to }
}

function isPositive(reply: string): boolean {
  return reply.startsWith('2') || reply.startsWith('3')
}

/** How an exchange that broke off ended for those of whom nothing was said. */
function broken(exchange: Exchange, step: string, to: string): DeliveryOutcome {
  const closing = [exchange.mail, ...exchange.rcpt, exchange.data, ...exchange.end].find((r) => r?.startsWith('421'))
  if (closing !== undefined && closing !== null) return refused(closing, to)
  return verdictOf(451, '4.4.2', `The connection to the next hop was lost ${step}`, to)
}

/** One outcome for each recipient, in their order. */
export function outcomesOf(
  exchange: Exchange,
  how: { readonly lmtp: boolean; readonly to: string; readonly dsnPassedOn: boolean },
): DeliveryOutcome[] {
  const { to } = how
  const { mail, data } = exchange
  let accepted = 0
  return exchange.rcpt.map((rcpt): DeliveryOutcome => {
    if (mail === null) return broken(exchange, 'before the message was offered', to)
    if (!isPositive(mail)) return refused(mail, to)
    if (rcpt === null) return broken(exchange, 'before the recipient was answered', to)
    if (!isPositive(rcpt)) return refusedRecipient(rcpt, to)
    const turn = how.lmtp ? accepted++ : 0
    if (data === null) return broken(exchange, 'before the message was sent', to)
    if (!isPositive(data)) return refused(data, to)
    const end = exchange.end[turn] ?? null
    if (end === null) return broken(exchange, 'before the message was answered', to)
    const reply = readReply(end)
    return reply.code < 300 ? { kind: 'delivered', reply, to, dsnPassedOn: how.dsnPassedOn } : refused(end, to)
  })
}

/** True when the peer may have the message for the nth recipient: another host must not be given it then. */
export function maybeTaken(exchange: Exchange, n: number): boolean {
  return exchange.end.length > 0 && isPositive(exchange.rcpt[n] ?? '')
}
