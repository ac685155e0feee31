// SPDX-License-Identifier: Apache-2.0
/** How virtual(5) and canonical(5) look an address up, and what their values mean. */
import { type Address, parseAddress, printAddress, withoutExtension } from '../core/address.ts'
import { Failure } from '../core/failure.ts'
import type { Table } from '../tables/table.ts'
import { splitWords } from '../tables/words.ts'

export interface LookupRules {
  readonly delimiter: string
  /** A bare user part in a table stands for that user in our domains only. */
  readonly isOurs: (address: Address) => boolean
}

const trouble = { code: 451, enhanced: '4.3.0', text: 'Temporary lookup failure' } as const

interface Key {
  readonly key: string
  /** The extension that the key leaves out, with its delimiter: it goes on to the target. */
  readonly extension: string
}

function keysOf(address: Address, { delimiter, isOurs }: LookupRules): Key[] {
  const plain = withoutExtension(address, delimiter)
  const extension = plain === null ? '' : address.localPart.slice(plain.localPart.length)
  const keys: Key[] = [{ key: printAddress(address), extension: '' }]
  if (plain !== null) keys.push({ key: printAddress(plain), extension })
  if (isOurs(address)) {
    keys.push({ key: address.localPart, extension: '' })
    if (plain !== null) keys.push({ key: plain.localPart, extension })
  }
  keys.push({ key: `@${address.domain}`, extension: '' })
  return keys
}

/** The targets of an address in the first table that knows it; null: none does. Throws a temporary Failure. */
export async function lookUp(
  tables: readonly Table[],
  address: Address,
  rules: LookupRules,
): Promise<readonly Address[] | null> {
  for (const table of tables) {
    const keys = keysOf(address, rules)
    for (const { key, extension } of table.wholeKeysOnly ? keys.slice(0, 1) : keys) {
      const answer = await table.find(key)
      if (answer.kind === 'failed') throw new Failure(trouble, `${table.spec}: ${answer.because}`)
      if (answer.kind === 'missing') continue
      const words = splitWords(answer.value) ?? []
      return words.map((word) => targetOf(word, address, extension, answer.place))
    }
  }
  return null
}

function targetOf(word: string, from: Address, extension: string, place: string): Address {
  const target = readTarget(word, from)
  if (target === null) throw new Failure(trouble, `${place}: "${word}" is no address`)
  return extension === '' ? target : { ...target, localPart: `${target.localPart}${extension}` }
}

/** "@domain" is the same user there; a bare name is in the domain that it is asked for. null: no address. */
export function readTarget(word: string, from: Address): Address | null {
  if (word.startsWith('@')) return parseAddress(printAddress({ ...from, domain: word.slice(1) as Address['domain'] }))
  const target = parseAddress(word)
  return target?.domain === '' ? { ...target, domain: from.domain } : target
}
