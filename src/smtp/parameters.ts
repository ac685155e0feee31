// SPDX-License-Identifier: Apache-2.0
/** MAIL and RCPT arguments → what the way of mail is told, or the reply to send instead. */
import { parseAddress } from '../core/address.ts'
import type { Notify } from '../core/envelope.ts'
import { replies } from '../core/replies.ts'
import type { Reply } from '../core/reply.ts'
import type { RecipientRequest, Sender } from '../pipeline/way.ts'

/** Keyword → value, upper-case keywords; true for a keyword without a value. */
export type Parameters = Readonly<Record<string, string | true>>

/** RFC 1870, 6152, 6531, 8689, 3461; AUTH= (RFC 4954 §5) is read and not believed. */
const mailKeywords = new Set(['SIZE', 'BODY', 'SMTPUTF8', 'REQUIRETLS', 'RET', 'ENVID', 'AUTH'])
const rcptKeywords = new Set(['NOTIFY', 'ORCPT'])
/** RFC 3461 §4.4: at most 100 characters of xtext. */
const maxEnvid = 100
/** RFC 3461 §4.2: at most 500 characters. */
const maxOrcpt = 500

export function parseMail(path: string, args: Parameters): Sender | Reply {
  const unknown = Object.keys(args).some((k) => !mailKeywords.has(k))
  if (unknown) return replies.unknownParameter
  const reversePath = path === '' ? null : parseAddress(path)
  if (path !== '' && reversePath === null) return replies.badSender
  const size = args['SIZE']
  if (size !== undefined && (size === true || !/^\d{1,20}$/.test(size))) return replies.badParameter
  const body = keyword(args['BODY'], ['7BIT', '8BITMIME'])
  const ret = keyword(args['RET'], ['FULL', 'HDRS'])
  const envid = args['ENVID'] ?? null
  if (body === 'bad' || ret === 'bad' || !isXtext(envid, maxEnvid)) return replies.badParameter
  return {
    reversePath,
    body: body === '8BITMIME' ? '8bitmime' : '7bit',
    smtpUtf8: args['SMTPUTF8'] !== undefined,
    requireTls: args['REQUIRETLS'] !== undefined,
    declaredSize: size === undefined ? null : Number(size),
    envid,
    dsnReturns: ret === null ? null : ret === 'FULL' ? 'full' : 'headers',
  }
}

export function parseRcpt(path: string, args: Parameters): RecipientRequest | Reply {
  const unknown = Object.keys(args).some((k) => !rcptKeywords.has(k))
  if (unknown) return replies.unknownParameter
  const address = parseAddress(path)
  if (address === null) return replies.badRecipient
  const orcpt = args['ORCPT'] ?? null
  const notify = parseNotify(args['NOTIFY'])
  if (notify === null || !isXtext(orcpt, maxOrcpt)) return replies.badParameter
  return { address, original: orcpt ?? path, notify }
}

function keyword<const T extends string>(value: string | true | undefined, known: readonly T[]): T | 'bad' | null {
  if (value === undefined) return null
  const upper = value === true ? '' : value.toUpperCase()
  return known.find((k) => k === upper) ?? 'bad'
}

function isXtext(value: string | true | null, max: number): value is string | null {
  return value === null || (value !== true && value.length <= max && /^[\x21-\x7e]+$/.test(value))
}

/** RFC 3461 §4.1: NEVER stands alone. null: not a NOTIFY value. */
function parseNotify(value: string | true | undefined): readonly Notify[] | null {
  if (value === undefined) return []
  const known: readonly Notify[] = ['never', 'success', 'failure', 'delay']
  const written = value === true ? [] : value.toLowerCase().split(',')
  const notify = known.filter((word) => written.includes(word))
  const clean = written.length > 0 && written.every((word) => known.some((k) => k === word))
  return clean && (!notify.includes('never') || notify.length === 1) ? notify : null
}
