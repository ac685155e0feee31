// SPDX-License-Identifier: Apache-2.0
/** Postfix's address classes (ADDRESS_CLASS_README) → the domains that we accept mail for. */
import { parseAddress, parseDomain } from '../core/address.ts'
import type { Place, Word } from './main-cf.ts'
import { entriesOf, fileOf, isTable, readText, unsupported } from './maps.ts'
import { linesOf } from './networks.ts'
import type { Notes } from './notes.ts'
import type { Parameters } from './parameters.ts'
import type { Entry, Section } from './toml.ts'
import { keyOf } from './toml.ts'
import type { Transports } from './transports.ts'

interface AddressClass {
  /** The parameter that lists its domains. */
  readonly domains: string
  /** The parameter that lists its recipients; null where only aliases exist. */
  readonly recipients: string | null
  readonly transport: string
  /** Whether "example.org" stands for its subdomains too. */
  readonly withSubdomains: boolean
  /** The parameter that names who gets the mail of those who do not exist. */
  readonly catchAll?: string
}

/** A domain and where it was named. */
interface Named extends Place {
  readonly domain: string
}

/** One table for each domain; where a domain is in two classes, the first of Postfix's order counts. */
export function importDomains(parameters: Parameters, transports: Transports, notes: Notes): readonly Section[] {
  const parents = parameters.words('parent_domain_matches_subdomains').map((word) => word.text)
  const classes: readonly AddressClass[] = [
    {
      domains: 'mydestination',
      recipients: 'local_recipient_maps',
      transport: parameters.value('mailbox_transport') || parameters.value('local_transport'),
      withSubdomains: false,
      catchAll: 'luser_relay',
    },
    {
      domains: 'virtual_alias_domains',
      recipients: null,
      transport: 'virtual',
      withSubdomains: false,
    },
    {
      domains: 'virtual_mailbox_domains',
      recipients: 'virtual_mailbox_maps',
      transport: parameters.value('virtual_transport'),
      withSubdomains: false,
    },
    {
      domains: 'relay_domains',
      recipients: 'relay_recipient_maps',
      transport: parameters.value('relay_transport'),
      withSubdomains: parents.includes('relay_domains'),
    },
  ]
  const seen = new Set<string>()
  return classes.flatMap((each) => {
    const named = parameters.words(each.domains).flatMap((word) => domainsOf(word, each.domains, notes, 0))
    if (named.length === 0) {
      // Of a class without domains nothing is carried over, and nothing is lost.
      for (const name of [each.recipients, each.catchAll]) if (name) parameters.value(name)
      return []
    }
    const recipients = recipientsOf(each, parameters, notes)
    const more = catchAllOf(each, parameters, notes)
    return named.flatMap((one) => {
      const make = (name: string) => sectionOf(one, name, each, recipients, more, transports, notes)
      const below = each.withSubdomains && !one.domain.startsWith('.') && one.domain.includes('.')
      const names = [one.domain, ...(below ? [`.${one.domain}`] : [])].filter((name) => !seen.has(name))
      for (const name of names) seen.add(name)
      return names.map(make)
    })
  })
}

function sectionOf(
  named: Named,
  name: string,
  { transport }: AddressClass,
  recipients: (route: string) => Entry,
  more: readonly Entry[],
  transports: Transports,
  notes: Notes,
): Section {
  const section = `domains.${keyOf(name)}`
  const comments = [placeOf(named)]
  const entry = transports.entryFor(name)
  const routing = transports.routeOf(entry?.value ?? '', name, transport)
  if ('because' in routing) {
    const because = `${routing.because}; its mail goes to mailboxes of Postern, to accounts that are there`
    notes.add('changed', entry ?? named, `the transport of ${name}`, because)
    const entries = Object.entries({ deliver: 'maildir:', recipients: 'accounts' })
    return { name: section, comments, entries: entries.map(([key, value]) => ({ key, value, comment: null })) }
  }
  const { route } = routing
  if (name.startsWith('.') && route === `mx://${name.slice(1)}`) transports.byOwnMx.push(name)
  const entries: Entry[] = [{ key: 'deliver', value: route, comment: entry === undefined ? null : placeOf(entry) }]
  if (route !== 'maildir:') entries.push({ key: 'mode', value: 'queue', comment: null })
  return { name: section, comments, entries: [...entries, recipients(route), ...more] }
}

