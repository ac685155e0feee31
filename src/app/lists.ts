// SPDX-License-Identifier: Apache-2.0
/** [lists]: who is welcome, once proven, and who is blocked, proven or not. */
import type { LoadedConfig } from '../config/load.ts'
import { type Address, parseAddress, parseDomain, type ReversePath } from '../core/address.ts'
import type { Examination } from '../core/examiner.ts'
import type { Complaint } from '../core/failure.ts'
import { claimedNames, createLists, type Listing, provenNames } from '../verdict/lists.ts'

export type AskLists = (reversePath: ReversePath, examination: Examination) => Listing | null

export function openLists({ config }: LoadedConfig): AskLists {
  const texts = (words: readonly { readonly text: string }[]) => words.map((word) => word.text)
  const ask = createLists({ welcome: texts(config.lists.welcome), block: texts(config.lists.block) })
  return (reversePath, { auth, authors }) => {
    const claims = { reversePath, authors }
    return ask(provenNames(auth, claims), claimedNames(claims))
  }
}

/** Entries that can never be met. */
export function checkLists({ config }: LoadedConfig): readonly Complaint[] {
  return [...config.lists.welcome, ...config.lists.block]
    .filter(({ text }) => !isEntry(text))
    .map(({ text, file, line }) => ({
      ...{ file, line, text: `"${text}" is no address and no domain` },
      hint: 'write user@example.org, example.org, or .example.org for every name below it',
    }))
}

function isEntry(text: string): boolean {
  if (!text.includes('@')) return parseDomain(text.replace(/^\./, '')) !== null
  const address: Address | null = parseAddress(text)
  return address !== null && address.domain !== '' && address.localPart !== ''
}
