// SPDX-License-Identifier: Apache-2.0
/** What the restrictions go by: [restrictions.parameters] under the same names in camel case, and what else they need. */
import type { Value } from '../config/kinds.ts'
import { restrictionParameters } from '../config/restriction-parameters.ts'

type Camel<S> = S extends `${infer Head}_${infer Tail}` ? `${Head}${Capitalize<Camel<Tail>>}` : S
type CamelKeys<T> = { readonly [K in keyof T as Camel<K>]: T[K] }

export type RestrictionParameters = Value<typeof restrictionParameters>

interface Surroundings {
  /** smtpd_delay_reject: client, helo and sender lists wait for RCPT, so that the log can tell the recipient. */
  readonly delayReject: boolean
  /** soft_bounce: every 5xx becomes a 4xx, for trying out a configuration. */
  readonly softBounce: boolean
  /** recipient_delimiter; empty: no extensions. */
  readonly recipientDelimiter: string
}

/** Texts that name a table are empty where there is none. */
export type RestrictionSettings = CamelKeys<RestrictionParameters> & Surroundings

export type TempfailAction = RestrictionSettings['unknownAddressTempfailAction']

export function settingsFrom(parameters: RestrictionParameters, surroundings: Surroundings): RestrictionSettings {
  const camel = Object.entries(parameters).map(([key, value]): [string, unknown] => [
    key.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()),
    value,
  ])
  // The type says of each key what the line above does to it.
  return { ...(Object.fromEntries(camel) as CamelKeys<RestrictionParameters>), ...surroundings }
}

export const restrictionDefaults: RestrictionSettings = settingsFrom(restrictionParameters.fallback, {
  delayReject: true,
  softBounce: false,
  recipientDelimiter: '',
})
