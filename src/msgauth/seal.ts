// SPDX-License-Identifier: Apache-2.0
/** ARC sealing of what is forwarded (RFC 8617 §5.1). */
import type { EpochMs } from '../core/brand.ts'
import { Failure } from '../core/failure.ts'
import type { HeaderEdit } from '../core/message.ts'
import { sealedData } from './arc.ts'
import { type ArcSet, maxInstances, readArcSets } from './arc-sets.ts'
import { fieldOf, openSection, type RawField, type Section, utf8Of } from './fields.ts'
import type { ArcFinding } from './findings.ts'
import type { SigningKey } from './keys.ts'
import { foldedNames, signingLimits, signWith } from './sign.ts'
import { readSignature } from './signature.ts'
import { SignedMessage } from './signed-message.ts'

export interface SealOptions {
  readonly key: SigningKey
  /** Our authserv-id and results: the value of the Authentication-Results field that we wrote for this message. */
  readonly results: string
  /** What the chain was found to be when the message came. */
  readonly arc: Pick<ArcFinding, 'result' | 'highest' | 'closed'>
  readonly now: EpochMs
  /** Names to sign, in order; null: those of RFC 8617 §4.1.2 and RFC 6376 §5.4.1 that stand there. */
  readonly names: readonly string[] | null
}

/** Signed where they stand. Not Received, Return-Path, Authentication-Results and ARC fields: they change on the way. */
const usualNames = [
  'from',
  'to',
  'cc',
  'subject',
  'date',
  'message-id',
  'reply-to',
  'in-reply-to',
  'references',
  'mime-version',
  'content-type',
  'content-transfer-encoding',
  'list-id',
  'list-unsubscribe',
  'list-unsubscribe-post',
  'list-post',
  'dkim-signature',
]

function namesFor(message: SignedMessage, wanted: readonly string[] | null): string[] {
  if (wanted !== null) return wanted.map((name) => name.toLowerCase())
  return usualNames.flatMap((name) => message.named(name).map(() => name))
}

/** @param message with our ARC-Authentication-Results on top, for whoever wants it signed as well */
function messageSignature(message: SignedMessage, options: SealOptions, instance: number): RawField {
  const { key, now } = options
  const names = namesFor(message, options.names)
  const { hash } = message.digest('relaxed', 'sha256', null)
  const where = `d=${key.domain};\r\n\th=${foldedNames(names)};\r\n\ti=${instance}; s=${key.selector}`
  const head = `a=${key.algorithm}; b=`
  const tail = `;\r\n\tbh=${hash};\r\n\tc=relaxed/relaxed; ${where}; t=${Math.floor(now / 1000)}`
  const unsigned = fieldOf('ARC-Message-Signature', head + tail)
  const signature = signWith(key, message.signedData(names, 'relaxed', unsigned))
  return fieldOf('ARC-Message-Signature', head + signature + tail)
}

function seal(
  message: SignedMessage,
  earlier: readonly ArcSet[],
  own: Omit<ArcSet, 'seal'>,
  options: SealOptions,
  cv: string,
): RawField {
  const { key, now } = options
  const head = `a=${key.algorithm}; b=`
  const where = `d=${key.domain}; i=${own.instance};\r\n\ts=${key.selector}; t=${Math.floor(now / 1000)}`
  const tail = `;\r\n\tcv=${cv}; ${where}`
  const unsigned = { ...own, seal: readSignature(fieldOf('ARC-Seal', head + tail)) }
  return fieldOf('ARC-Seal', head + signWith(key, sealedData(message, [...earlier, unsigned])) + tail)
}

function prepend(name: string, field: RawField): HeaderEdit {
  return { op: 'prepend', name, value: utf8Of(field).slice(name.length + 2) }
}

/**
 * One ARC set for a message that leaves us, to be prepended in this order after every other change. None where no set may
 * be added: the chain is closed by cv=fail, full, or could not be judged for now (RFC 8617 §5.1).
 * @param raw the whole message as it will leave, CRLF line ends
 * @throws Failure (554) when the header is larger than a verifier would read
 */
export function sealMessage(raw: Uint8Array, options: SealOptions): HeaderEdit[] {
  const { arc, results } = options
  const instance = arc.highest + 1
  if (arc.closed || instance > maxInstances || arc.result === 'temperror') return []
  const section: Section = openSection(raw, signingLimits)
  if (section.refused !== null) {
    throw new Failure({ code: 554, enhanced: '5.6.0', text: 'Message header too large to be sealed' }, section.refused)
  }
  const message = new SignedMessage(section)
  const cv = arc.result === 'none' ? 'none' : arc.result === 'pass' ? 'pass' : 'fail'
  const sets = readArcSets(message)
  // RFC 8617 §5.1.2: a seal over a broken chain covers its own set alone.
  const earlier = cv === 'pass' && typeof sets !== 'string' ? sets : []
  const ascii = results.replace(/[^\t\r\n\x20-\x7e]/g, '?')
  const resultsField = fieldOf('ARC-Authentication-Results', `i=${instance};\r\n\t${ascii}`)
  const withResults = new SignedMessage({ ...section, fields: [resultsField, ...section.fields] })
  const signed = messageSignature(withResults, options, instance)
  const own = { instance, results: resultsField, message: readSignature(signed) }
  const sealField = seal(message, earlier, own, options, cv)
  return [
    prepend('ARC-Seal', sealField),
    prepend('ARC-Message-Signature', signed),
    prepend('ARC-Authentication-Results', resultsField),
  ]
}
