// SPDX-License-Identifier: Apache-2.0
/** The structure of an ARC chain (RFC 8617 §4, §5.2 steps 1 to 3), before any signature is checked. */
import { type RawField, utf8Of } from './fields.ts'
import { hasValidNames, isLength, isTimestamp, readSignature, type Signature } from './signature.ts'
import type { SignedMessage } from './signed-message.ts'

export interface ArcSet {
  readonly instance: number
  readonly results: RawField
  readonly message: Signature
  readonly seal: Signature
}

/** RFC 8617 §4.2.1. */
export const maxInstances = 50

/** instance = "i=" 1*2DIGIT (RFC 8617 §4.1). */
const instancePattern = /^[0-9]{1,2}$/
/** What may stand before the instance of ARC-Authentication-Results: white space and comments. */
const resultsInstance =
  /^(?:[ \t\r\n]|\([^()\\]*\))*i[ \t\r\n]*=[ \t\r\n]*([0-9]{1,2})[ \t\r\n]*(?:\([^()\\]*\)[ \t\r\n]*)*;/

function toInstance(text: string | undefined): number | null {
  const number = text !== undefined && instancePattern.test(text) ? Number(text) : 0
  return number >= 1 && number <= maxInstances ? number : null
}

/** The value of an ARC-Authentication-Results field behind its instance; null where it has none. */
export function readArcResults(field: RawField): { readonly instance: number | null; readonly value: string } {
  const text = utf8Of(field)
  const value = text.slice(text.indexOf(':') + 1)
  const match = resultsInstance.exec(value)
  return { instance: toInstance(match?.[1]), value: match === null ? '' : value.slice(match[0].length) }
}

const messageTags = ['a', 'b', 'bh', 'd', 's']
const sealTags = ['a', 'b', 'cv', 'd', 's']

/** What is wrong with one ARC-Message-Signature; "" where nothing is. */
function messageTrouble(signature: Signature): string {
  const { tags, broken } = signature.list
  if (broken !== '') return `ams: ${broken}`
  const missing = messageTags.find((tag) => (tags.get(tag) ?? '') === '')
  if (missing !== undefined) return `ams: no ${missing}=`
  if (!tags.has('h')) return 'ams: no h='
  // RFC 8617 §4.1.2: the algorithms of DKIM, of which RFC 8301 takes SHA-1.
  if (signature.keyType === null || signature.hash !== 'sha256') return 'ams: unknown algorithm'
  if (signature.headerForm === null || signature.bodyForm === null) return 'ams: unknown canonicalization'
  if (!isTimestamp(tags.get('t')) || !isTimestamp(tags.get('x')) || !isLength(tags.get('l'))) return 'ams: not a number'
  if (!hasValidNames(signature)) return 'ams: invalid name'
  // RFC 8617 §4.1.2: the seal must not be among the signed fields.
  return signature.names.includes('arc-seal') ? 'ams: h= names ARC-Seal' : ''
}

/** What is wrong with one ARC-Seal; "" where nothing is. */
function sealTrouble(seal: Signature, isFirst: boolean): string {
  const { tags, broken } = seal.list
  if (broken !== '') return `seal: ${broken}`
  const missing = sealTags.find((tag) => (tags.get(tag) ?? '') === '')
  if (missing !== undefined) return `seal: no ${missing}=`
  if (seal.keyType === null || seal.hash !== 'sha256') return 'seal: unknown algorithm'
  if (!isTimestamp(tags.get('t'))) return 'seal: not a number'
  if (!hasValidNames(seal)) return 'seal: invalid name'
  // RFC 8617 §5.1.1.
  if (tags.has('h')) return 'seal: h= stands there'
  // RFC 8617 §5.2 steps 2 and 3.
  const expected = isFirst ? 'none' : 'pass'
  const cv = (tags.get('cv') ?? '').toLowerCase()
  return cv === expected ? '' : `seal: cv=${cv.slice(0, 20)} where ${expected} belongs`
}

interface Collected {
  results?: RawField
  message?: Signature
  seal?: Signature
}

type Slot = keyof Collected

function collect(message: SignedMessage): Map<number, Collected> | string {
  const found = new Map<number, Collected>()
  const add = (slot: Slot, instance: number | null, value: RawField | Signature): string => {
    if (instance === null) return `${slot}: invalid instance`
    const set = found.get(instance) ?? {}
    if (set[slot] !== undefined) return `i=${instance}: two of ${slot}`
    found.set(instance, { ...set, [slot]: value })
    return ''
  }
  for (const field of message.named('arc-authentication-results')) {
    const wrong = add('results', readArcResults(field).instance, field)
    if (wrong !== '') return wrong
  }
  for (const [name, slot] of [
    ['arc-message-signature', 'message'],
    ['arc-seal', 'seal'],
  ] as const) {
    for (const field of message.named(name)) {
      const signature = readSignature(field)
      const wrong = add(slot, toInstance(signature.list.tags.get('i')), signature)
      if (wrong !== '') return wrong
    }
  }
  return found
}

/**
 * The sets of a chain in order of their instances, none where there is no ARC field at all, or why it is not a chain.
 * Only the newest ARC-Message-Signature must be well formed: the older ones are data under a seal (step 4).
 */
export function readArcSets(message: SignedMessage): readonly ArcSet[] | string {
  const found = collect(message)
  if (typeof found === 'string') return found
  const sets: ArcSet[] = []
  for (let instance = 1; instance <= found.size; instance++) {
    const { results, message: signature, seal } = found.get(instance) ?? {}
    if (results === undefined || signature === undefined || seal === undefined) return `i=${instance}: set incomplete`
    sets.push({ instance, results, message: signature, seal })
  }
  for (const [i, set] of sets.entries()) {
    const wrong = sealTrouble(set.seal, i === 0) || (i === sets.length - 1 ? messageTrouble(set.message) : '')
    if (wrong !== '') return `i=${set.instance} ${wrong}`
  }
  return sets
}
