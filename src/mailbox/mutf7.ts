// SPDX-License-Identifier: Apache-2.0
/** Modified UTF-7, in which IMAP4rev1 and Maildir++ write folder names (RFC 3501 §5.1.3). */

/** Printable ASCII as it is, "&" as "&-", the rest as base64 of UTF-16BE with "," for "/". */
export function encodeMutf7(text: string): string {
  return text.replace(/&|[^\x20-\x7e]+/g, (run) => {
    if (run === '&') return '&-'
    const utf16 = Buffer.from(run, 'utf16le').swap16()
    return `&${utf16.toString('base64').replace(/=+$/, '').replaceAll('/', ',')}-`
  })
}

/**
 * The Unicode text, or null where it is not modified UTF-7 in its one canonical form: two spellings of one name
 * would be two folders to some programs and one to others.
 */
export function decodeMutf7(text: string): string | null {
  if (/[^\x20-\x7e]/.test(text)) return null
  let out = ''
  let at = 0
  while (at < text.length) {
    const open = text.indexOf('&', at)
    if (open < 0) {
      out += text.slice(at)
      break
    }
    out += text.slice(at, open)
    const close = text.indexOf('-', open)
    if (close < 0) return null
    const run = decodeRun(text.slice(open + 1, close))
    if (run === null) return null
    out += run
    at = close + 1
  }
  return encodeMutf7(out) === text && out.isWellFormed() ? out : null
}

function decodeRun(base64: string): string | null {
  if (base64 === '') return '&'
  if (!/^[A-Za-z0-9+,]+$/.test(base64)) return null
  const bytes = Buffer.from(base64.replaceAll(',', '/'), 'base64')
  return bytes.length % 2 === 0 ? bytes.swap16().toString('utf16le') : null
}
