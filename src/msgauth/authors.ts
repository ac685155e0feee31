// SPDX-License-Identifier: Apache-2.0
/**
 * Who a message says has written it, and which one domain that is (RFC 9989 §5.3.1). The door to nodemailer's address
 * parser: From fields that are odd, and made to be, are read as it reads them.
 */
import addressparser from 'nodemailer/lib/addressparser'
import { toALabels } from './a-labels.ts'
import { type RawField, utf8Of } from './fields.ts'

export interface AuthorDomain {
  /** Lower case, in A-labels, with the dot at its end if one stood there. */
  readonly written: string
  /** The same without that dot: what is asked for and compared. */
  readonly name: string
}

export interface NoAuthor {
  readonly because: string
}

/** A bare address, or one behind a name that holds nothing that could be read in two ways. */
const plainField =
  /^(?:"[^"\\<>@]*"[ \t\r\n]*|[^"\\<>@()[\],;:]*)<([A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+@[A-Za-z0-9.-]*[A-Za-z0-9])>$|^([A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+@[A-Za-z0-9.-]*[A-Za-z0-9])$/

/** The addresses of one From field, those of groups as well (RFC 6854). */
function addressesOf(field: RawField): string[] {
  const text = utf8Of(field)
  const value = text.slice(text.indexOf(':') + 1).trim()
  const plain = plainField.exec(value)
  if (plain !== null) return [plain[1] ?? plain[2] ?? '']
  return addressparser(value, { flatten: true })
    .map(({ address }) => address)
    .filter((address) => address !== '')
}

/** obs-route of RFC 5322 §4.4, "@relay.example:" before the address, is no part of it. */
function withoutRoute(address: string): string {
  if (!address.startsWith('@')) return address
  const route = /^(?:\[[^\]]*\]|[^[:])*:/.exec(address)
  return route === null ? address : address.slice(route[0].length)
}

/** Offsets of the "@" that a domain follows: none in the quotes of a local part, none in a domain literal. */
function separators(address: string, quotesCount: boolean): number[] {
  const found: number[] = []
  let closer = ''
  for (let i = 0; i < address.length; i++) {
    const c = address[i]
    if (closer !== '') {
      if (c === '\\' && closer === '"') i++
      else if (c === closer) closer = ''
    } else if (c === '@') found.push(i)
    else if (c === '"' && quotesCount && found.length === 0) closer = '"'
    else if (c === '[' && found.length > 0) closer = ']'
  }
  // A quote that nobody closes hides nothing.
  return closer === '"' ? separators(address, false) : found
}

const literal = /^\[[^[\]\\]*\]$/
const noDomain = /[\s"<>(),;:\\@[\]]/

function toDomain(text: string): AuthorDomain[] {
  const lower = text.trim().toLowerCase()
  if (!literal.test(lower) && noDomain.test(lower)) return []
  // What has no A-labels stays as it is: a name that nobody can have, but a name.
  const written = toALabels(lower)
  const name = written.replace(/\.+$/, '')
  return name === '' ? [] : [{ written, name }]
}

/** The domains of an address: more than one where it is not clear which "@" counts. */
function domainsOf(address: string): AuthorDomain[] {
  const text = withoutRoute(address.trim())
  if (!text.includes('@')) return toDomain(text)
  const starts = separators(text, true)
  return starts.flatMap((at, i) => toDomain(text.slice(at + 1, starts[i + 1])))
}

/** The one domain of all authors, or why there is not exactly one. */
export function authorDomain(from: readonly RawField[]): AuthorDomain | NoAuthor {
  const each = from.flatMap(addressesOf).map(domainsOf)
  const found = new Map<string, AuthorDomain>()
  for (const domain of each.flat()) if (!found.has(domain.name)) found.set(domain.name, domain)
  const [first] = found.values()
  const none = (because: string): NoAuthor => ({
    because: `${because} ${[...found.keys()].slice(0, 4).join(' ')}`.trim(),
  })
  if (from.length > 1) return none('multiple-from-fields')
  if (first === undefined) return none('no-author-domain')
  // A mailbox whose domain cannot be told may be the one that a reader sees.
  if (each.some((domains) => domains.length === 0)) return none('invalid-author-domain')
  return found.size === 1 ? first : none('multiple-author-domains')
}
