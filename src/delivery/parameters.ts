// SPDX-License-Identifier: Apache-2.0
/** A recipient → the DSN parameters of its RCPT TO (RFC 3461 §4). Pure. */
import { printAddress } from '../core/address.ts'
import type { Recipient } from '../core/envelope.ts'

/** RFC 3461 §4.2: an ORCPT longer than this is not passed on. */
const maxOrcpt = 500

/** RFC 3461 §4: xtext. The text must be ASCII. */
export function encodeXtext(text: string): string {
  return text.replace(/[^\x21-\x2a\x2c-\x3c\x3e-\x7e]/g, (c) => {
    return `+${c.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`
  })
}

/** RFC 6533 §3: an address that is not ASCII, in characters that any server takes. */
function encodeUtf8Address(text: string): string {
  return Array.from(text, (c) =>
    /[\x21-\x7e]/.test(c) && !/[\\+=]/.test(c) ? c : `\\x{${(c.codePointAt(0) ?? 0).toString(16).toUpperCase()}}`,
  ).join('')
}

/** ORCPT only where it says something new. */
function orcptOf(recipient: Recipient): string | null {
  const { original } = recipient
  if (original === '' || original === printAddress(recipient.address)) return null
  const [type = '', ...rest] = original.split(';')
  const ascii = /^[\x00-\x7f]*$/.test(original)
  const written =
    rest.length > 0 && /^[A-Za-z0-9-]+$/.test(type) && ascii
      ? `${type};${type.toLowerCase() === 'utf-8' ? rest.join(';') : encodeXtext(rest.join(';'))}`
      : ascii
        ? `rfc822;${encodeXtext(original)}`
        : `utf-8;${encodeUtf8Address(original)}`
  return written.length > maxOrcpt ? null : written
}

/** "NOTIFY=… ORCPT=…", or "" where there is nothing to say. For a peer that offers DSN. */
export function dsnParameters(recipient: Recipient): string {
  const orcpt = orcptOf(recipient)
  return [
    ...(recipient.notify.length === 0 ? [] : [`NOTIFY=${recipient.notify.join(',').toUpperCase()}`]),
    ...(orcpt === null ? [] : [`ORCPT=${orcpt}`]),
  ].join(' ')
}
