// SPDX-License-Identifier: Apache-2.0
/** Mail that we write ourselves: plain notes and delivery status notifications (RFC 5322, 6522, 3464). */
import { type Address, printAddress } from '../core/address.ts'
import type { EpochMs } from '../core/brand.ts'
import { isAscii } from '../kit/bytes.ts'
import { formatDate } from './dates.ts'
import { cleanValue, printField } from './fold.ts'

const crlf = '\r\n'

export interface OwnMail {
  /** Printed as it is: 'Mail Delivery System <MAILER-DAEMON@host>'. */
  readonly from: string
  readonly to: string
  readonly subject: string
  readonly at: EpochMs
  /** Unique on this host: the left side of the Message-ID. */
  readonly id: string
  /** This host: the right side of the Message-ID. */
  readonly hostname: string
  /** Further fields in order, such as Auto-Submitted (RFC 3834) or In-Reply-To. */
  readonly fields: readonly (readonly [name: string, value: string])[]
}

export interface DsnRecipient {
  readonly final: Address
  /** ORCPT as the sender gave it ("rfc822;user@host"), or null. */
  readonly original: string | null
  readonly action: 'failed' | 'delayed' | 'delivered' | 'relayed' | 'expanded'
  /** "5.1.1" (RFC 3463). */
  readonly status: string
  /** The host that said so; null when we did. */
  readonly remoteMta: string | null
  /** Its words, one line: "550 5.1.1 no such user". */
  readonly diagnostic: string | null
  readonly lastAttemptAt: EpochMs | null
  readonly willRetryUntil: EpochMs | null
}

export interface Dsn {
  readonly mail: OwnMail
  /** What a person reads first. Lines end in LF or CRLF. */
  readonly text: string
  readonly reportingMta: string
  readonly envid: string | null
  readonly arrivedAt: EpochMs | null
  readonly recipients: readonly DsnRecipient[]
  /** The message itself, or its header section only. */
  readonly original: { readonly kind: 'full' | 'headers'; readonly bytes: Uint8Array } | null
}

/** A mail of one text part. */
export function composeText(mail: OwnMail, text: string): Buffer {
  const part = textPart(text)
  return Buffer.from(`${head(mail)}MIME-Version: 1.0${crlf}${part}`, 'latin1')
}

/** A delivery status notification: explanation, status fields, and the original or its headers (RFC 3464 §2). */
export function composeDsn(dsn: Dsn): Buffer {
  const status = deliveryStatus(dsn)
  const original = dsn.original === null ? null : Buffer.from(dsn.original.bytes)
  const human = textPart(dsn.text)
  const boundary = freeBoundary(dsn.mail.id, [human, status], original)
  const top =
    head(dsn.mail) +
    `MIME-Version: 1.0${crlf}` +
    printField('Content-Type', `multipart/report; report-type=delivery-status; boundary="${boundary}"`, crlf) +
    `${crlf}--${boundary}${crlf}${human}${crlf}--${boundary}${crlf}` +
    `Content-Type: message/delivery-status${crlf}${crlf}${status}`
  const end = `${crlf}--${boundary}--${crlf}`
  if (original === null || dsn.original === null) return Buffer.from(top + end, 'latin1')
  const type = dsn.original.kind === 'full' ? 'message/rfc822' : 'text/rfc822-headers'
  const encoding = original.some((byte) => byte > 0x7f) ? '8bit' : '7bit'
  const lead = `${crlf}--${boundary}${crlf}Content-Type: ${type}${crlf}Content-Transfer-Encoding: ${encoding}${crlf}${crlf}`
  return Buffer.concat([Buffer.from(top + lead, 'latin1'), original, Buffer.from(end, 'latin1')])
}

function head(mail: OwnMail): string {
  return [
    printField('From', mail.from, crlf),
    printField('To', mail.to, crlf),
    printField('Subject', mail.subject, crlf),
    printField('Date', formatDate(mail.at), crlf),
    printField('Message-ID', messageId(mail.id, mail.hostname), crlf),
    ...mail.fields.map(([name, value]) => printField(name, value, crlf)),
  ].join('')
}

/** "<left@right>" with nothing in it that RFC 5322 §3.6.4 would not allow. */
export function messageId(id: string, hostname: string): string {
  return `<${id.replace(/[^A-Za-z0-9._+=-]/g, '')}@${hostname.replace(/[^A-Za-z0-9.:[\]-]/g, '')}>`
}

