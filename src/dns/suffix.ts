// SPDX-License-Identifier: Apache-2.0
/** The one door to tldts: where a registration ends (RFC 7489 §3.2, by the public suffix list). */
import { getDomain } from 'tldts'
import type { Domain } from '../core/brand.ts'

/**
 * The organizational domain of a name: "mail.example.co.uk" → "example.co.uk". A name that is itself a public suffix,
 * or has none, is its own. The private part of the list counts: two customers of one host are two organizations.
 */
export function organizationalDomain(name: Domain): Domain {
  return (getDomain(name, { allowPrivateDomains: true, validateHostname: false }) ?? name) as Domain
}
