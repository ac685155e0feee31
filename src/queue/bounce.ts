// SPDX-License-Identifier: Apache-2.0
/** Writes delivery status notifications (RFC 3461–3464, 6533). Pure: bytes of a message in, bytes of a message out. */
import { type Address, printAddress } from '../core/address.ts'
import type { EpochMs, QueueId } from '../core/brand.ts'
import type { Recipient } from '../core/envelope.ts'
import { printReply, type Reply } from '../core/reply.ts'
import { formatDate } from '../message/dates.ts'

export type DsnAction = 'failed' | 'delayed' | 'delivered' | 'relayed'

export interface DsnRecipient {
  readonly recipient: Recipient
  /** The last thing that was said about it. */
  readonly reply: Reply
  /** Who said it: the host as the courier named it; "" when we did ourselves. */
  readonly remote: string
}

export interface Dsn {
  /** Of the notification itself. */
  readonly id: QueueId
  readonly action: DsnAction
  readonly hostname: string
  readonly now: EpochMs
  readonly to: Address
  readonly recipients: readonly DsnRecipient[]
  readonly originalId: QueueId
  readonly arrivedAt: EpochMs
  /** When we give up; delayed only. */
  readonly retryUntil: EpochMs | null
  readonly envid: string | null
  /** What is returned of the message: the whole of it, or its header section. */
  readonly returns: 'full' | 'headers'
  readonly original: Uint8Array
}

/** A header section longer than this is cut at the line before. */
export const maxHeaderBytes = 64 * 1024

const titles: Readonly<Record<DsnAction, string>> = {
  failed: 'Undelivered mail returned to sender',
  delayed: 'Your message is delayed',
  delivered: 'Your message was delivered',
  relayed: 'Your message was passed on',
}

const stories: Readonly<Record<DsnAction, readonly string[]>> = {
  failed: ['Your message could not be delivered to the recipients below,', 'and no further attempt will be made.'],
  delayed: [
    'Your message has not been delivered yet to the recipients below.',
    'You need not send it again: delivery is still being tried.',
  ],
  delivered: ['Your message was delivered to the recipients below.'],
  relayed: [
    'Your message was passed on for the recipients below, to a system',
    'that does not tell of its further way.',
  ],
}

function isAscii(text: string): boolean {
  return /^[\x00-\x7f]*$/.test(text)
}

/** Nothing that a peer said may break a line of the notice. */
function clean(text: string): string {
  return text.replace(/[\x00-\x1f\x7f]+/g, ' ').trim()
}

/** RFC 6533 §3: utf-8 addresses stand as they are in a global notice. */
function typedAddress(text: string): string {
  return `${isAscii(text) ? 'rfc822' : 'utf-8'}; ${clean(text)}`
}

function headerSection(original: Uint8Array): Uint8Array {
  const bytes = Buffer.from(original.buffer, original.byteOffset, original.byteLength)
  const end = bytes.indexOf('\r\n\r\n')
  const header = end < 0 ? bytes : bytes.subarray(0, end + 2)
  if (header.length <= maxHeaderBytes) return header
  return header.subarray(0, header.lastIndexOf('\n', maxHeaderBytes) + 1)
}

function statusFields(dsn: Dsn): string[] {
  const message = [
    ...(dsn.envid === null ? [] : [`Original-Envelope-Id: ${clean(dsn.envid)}`]),
    `Reporting-MTA: dns; ${dsn.hostname}`,
    `X-Postern-Queue-Id: ${dsn.originalId}`,
    `Arrival-Date: ${formatDate(dsn.arrivedAt)}`,
  ]
  return [message, ...dsn.recipients.map((about) => recipientFields(dsn, about))].flatMap((group) => [...group, ''])
}