/** The message/delivery-status part: fields of the message, then a block for each recipient (RFC 3464 §2.2, §2.3). */
export function deliveryStatus(dsn: Omit<Dsn, 'mail' | 'text' | 'original'>): string {
  const blocks = [
    [
      ['Reporting-MTA', `dns; ${dsn.reportingMta}`],
      ['Original-Envelope-Id', dsn.envid],
      ['Arrival-Date', dsn.arrivedAt === null ? null : formatDate(dsn.arrivedAt)],
    ],
    ...dsn.recipients.map(recipientFields),
  ] as const
  return blocks
    .map((fields) =>
      fields.map(([name, value]) => (name != null && value != null ? printField(name, value, crlf) : '')).join(''),
    )
    .join(crlf)
}

function recipientFields(recipient: DsnRecipient): [string, string | null][] {
  const address = printAddress(recipient.final)
  const date = (at: EpochMs | null): string | null => (at === null ? null : formatDate(at))
  return [
    ['Original-Recipient', recipient.original],
    // RFC 6533 §3: an address beyond ASCII has a type of its own.
    [
      'Final-Recipient',
      `${isAscii(address) ? 'rfc822' : 'utf-8'}; ${isAscii(address) ? address : utf8Address(address)}`,
    ],
    ['Action', recipient.action],
    ['Status', recipient.status],
    ['Remote-MTA', recipient.remoteMta === null ? null : `dns; ${recipient.remoteMta}`],
    ['Diagnostic-Code', recipient.diagnostic === null ? null : `smtp; ${ascii(recipient.diagnostic)}`],
    ['Last-Attempt-Date', date(recipient.lastAttemptAt)],
    ['Will-Retry-Until', date(recipient.willRetryUntil)],
  ]
}

/** RFC 6533 §3: "\x{E9}" for what is not ASCII, so that the part stays 7-bit. */
function utf8Address(address: string): string {
  return [...address]
    .map((c) => (isAscii(c) && c !== '\\' ? c : `\\x{${(c.codePointAt(0) ?? 0).toString(16).toUpperCase()}}`))
    .join('')
}

function ascii(text: string): string {
  return cleanValue(text).replace(/[^\x20-\x7e]/g, '?')
}

/** Content fields, empty line and text. Quoted-printable where the text is not plain ASCII of short lines. */
function textPart(text: string): string {
  const lines = text.split(/\r\n|\r|\n/)
  const isPlain = isAscii(text) && lines.every((line) => line.length <= 76)
  const body = isPlain ? lines.join(crlf) : encodeQuotedPrintable(lines)
  const charset = isAscii(text) ? 'us-ascii' : 'utf-8'
  const encoding = isPlain ? '7bit' : 'quoted-printable'
  const end = body.endsWith(crlf) ? '' : crlf
  return `Content-Type: text/plain; charset=${charset}${crlf}Content-Transfer-Encoding: ${encoding}${crlf}${crlf}${body}${end}`
}

/** RFC 2045 §6.7, lines of at most 76 characters. */
function encodeQuotedPrintable(lines: readonly string[]): string {
  return lines
    .map((line) => {
      let out = ''
      let width = 0
      const bytes = Buffer.from(line, 'utf8')
      for (const [i, byte] of bytes.entries()) {
        const isLast = i === bytes.length - 1
        const blank = byte === 0x20 || byte === 0x09
        const plain = (byte > 0x20 && byte < 0x7f && byte !== 0x3d) || (blank && !isLast)
        const piece = plain ? String.fromCharCode(byte) : `=${byte.toString(16).toUpperCase().padStart(2, '0')}`
        if (width + piece.length > 75) {
          out += `=${crlf}`
          width = 0
        }
        out += piece
        width += piece.length
      }
      return out
    })
    .join(crlf)
}

/** A boundary that no part holds. */
function freeBoundary(id: string, texts: readonly string[], bytes: Buffer | null): string {
  let boundary = `=_${id.replace(/[^A-Za-z0-9]/g, '').slice(0, 40)}`
  while (texts.some((text) => text.includes(boundary)) || bytes?.includes(boundary) === true) boundary += '_'
  return boundary
}
