// SPDX-License-Identifier: Apache-2.0
/** The tags of a signature field: what DKIM-Signature and ARC-Message-Signature have in common (RFC 6376 §3.5). */
import { domainToASCII } from 'node:url'
import type { Canonicalization, HashName } from './canonical.ts'
import { type RawField, utf8Of } from './fields.ts'
import { colonList, isDomainName, isSelector, parseTagList, type TagList, withoutSpace } from './tag-list.ts'

export interface Signature {
  readonly field: RawField
  readonly list: TagList
  /** As written, for reports. */
  readonly algorithm: string
  /** In A-labels (RFC 8616 §3), letter case as written. */
  readonly domain: string
  readonly selector: string
  readonly keyType: 'rsa' | 'ed25519' | null
  readonly hash: HashName | null
  readonly headerForm: Canonicalization | null
  readonly bodyForm: Canonicalization | null
  /** l=; null covers the whole body. */
  readonly length: number | null
  /** Names of h=, lower case. */
  readonly names: readonly string[]
  readonly bodyHash: string
  /** b= in Base64. */
  readonly value: string
}

const algorithms = /^(?:(rsa)-(sha1|sha256)|(ed25519)-(sha256))$/i
const number = /^[0-9]{1,12}$/
const lengthPattern = /^[0-9]{1,76}$/

export const isTimestamp = (text: string | undefined): boolean => text === undefined || number.test(text)
export const isLength = (text: string | undefined): boolean => text === undefined || lengthPattern.test(text)

export function toAscii(name: string): string {
  return /^[\x00-\x7f]*$/.test(name) ? name : domainToASCII(name)
}

const formOf = (text: string | undefined): Canonicalization | null => {
  const name = (text ?? 'simple').trim().toLowerCase()
  if (name === '') return 'simple'
  return name === 'simple' || name === 'relaxed' ? name : null
}

/** The value of a field as a tag list. */
export function tagsOf(field: RawField): TagList {
  const text = utf8Of(field)
  return parseTagList(text.slice(text.indexOf(':') + 1))
}

export function readSignature(field: RawField): Signature {
  const list = tagsOf(field)
  const { tags } = list
  const algorithm = tags.get('a') ?? ''
  const [, rsa, rsaHash, ed, edHash] = algorithms.exec(algorithm) ?? []
  const [headerForm, bodyForm] = (tags.get('c') ?? '').split('/')
  const length = tags.get('l') ?? ''
  return {
    field,
    list,
    algorithm,
    domain: toAscii(tags.get('d') ?? ''),
    selector: toAscii(tags.get('s') ?? ''),
    keyType: rsa === undefined ? (ed === undefined ? null : 'ed25519') : 'rsa',
    hash: ((rsaHash ?? edHash)?.toLowerCase() as HashName | undefined) ?? null,
    headerForm: formOf(headerForm),
    bodyForm: formOf(bodyForm),
    length: lengthPattern.test(length) ? Number(length) : null,
    names: colonList(withoutSpace(tags.get('h') ?? '')),
    bodyHash: withoutSpace(tags.get('bh') ?? ''),
    value: withoutSpace(tags.get('b') ?? ''),
  }
}

/** Whether d= and s= are names that a key can be asked for. */
export function hasValidNames(signature: Signature): boolean {
  return isDomainName(signature.domain) && isSelector(signature.selector)
}