/** "mx.example.org[192.0.2.1]:25", as couriers name hosts; a mailbox, a socket or a program is none. */
function isHost(remote: string): boolean {
  return /^[^[\]/:]+(?:\[|$)/.test(remote)
}

function recipientFields(dsn: Dsn, { recipient, reply, remote }: DsnRecipient): string[] {
  const final = printAddress(recipient.address)
  const original = recipient.original === '' ? final : recipient.original
  return [
    `Original-Recipient: ${original.includes(';') ? clean(original) : typedAddress(original)}`,
    `Final-Recipient: ${typedAddress(final)}`,
    `Action: ${dsn.action}`,
    `Status: ${reply.enhanced}`,
    ...(isHost(remote) ? [`Remote-MTA: dns; ${clean(remote.replace(/\[.*$/, ''))}`] : []),
    `Diagnostic-Code: smtp; ${printReply(reply)}`,
    `Last-Attempt-Date: ${formatDate(dsn.now)}`,
    ...(dsn.retryUntil === null ? [] : [`Will-Retry-Until: ${formatDate(dsn.retryUntil)}`]),
  ]
}

function story(dsn: Dsn): string[] {
  return [
    `This is the mail system at ${dsn.hostname}.`,
    '',
    ...stories[dsn.action],
    '',
    ...dsn.recipients.flatMap(({ recipient, reply, remote }) => [
      `<${clean(printAddress(recipient.address))}>:`,
      `    ${remote === '' ? '' : `${clean(remote)} said: `}${printReply(reply)}`,
      '',
    ]),
    ...(dsn.retryUntil === null ? [] : [`It will be tried until ${formatDate(dsn.retryUntil)}.`, '']),
  ]
}

/** A delimiter that stands nowhere in the returned message. */
function boundaryFor(dsn: Dsn, returned: Uint8Array): string {
  const bytes = Buffer.from(returned.buffer, returned.byteOffset, returned.byteLength)
  for (let n = 0; ; n++) {
    const boundary = `=_${dsn.id}.${n}`
    if (!bytes.includes(boundary)) return boundary
  }
}

/** The notification as a whole message, CRLF line ends (RFC 3462 multipart/report). */
export function composeDsn(dsn: Dsn): Uint8Array {
  const whole = dsn.returns === 'full'
  const returned = whole ? dsn.original : headerSection(dsn.original)
  const status = statusFields(dsn).join('\r\n')
  const text = story(dsn).join('\r\n')
  const to = printAddress(dsn.to)
  const global = !isAscii(status) || !isAscii(to)
  const boundary = boundaryFor(dsn, returned)
  const returnedType = global
    ? `message/global${whole ? '' : '-headers'}`
    : whole
      ? 'message/rfc822'
      : 'text/rfc822-headers'
  const head = [
    `From: Mail Delivery System <MAILER-DAEMON@${dsn.hostname}>`,
    `To: <${clean(to)}>`,
    `Subject: ${titles[dsn.action]}`,
    `Date: ${formatDate(dsn.now)}`,
    `Message-ID: <${dsn.id}@${dsn.hostname}>`,
    'Auto-Submitted: auto-replied',
    'MIME-Version: 1.0',
    `Content-Type: multipart/report; report-type=${global ? 'global-' : ''}delivery-status;`,
    `\tboundary="${boundary}"`,
    'Content-Transfer-Encoding: 8bit',
    '',
    `--${boundary}`,
    'Content-Type: text/plain; charset=utf-8',
    'Content-Transfer-Encoding: 8bit',
    '',
    text,
    `--${boundary}`,
    `Content-Type: message/${global ? 'global-' : ''}delivery-status`,
    ...(global ? ['Content-Transfer-Encoding: 8bit'] : []),
    '',
    status,
    `--${boundary}`,
    `Content-Type: ${returnedType}`,
    'Content-Transfer-Encoding: 8bit',
    '',
    '',
  ]
  return Buffer.concat([Buffer.from(head.join('\r\n')), returned, Buffer.from(`\r\n--${boundary}--\r\n`)])
}
