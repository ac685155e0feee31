// SPDX-License-Identifier: Apache-2.0
/** Every address of a message with what is known of it: how it was found, its other forms, the hosts it leads to. */

import { domainOfHost, hostOfUri, type Registry } from './domains.ts'
import type { FieldReader } from './field-reader.ts'
import { asBytes } from './field-views.ts'
import type { HtmlView } from './html-view.ts'
import type { Settings } from './settings.ts'
import { formsOf, type UriRules } from './uri-forms.ts'
import { findTextUris } from './uri-text.ts'

export interface UriDetail {
  /** Elements that refer to it; "parsed" for text, "schemeless" and "unlinked" for how it was written, "domainkeys". */
  readonly types: Set<string>
  readonly anchorTexts: string[]
  /** As written and in every other form. */
  readonly forms: Set<string>
  /** Registered domain by host. */
  readonly hosts: Map<string, string>
}

export interface UriList {
  readonly details: ReadonlyMap<string, UriDetail>
  /** Every form of every address, each once. */
  readonly all: readonly string[]
  /** An address was too long to be read whole. */
  readonly hasLongUri: boolean
}

const maxDetails = 3000

/** Domains that signatures name. Lists are asked about them as about links; uri rules are not tried on them. */
export function signersOf(fields: FieldReader, settings: Settings): string[] {
  if ((settings.words.get('parse_dkim_uris') ?? '1') === '0') return []
  return ['DomainKey-Signature', 'DKIM-Signature']
    .flatMap((name) => fields.all(name))
    .flatMap((value) => signer.exec(value)?.[1]?.replace(/\s+/g, '') ?? [])
}

const signer = /(?:^|;)\s*d\s*=([^;]+)/

export function listUris(
  pieces: readonly string[],
  html: readonly HtmlView[],
  signers: readonly string[],
  rules: UriRules,
): UriList {
  const details = new Map<string, UriDetail>()
  for (const { uri, types } of findTextUris(pieces, rules.registry)) add(details, uri, types, rules, true)
  for (const view of html) {
    for (const [written, { types, anchorTexts }] of view.uris) {
      const uri = asBytes(written)
      const detail = add(details, uri, types.size > 0 ? [...types] : ['parsed'], rules, false)
      if (detail !== null) detail.anchorTexts.push(...new Set(anchorTexts.map(asBytes)))
    }
  }
  for (const signer of signers) addSigner(details, signer, rules.registry)
  return {
    details,
    all: [...new Set([...details.values()].flatMap((detail) => [...detail.forms]))],
    hasLongUri: html.some((view) => view.hasLongUri),
  }
}

/** needsHost: what leads to no host is no address. */
function add(
  details: Map<string, UriDetail>,
  uri: string,
  types: readonly string[],
  rules: UriRules,
  needsHost: boolean,
): UriDetail | null {
  const known = details.get(uri)
  if (known === undefined && details.size >= maxDetails) return null
  const forms = known === undefined ? formsOf(uri, rules) : []
  const hosts = known === undefined ? hostsOf(forms, rules.registry) : new Map<string, string>()
  if (known === undefined && (forms.length === 0 || (needsHost && hosts.size === 0))) return null
  const detail = known ?? { types: new Set(), anchorTexts: [], forms: new Set(forms), hosts }
  for (const type of types) detail.types.add(type)
  details.set(uri, detail)
  return detail
}

function addSigner(details: Map<string, UriDetail>, signer: string, registry: Registry): void {
  const hosts = hostsOf([`http://${signer}`], registry)
  if (hosts.size === 0 || details.size >= maxDetails) return
  details.set(`domainkeys:${signer}`, { types: new Set(['domainkeys']), anchorTexts: [], forms: new Set(), hosts })
}

function hostsOf(forms: readonly string[], registry: Registry): Map<string, string> {
  const hosts = new Map<string, string>()
  for (const form of forms) {
    const host = hostOfUri(registry, form)
    if (host !== null && !hosts.has(host)) hosts.set(host, domainOfHost(registry, host))
  }
  return hosts
}
