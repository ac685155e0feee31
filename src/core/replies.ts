// SPDX-License-Identifier: Apache-2.0
/** Every reply that Postern itself composes outside the restriction lists, by name. */
import type { Reply } from './reply.ts'

const reply = (code: number, enhanced: Reply['enhanced'], text: string): Reply => ({ code, enhanced, text })

export const replies = {
  ok: reply(250, '2.0.0', 'Ok'),
  senderOk: reply(250, '2.1.0', 'Ok'),
  recipientOk: reply(250, '2.1.5', 'Ok'),
  localError: reply(451, '4.3.0', 'Requested action aborted: local error in processing'),
  timeout: reply(451, '4.3.0', 'Message could not be examined in time, please try again later'),
  busy: reply(452, '4.3.1', 'Insufficient system storage, please try again later'),
  shuttingDown: reply(421, '4.3.2', 'Service shutting down'),
  tooManyConnections: reply(421, '4.7.0', 'Too many connections from your address'),
  tooManyErrors: reply(421, '4.7.0', 'Too many errors'),
  tooManyMessages: reply(421, '4.7.0', 'Too many messages in one connection'),
  badSender: reply(501, '5.1.7', 'Bad sender address syntax'),
  badRecipient: reply(501, '5.1.3', 'Bad recipient address syntax'),
  badParameter: reply(501, '5.5.4', 'Bad command parameter syntax'),
  /** RFC 5321 §4.1.1.11. */
  unknownParameter: reply(555, '5.5.4', 'Unsupported option'),
  authRequired: reply(530, '5.7.0', 'Authentication required'),
  authFailed: reply(535, '5.7.8', 'Authentication credentials invalid'),
  authUnavailable: reply(454, '4.7.0', 'Temporary authentication failure'),
  notYours: reply(553, '5.7.1', 'Sender address rejected: not owned by the authenticated user'),
  /** RFC 1870 §6.3. */
  tooLarge: reply(552, '5.3.4', 'Message size exceeds fixed limit'),
  tooManyRecipients: reply(452, '4.5.3', 'Too many recipients'),
  /** RFC 5321 §4.5.3.1.10. */
  sendSeparately: reply(452, '4.5.3', 'Send to this recipient in a separate transaction'),
  bareNewline: reply(550, '5.5.2', 'Message holds bare CR or LF; lines must end in CRLF'),
  /** RFC 5321 §6.3. */
  loop: reply(554, '5.4.6', 'Too many hops: mail forwarding loop'),
  /** RFC 1985 §5.3. */
  etrnQueued: reply(250, '2.0.0', 'Queuing started'),
  etrnUnavailable: reply(459, '4.7.0', 'Service unavailable for this domain'),
  inTransaction: reply(503, '5.5.1', 'Mail transaction in progress'),
  noRoute: reply(550, '5.7.1', 'Relay access denied'),
} as const satisfies Record<string, Reply>
