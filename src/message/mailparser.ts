// SPDX-License-Identifier: Apache-2.0
/**
 * The one door to mailparser: a second reading of a message, for people (show a held or scanned message) and for tests
 * (the reference of our own reading). It is too slow for the way of every message, so it must not stand on it.
 */
import { type AddressObject, simpleParser } from 'mailparser'
import { asBuffer } from '../kit/bytes.ts'
import { openMessage } from './open.ts'

/** A message as it is shown to a person. */
export interface MessageDisplay {
  readonly from: string
  readonly to: string
  readonly cc: string
  readonly subject: string
  /** ISO 8601, or empty. */
  readonly date: string
  /** Plain text; made from the HTML where there is no other. */
  readonly text: string
  readonly attachments: readonly { readonly name: string; readonly type: string; readonly sizeBytes: number }[]
  /** Who read it: our own reading where mailparser could not. */
  readonly readBy: 'mailparser' | 'postern'
}

/** Bytes beyond which mailparser is not asked. */
const maxBytes = 8 * 1024 * 1024
const maxHtml = 1024 * 1024

/** Reads a message for display. Never throws. */
export async function displayMessage(raw: Uint8Array): Promise<MessageDisplay> {
  if (raw.length > maxBytes) return displayOwn(raw)
  try {
    const mail = await simpleParser(asBuffer(raw), {
      skipImageLinks: true,
      skipTextToHtml: true,
      maxHtmlLengthToParse: maxHtml,
    })
    return {
      from: mail.from?.text ?? '',
      to: addressText(mail.to),
      cc: addressText(mail.cc),
      subject: mail.subject ?? '',
      date: mail.date === undefined || Number.isNaN(mail.date.getTime()) ? '' : mail.date.toISOString(),
      text: mail.text ?? '',
      attachments: mail.attachments.map((one) => ({
        name: one.filename ?? '',
        type: one.contentType,
        sizeBytes: one.size,
      })),
      readBy: 'mailparser',
    }
  } catch {
    // Whatever it cannot read we can: our reading never throws.
    return displayOwn(raw)
  }
}

function addressText(addresses: AddressObject | readonly AddressObject[] | undefined): string {
  if (addresses === undefined) return ''
  return Array.isArray(addresses) ? addresses.map((one) => one.text).join(', ') : (addresses as AddressObject).text
}

function displayOwn(raw: Uint8Array): MessageDisplay {
  const message = openMessage(raw)
  const { headers } = message
  return {
    from: headers.text('from'),
    to: headers.text('to'),
    cc: headers.text('cc'),
    subject: headers.text('subject'),
    date: headers.text('date'),
    text: message.visibleText,
    attachments: message.attachments.map((one) => ({
      name: one.name,
      type: one.claimedType,
      sizeBytes: one.encodedBytes,
    })),
    readBy: 'postern',
  }
}
