// SPDX-License-Identifier: Apache-2.0
/** The right-hand side of an access table (access(5)), read once for each text. */
import { isAddressLiteral } from './hostname.ts'
import { splitDsn } from './wording.ts'

export type Action =
  | { readonly kind: 'dunno' | 'ok' }
  /** code: a number of the operator's, or the one set for REJECT or DEFER. */
  | { readonly kind: 'refuse'; readonly code: number | 'reject' | 'defer'; readonly dsn: string; readonly text: string }
  | { readonly kind: 'defer_if_permit' | 'defer_if_reject'; readonly dsn: string; readonly text: string }
  | { readonly kind: 'hold' | 'discard' | 'warn' | 'info'; readonly text: string }
  | { readonly kind: 'filter' | 'redirect' | 'bcc'; readonly to: string }
  | { readonly kind: 'prepend'; readonly name: string; readonly value: string }
  /** Names of restrictions. */
  | { readonly kind: 'list'; readonly text: string }
  /** A value that means nothing: the operator is told, and the table says nothing. */
  | { readonly kind: 'senseless'; readonly because: string }

const denied = 'Access denied'

export function parseAction(value: string): Action {
  const match = /^(\S+)(?:\s+(.*))?$/s.exec(value.trim())
  const word = match?.[1] ?? ''
  const rest = match?.[2]?.trim() ?? ''
  const own = ownCode(word, rest)
  if (own !== null) return own
  // A number alone was once written by programs that let clients relay after they had fetched mail.
  if (/^\d+$/.test(value.trim())) return { kind: 'ok' }
  switch (word.toUpperCase()) {
    case 'OK':
    case 'RELAY':
      return { kind: 'ok' }
    case 'DUNNO':
      return { kind: 'dunno' }
    case 'REJECT':
      return refusal('reject', rest, '5.7.1', denied)
    case 'DEFER':
      return refusal('defer', rest, '4.7.1', denied)
    case 'DEFER_IF_PERMIT':
    case 'DEFER_IF_REJECT': {
      const { dsn, text } = splitDsn(rest, '4.7.1')
      const kind = word.toUpperCase() === 'DEFER_IF_PERMIT' ? 'defer_if_permit' : 'defer_if_reject'
      return { kind, dsn, text: text === '' ? 'Service unavailable' : text }
    }
    case 'HOLD':
      return { kind: 'hold', text: rest === '' ? 'held by an access table' : rest }
    case 'DISCARD':
      return { kind: 'discard', text: rest === '' ? 'discarded by an access table' : rest }
    case 'WARN':
      return { kind: 'warn', text: rest }
    case 'INFO':
      return { kind: 'info', text: rest }
    case 'PREPEND':
      return prepend(rest)
    case 'FILTER':
      return rest.includes(':') ? { kind: 'filter', to: rest } : senseless('FILTER needs transport:destination')
    case 'REDIRECT':
      return isMailbox(rest) ? { kind: 'redirect', to: rest } : senseless('REDIRECT needs an address')
    case 'BCC':
      return isMailbox(rest) ? { kind: 'bcc', to: rest } : senseless('BCC needs an address')
    case '':
      return senseless('the value is empty')
    default:
      return { kind: 'list', text: value }
  }
}

/** "4NN text" and "5NN text". */
function ownCode(word: string, rest: string): Action | null {
  if (!/^[45]\d\d$/.test(word) || rest === '') return null
  return refusal(Number(word), rest, word.startsWith('4') ? '4.7.1' : '5.7.1', denied)
}

function refusal(code: number | 'reject' | 'defer', rest: string, dsn: string, otherwise: string): Action {
  const split = splitDsn(rest, dsn)
  return { kind: 'refuse', code, dsn: split.dsn, text: split.text === '' ? otherwise : split.text }
}

function senseless(because: string): Action {
  return { kind: 'senseless', because }
}

/** RFC 5322 §2.2: printable characters but the colon. */
function prepend(rest: string): Action {
  const match = /^([\x21-\x39\x3b-\x7e]{1,76}):\s*(.+)$/s.exec(rest)
  if (match === null) return senseless('PREPEND needs "Name: value"')
  return { kind: 'prepend', name: match[1] ?? '', value: match[2] ?? '' }
}

function isMailbox(text: string): boolean {
  const at = text.lastIndexOf('@')
  const domain = text.slice(at + 1)
  return at > 0 && !/[\s,]/.test(text) && (domain.startsWith('[') ? isAddressLiteral(domain) : domain !== '')
}
