// SPDX-License-Identifier: Apache-2.0
/** ENVELOPE (RFC 3501 §7.4.2). */
import { type ListedAddress, parseAddressList } from '../mailbox/address-list.ts'
import { type Field, fieldValue } from '../mailbox/fields.ts'
import { nstring, string } from './writer.ts'

export function envelope(fields: readonly Field[]): string {
  const text = (name: string): string => nstring(fieldValue(fields, name))
  const from = addresses(fields, 'from')
  const orFrom = (name: string): string => {
    const own = addresses(fields, name)
    // An empty or missing Sender or Reply-To is the author.
    return own === 'NIL' ? from : own
  }
  const who = [
    from,
    orFrom('sender'),
    orFrom('reply-to'),
    ...['to', 'cc', 'bcc'].map((name) => addresses(fields, name)),
  ]
  return `(${[text('date'), text('subject'), ...who, text('in-reply-to'), text('message-id')].join(' ')})`
}

function addresses(fields: readonly Field[], name: string): string {
  const found = fields.filter((field) => field.name === name).flatMap((field) => parseAddressList(field.value))
  return found.length === 0 ? 'NIL' : `(${found.map(address).join('')})`
}

function address({ name, mailbox, host }: ListedAddress): string {
  return `(${nstring(name)} NIL ${nstring(mailbox)} ${host === null ? 'NIL' : string(host)})`
}
