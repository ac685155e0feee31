// SPDX-License-Identifier: Apache-2.0
/** SMTP replies (RFC 5321 §4.2) with enhanced status codes (RFC 3463, RFC 7372). */

export type ReplyClass = 2 | 4 | 5

export interface Reply {
  readonly code: number
  readonly enhanced: `${ReplyClass}.${number}.${number}`
  /** Shown to the client; carries no configuration detail. One line, printable. */
  readonly text: string
}

/** Soft limit of a reply line on the wire, CRLF included (RFC 5321 §4.5.3.1.5). */
const maxReplyLine = 512

/** "550 5.1.1 text", cut to what one reply line may hold, control characters replaced. */
export function printReply(reply: Reply): string {
  return `${reply.code} ${reply.enhanced} ${reply.text}`.replace(/[^\x20-\x7e]/g, '?').slice(0, maxReplyLine - 2)
}

export function isTemporary(reply: Reply): boolean {
  return reply.code >= 400 && reply.code < 500
}

export function isPermanent(reply: Reply): boolean {
  return reply.code >= 500
}

export function isPositive(reply: Reply): boolean {
  return reply.code < 400
}
