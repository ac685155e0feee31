// SPDX-License-Identifier: Apache-2.0
/** [score], [lists] and [policies]: the limits that a recipient's mail is judged by, and who is welcome or blocked there. */

import type { Placed } from '../config/kinds.ts'
import { type LoadedConfig, placeOfTable } from '../config/load.ts'
import { type Address, parseAddress, parseDomain, type ReversePath } from '../core/address.ts'
import type { Recipient } from '../core/envelope.ts'
import type { Examination } from '../core/examiner.ts'
import type { Complaint } from '../core/failure.ts'
import type { Thresholds } from '../core/verdict.ts'
import { claimedNames, type Listing, type Lists, provenNames } from '../verdict/lists.ts'
import { createPolicies, type PolicyEntry } from '../verdict/policies.ts'
import { checkThresholds } from '../verdict/thresholds.ts'

export interface JudgedBy {
  readonly limits: Thresholds
  /** Whether the sender is listed: welcome only where the name is proven. */
  readonly listing: (reversePath: ReversePath, examination: Examination) => Listing | null
}

export interface OpenPolicies {
  /** All recipients of a message are judged alike (see mayShare), so the first one speaks for them. */
  for(recipients: readonly Pick<Recipient, 'address'>[]): JudgedBy
  /** False: the two are not judged alike, and must come in transactions of their own. */
  mayShare(others: readonly Recipient[], recipient: Recipient): boolean
}

export function openPolicies(loaded: LoadedConfig): OpenPolicies {
  const { config } = loaded
  const policyFor = createPolicies({
    limits: commonLimits(loaded),
    lists: textsOf(config.lists),
    entries: entriesOf(loaded),
    delimiter: config.recipient_delimiter,
  })
  return {
    for: (recipients) => {
      const { limits, listing } = policyFor(recipients[0]?.address)
      return {
        limits,
        listing: (reversePath, { auth, authors }) => {
          const claims = { reversePath, authors }
          return listing(provenNames(auth, claims), claimedNames(claims))
        },
      }
    },
    mayShare: ([first], recipient) => first === undefined || policyFor(first.address) === policyFor(recipient.address),
  }
}

export function commonLimits({ config }: LoadedConfig): Thresholds {
  const { mark, junk, quarantine, reject } = config.score
  return { mark, junk, quarantine, reject }
}

function entriesOf({ config }: LoadedConfig): ReadonlyMap<string, PolicyEntry> {
  return new Map(
    [...config.policies].map(([name, { mark, junk, quarantine, reject, ...lists }]) => [
      name.toLowerCase(),
      { ...given({ mark, junk, quarantine, reject }), ...textsOf(lists) },
    ]),
  )
}

/** What is not written must not stand in the way of what a wider entry says. */
function given(limits: { readonly [K in keyof Thresholds]: Thresholds[K] | undefined }): Partial<Thresholds> {
  return Object.fromEntries(Object.entries(limits).filter(([, limit]) => limit !== undefined))
}

function textsOf(lists: { readonly welcome: readonly Placed[]; readonly block: readonly Placed[] }): Lists {
  const texts = (words: readonly Placed[]) => words.map(({ text }) => text)
  return { welcome: texts(lists.welcome), block: texts(lists.block) }
}

/** Entries that can never be met, and limits that hide one another. */
export function checkPolicies(loaded: LoadedConfig): readonly Complaint[] {
  const { config, file } = loaded
  const policies = [...config.policies]
  const everybodys = commonLimits(loaded)
  const policyFor = createPolicies({
    limits: everybodys,
    lists: { welcome: [], block: [] },
    entries: entriesOf(loaded),
    delimiter: '',
  })
  const placeOf = (name: string) => placeOfTable(loaded, `policies.${name}`)
  return [
    ...checkThresholds(everybodys, file),
    ...[config.lists, ...policies.map(([, policy]) => policy)]
      .flatMap(({ welcome, block }) => [...welcome, ...block])
      .filter(({ text }) => !isEntry(text))
      .map(({ text, ...place }) => notAName(text, place)),
    ...policies.filter(([name]) => !isEntry(name)).map(([name]) => notAName(name, placeOf(name))),
    ...policies
      .filter(([name]) => isEntry(name))
      .flatMap(([name]) => {
        const { limits } = policyFor(exampleOf(name))
        return checkThresholds(limits, file).map((complaint) => ({
          ...{ ...complaint, ...placeOf(name) },
          text: complaint.text.replaceAll('score.', `policies."${name}".`),
        }))
      }),
  ]
}

function notAName(text: string, { file, line }: { readonly file: string; readonly line: number }): Complaint {
  const hint = 'write user@example.org, example.org, or .example.org for every name below it'
  return { file, line, text: `"${text}" is no address and no domain`, hint }
}

function isEntry(text: string): boolean {
  if (!text.includes('@')) return parseDomain(text.replace(/^\./, '')) !== null
  const address = parseAddress(text)
  return address !== null && address.domain !== '' && address.localPart !== ''
}

/** An address that the entry is the nearest for. */
function exampleOf(name: string): Address | undefined {
  return parseAddress(name.includes('@') ? name : `x@${name.startsWith('.') ? `x${name}` : name}`) ?? undefined
}
