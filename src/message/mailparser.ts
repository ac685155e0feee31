// SPDX-License-Identifier: Apache-2.0
/**
 * The one door to mailparser: a second reading of a message, for people (show a held or scanned message) and for tests
 * (the reference of our own reading). It is too slow for the way of every message, so it must not stand on it.
 */
import { type AddressObject, type Attachment, MailParser, simpleParser } from 'mailparser'
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

/** What mailparser makes of a message: the reference of our own reading, for tests. */
export interface ReferenceReading {
  /** Names of the fields of the message itself, lower case, in their order. */
  readonly fields: readonly string[]
  readonly subject: string
  /** By lower-case field name: of the last such field, groups made flat. */
  readonly addresses: ReadonlyMap<string, readonly { readonly name: string; readonly address: string }[]>
  /** null where it read nothing. */
  readonly root: ReferencePart | null
}

export interface ReferencePart {
  /** Empty where it says that there is none. */
  readonly type: string
  readonly children: readonly ReferencePart[]
  /** Of a part that is shown as text; line ends are LF. */
  readonly text: string | null
  /** Lines were joined again (RFC 3676). */
  readonly isFlowed: boolean
  /** Of any other leaf. */
  readonly attachment: ReferenceAttachment | null
}

export interface ReferenceAttachment {
  readonly name: string
  readonly type: string
  readonly size: number
  readonly sha256: string
}

const addressFields = ['from', 'sender', 'reply-to', 'to', 'cc', 'bcc'] as const

/** A node of its tree, as far as we look into it. */
interface TreeNode {
  readonly contentType?: string | false
  readonly textContent?: string
  readonly isAttachment?: boolean
  readonly children: readonly TreeNode[]
  readonly node: { readonly flowed?: boolean; readonly messageNode?: boolean }
}

/** Reads a message as mailparser does, HTML left as it is. Rejects where it cannot. */
export function readReference(raw: Uint8Array): Promise<ReferenceReading> {
  const parser = new MailParser({ ...plainOptions, checksumAlgo: 'sha256', keepDeliveryStatus: true })
  const attachments: ReferenceAttachment[] = []
  const { promise, resolve, reject } = Promise.withResolvers<ReferenceReading>()
  parser.on('data', (data: { readonly type: string }) => {
    if (data.type !== 'attachment') return
    const one = data as Attachment & { release(): void; readonly content: NodeJS.ReadableStream }
    one.content.on('data', () => undefined)
    one.content.on('end', () => {
      const { filename = '', contentType, size, checksum } = one
      attachments.push({ name: filename, type: contentType || '', size, sha256: checksum })
      one.release()
    })
  })
  parser.on('error', reject)
  parser.on('end', () => resolve(readingOf(parser, attachments)))
  parser.end(asBuffer(raw))
  return promise
}

const plainOptions = { skipImageLinks: true, skipTextToHtml: true, skipHtmlToText: true, skipTextLinks: true }

function readingOf(parser: MailParser, attachments: readonly ReferenceAttachment[]): ReferenceReading {
  const [tree, lines, headers] = ['tree', 'headerLines', 'headers'].map((key): unknown => Reflect.get(parser, key))
  const waiting = [...attachments]
  return {
    fields: Array.isArray(lines) ? lines.map((line: { readonly key: string }) => line.key) : [],
    subject: headers instanceof Map ? String(headers.get('subject') ?? '') : '',
    addresses: headers instanceof Map ? flatAddresses(headers) : new Map(),
    root: typeof tree === 'object' && tree !== null ? partOf(tree as TreeNode, waiting) : null,
  }
}

/** Attachments come in the order of their nodes. */
function partOf(tree: TreeNode, waiting: ReferenceAttachment[]): ReferencePart {
  const { contentType, textContent, children, isAttachment, node } = tree
  const isOpened = contentType === 'message/rfc822' && node.messageNode === true
  const isListed = isAttachment === true && !isOpened
  const attachment = isListed ? (waiting.shift() ?? null) : null
  return {
    type: contentType || '',
    text: isListed ? null : (textContent ?? null),
    isFlowed: node.flowed === true,
    attachment,
    children: children.map((child) => partOf(child, waiting)),
  }
}

function flatAddresses(headers: ReadonlyMap<string, unknown>): ReferenceReading['addresses'] {
  const found = new Map<string, { name: string; address: string }[]>()
  for (const field of addressFields) {
    const value = headers.get(field)
    const last: unknown = Array.isArray(value) ? value.at(-1) : value
    if (typeof last === 'object' && last !== null && 'value' in last)
      found.set(field, flatten((last as AddressObject).value))
  }
  return found
}

function flatten(list: AddressObject['value']): { name: string; address: string }[] {
  return list.flatMap(({ name, address = '', group }) =>
    group === undefined ? [{ name, address }] : flatten(group as AddressObject['value']),
  )
}
