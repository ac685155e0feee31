// SPDX-License-Identifier: Apache-2.0
/** Postfix's address classes (ADDRESS_CLASS_README) → the domains that we accept mail for. */
import { parseDomain } from '../core/address.ts'
import type { Place, Word } from './main-cf.ts'
import { entriesOf, fileOf, isTable, readText, unsupported } from './maps.ts'
import type { Service } from './master-cf.ts'
import { linesOf } from './networks.ts'
import type { Notes } from './notes.ts'
import type { Parameters } from './parameters.ts'
import type { Entry, Section } from './toml.ts'
import { keyOf } from './toml.ts'
import { Transports } from './transports.ts'

interface AddressClass {
  /** The parameter that lists its domains. */
  readonly domains: string
  /** The parameter that lists its recipients. */
  readonly recipients: string
  readonly transport: string
  /** Whether "example.org" stands for its subdomains too. */
  readonly withSubdomains: boolean
}

/** A domain and where it was named. */
interface Named extends Place {
  readonly domain: string
}

export function importDomains(parameters: Parameters, services: readonly Service[], notes: Notes): readonly Section[] {
  const transports = new Transports(parameters, services, notes)
  const parents = parameters.words('parent_domain_matches_subdomains').map((word) => word.text)
  const classes: readonly AddressClass[] = [
    {
      domains: 'mydestination',
      recipients: 'local_recipient_maps',
      transport: parameters.value('mailbox_transport') || parameters.value('local_transport'),
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
    const recipients = recipientsOf(each, parameters, notes)
    const named = parameters.words(each.domains).flatMap((word) => domainsOf(word, each.domains, notes, 0))
    return named.flatMap((one) => {
      if (seen.has(one.domain)) return []
      seen.add(one.domain)
      const section = sectionOf(one, one.domain, each, recipients, transports, notes)
      const below = each.withSubdomains && !one.domain.startsWith('.') && one.domain.includes('.')
      return below ? [section, sectionOf(one, `.${one.domain}`, each, recipients, transports, notes)] : [section]
    })
  })
}

function sectionOf(
  named: Named,
  name: string,
  { transport }: AddressClass,
  recipients: (route: string) => Entry,
  transports: Transports,
  notes: Notes,
): Section {
  const entry = transports.entryFor(name)
  const routing = transports.routeOf(entry?.value ?? '', name, transport)
  const route = 'route' in routing ? routing.route : 'maildir:'
  if ('because' in routing) {
    const where = entry ?? named
    notes.add('changed', where, `the transport of ${name}`, `${routing.because}; "maildir:" is written in its place`)
  }
  const entries: Entry[] = [{ key: 'deliver', value: route, comment: entry === undefined ? null : placeOf(entry) }]
  if (route !== 'maildir:') entries.push({ key: 'mode', value: 'queue', comment: null })
  return { name: `domains.${keyOf(name)}`, comments: [placeOf(named)], entries: [...entries, recipients(route)] }
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
  const place = parameters.place(recipients)
  const comment = place.line > 0 ? `${recipients}, ${place.file}:${place.line}` : null
  const unknown = (route: string): Entry => ({ key, value: route === 'maildir:' ? 'accounts' : 'verify', comment })
  if (recipients === 'local_recipient_maps' && !parameters.isSet(recipients)) {
    notes.add(
      'todo',
      parameters.place(domains),
      domains,
      'users of the system become accounts: postern user add NAME@DOMAIN',
    )
    return unknown
  }
  const words = parameters.words(recipients)
  if (words.length === 0) return () => ({ key, value: 'any', comment })
  const aliases = parameters.words('virtual_alias_maps')
  const reasons = words.map((word) => [word, unsupported(word.text, word)] as const)
  for (const [word, why] of reasons)
    if (why !== null) notes.add('dropped', word, `${recipients}: ${word.text}`, `${why}; other means say who exists`)
  if (reasons.some(([, why]) => why !== null)) return unknown
  for (const word of words) tellMissing(word, notes)
  const tables = [...words, ...aliases.filter((word) => unsupported(word.text, word) === null)]
  const value = `table:${[...new Set(tables.map((word) => word.text))].join(', ')}`
  return () => ({ key, value, comment })
}

function tellMissing(word: Word, notes: Notes): void {
  const file = fileOf(word.text)
  if (file !== null && readText(file) === null)
    notes.add('todo', word, word.text, `its file ${file} cannot be read; until it is there \`postern check\` complains`)
}

function domainsOf(word: Word, parameter: string, notes: Notes, depth: number): readonly Named[] {
  const { text, file, line } = word
  const drop = (because: string): readonly Named[] => {
    notes.add('dropped', word, `${parameter}: ${text}`, because)
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