function catchAllOf({ catchAll }: AddressClass, parameters: Parameters, notes: Notes): readonly Entry[] {
  const value = catchAll === undefined ? '' : parameters.value(catchAll)
  if (catchAll === undefined || value === '') return []
  const { file, line } = parameters.place(catchAll)
  const address = value.includes('@') ? value : `${value}@${parameters.value('myorigin')}`
  if (parseAddress(address) !== null && !value.includes('$'))
    return [{ key: 'catch_all', value: address, comment: `${catchAll}, ${file}:${line}` }]
  notes.add('dropped', { file, line }, `${catchAll} = ${value}`, 'this is no single address')
  return []
}

function placeOf({ file, line }: Place): string {
  return line > 0 ? `${file}:${line}` : `Postfix's default`
}

/** Who exists in the domains of a class, given how their mail is delivered. */
function recipientsOf(
  { recipients, domains }: AddressClass,
  parameters: Parameters,
  notes: Notes,
): (route: string) => Entry {
  const key = 'recipients'
  if (recipients === null) return () => ({ key, value: 'accounts', comment: null })
  const place = parameters.place(recipients)
  const comment = place.line > 0 ? `${recipients}, ${place.file}:${place.line}` : null
  const unknown = (route: string): Entry => ({ key, value: route === 'maildir:' ? 'accounts' : 'verify', comment })
  const written = parameters.words(recipients)
  if (written.length === 0) return () => ({ key, value: 'any', comment })
  // Aliases are known without being listed here.
  const aliases = parameters.words('alias_maps').map((word) => word.text)
  const words = written.filter((word) => recipients !== 'local_recipient_maps' || !aliases.includes(word.text))
  if (words.some((word) => word.text.endsWith('unix:passwd.byname'))) {
    const because = 'users of the system become accounts: postern user add NAME@DOMAIN'
    notes.add('todo', parameters.place(domains), domains, because)
    return unknown
  }
  const reasons = words.map((word) => [word, unsupported(word.text, word)] as const)
  for (const [word, why] of reasons)
    if (why !== null) notes.add('dropped', word, `${recipients}: ${word.text}`, `${why}; other means say who exists`)
  if (words.length === 0 || reasons.some(([, why]) => why !== null)) return unknown
  for (const word of words) tellMissing(word, notes)
  const value = `table:${words.map((word) => word.text).join(', ')}`
  return (route) => {
    if (route === 'maildir:')
      notes.add('todo', parameters.place(domains), domains, 'each of its recipients needs an account: postern user add')
    return { key, value, comment }
  }
}

function tellMissing(word: Word, notes: Notes): void {
  const file = fileOf(word.text)
  if (file !== null && readText(file) === null)
    notes.add('todo', word, word.text, `its file ${file} cannot be read; until it is there \`postern check\` complains`)
}

function domainsOf(word: Word, parameter: string, notes: Notes, depth: number): readonly Named[] {
  const { text, file, line } = word
  const drop = (because: string): readonly Named[] => {
    // A default that names a table of something else was not asked for.
    if (line > 0) notes.add('dropped', word, `${parameter}: ${text}`, because)
    return []
  }
  if (text.startsWith('!')) return drop('domains cannot be excepted')
  if (isTable(text)) {
    const why = unsupported(text, word)
    const entries = why === null ? entriesOf(text) : why
    if (typeof entries === 'string') return drop(entries)
    return [...entries].flatMap(([key, entry]) =>
      key.includes('@')
        ? []
        : domainsOf({ text: key, file: entry.file, line: entry.line }, parameter, notes, depth + 1),
    )
  }
  if (text.startsWith('/')) {
    const inFile = depth > 5 ? null : readText(text)
    if (inFile === null) return drop(`${text} cannot be read`)
    return linesOf(inFile, text).flatMap((inner) => domainsOf(inner, parameter, notes, depth + 1))
  }
  const domain = parseDomain(text.replace(/^\./, ''))
  if (domain === null) return drop('this is no domain name')
  return [{ domain: text.startsWith('.') ? `.${domain}` : domain, file, line }]
}
