// SPDX-License-Identifier: Apache-2.0
/** How mail leaves: transport_maps, relayhost, fallbacks, passwords and TLS of the SMTP client. */
import { parseTransport } from '../queue/transport.ts'
import type { Place, Word } from './main-cf.ts'
import { entriesOf, fileOf, isTable, readText, unsupported } from './maps.ts'
import type { Notes } from './notes.ts'
import type { Parameters } from './parameters.ts'
import type { Entry, Item, Section } from './toml.ts'
import type { Transports } from './transports.ts'

/** [submission], [routes], [delivery] and [delivery.tls_policies]. */
export function importDelivery(parameters: Parameters, transports: Transports, notes: Notes): readonly Section[] {
  const { entries: maps, routes } = importTransports(parameters, transports, notes)
  return [
    { name: 'submission', comments: [], entries: relayhost(parameters, transports, notes) },
    { name: 'routes', comments: [], entries: routes },
    {
      name: 'delivery',
      comments: [],
      entries: [
        ...maps,
        ...fallbackRelay(parameters, transports, notes),
        ...credentials(parameters, notes),
        ...tlsLevel(parameters, notes),
        ...authorities(parameters, notes),
        ...family(parameters),
      ],
    },
    { name: 'delivery.tls_policies', comments: [], entries: tlsPolicies(parameters, notes) },
  ]
}

function relayhost(parameters: Parameters, transports: Transports, notes: Notes): readonly Entry[] {
  const written = parameters.value('relayhost')
  const usual = parameters.value('default_transport')
  if (written === '' && usual === 'smtp') return []
  const name = written === '' ? 'default_transport' : 'relayhost'
  const routing = transports.routeOf('', '', usual)
  if ('route' in routing && !/^\w+:\/\/$/.test(routing.route))
    return [entryOf('relayhost', routing.route, name, parameters)]
  const because = 'because' in routing ? routing.because : 'it names no next hop'
  notes.add('dropped', parameters.place(name), `${name} = ${written || usual}`, because)
  return []
}

/** A table is taken by reference where Postern understands all its entries; else those that it does are written down. */
function importTransports(
  parameters: Parameters,
  transports: Transports,
  notes: Notes,
): { readonly entries: readonly Entry[]; readonly routes: readonly Entry[] } {
  const tables: Word[] = []
  const routes = new Map<string, Entry>()
  for (const word of parameters.words('transport_maps')) {
    const entries = unsupported(word.text, word) === null ? entriesOf(word.text) : null
    if (entries === null) continue
    if (typeof entries === 'string' || [...entries.values()].every(({ value }) => isOurs(value))) {
      tables.push(word)
      if (typeof entries === 'string')
        notes.add('todo', word, `transport_maps: ${word.text}`, `${entries}: see that its values are routes of Postern`)
      continue
    }
    notes.add(
      'changed',
      word,
      `transport_maps: ${word.text}`,
      'not all its entries are routes of Postern: those that are stand in [routes]',
    )
    for (const [key, entry] of entries) {
      const route = oneRoute(key, entry, transports, notes)
      if (route !== null && !routes.has(key)) routes.set(key, route)
    }
  }
  const items: Item[] = tables.map(({ text }) => ({ text, comment: null }))
  // A route in [domains] is one host or one MX for all names; "smtp:" is the MX of each.
  const own = transports.byOwnMx.map((name) => `${name}=smtp:`)
  if (own.length > 0) items.push({ text: `inline:{${own.join(', ')}}`, comment: null })
  const entries = items.length === 0 ? [] : [entryOf('transport_maps', items, 'transport_maps', parameters)]
  return { entries, routes: [...routes.values()] }
}

function isOurs(value: string): boolean {
  return parseTransport(value.trim(), 'example.org') !== null
}

function oneRoute(
  key: string,
  entry: { readonly value: string } & Place,
  transports: Transports,
  notes: Notes,
): Entry | null {
  const drop = (because: string): null => {
    notes.add('dropped', entry, `the transport of ${key}: ${entry.value}`, because)
    return null
  }
  if (key.includes('@')) return drop('[routes] go by domain')
  const routing = transports.routeOf(entry.value, key, 'smtp')
  if ('because' in routing) return drop(routing.because)
  if (/^mx:\/\/\*/.test(routing.route)) return null
  return { key, value: routing.route, comment: `${entry.file}:${entry.line}` }
}

function fallbackRelay(parameters: Parameters, transports: Transports, notes: Notes): readonly Entry[] {
  const name = parameters.isSet('fallback_relay') ? 'fallback_relay' : 'smtp_fallback_relay'
  const items = parameters.words(name).flatMap((word) => {
    const routing = transports.routeOf(`smtp:${word.text}`, '', 'smtp')
    if ('route' in routing) return [{ text: routing.route, comment: null }]
    notes.add('dropped', word, `${name}: ${word.text}`, routing.because)
    return []
  })
  return items.length === 0 ? [] : [entryOf('fallback_relay', items, name, parameters)]
}

function credentials(parameters: Parameters, notes: Notes): readonly Entry[] {
  const name = 'smtp_sasl_password_maps'
  if (!parameters.isSet(name)) return []
  if (!parameters.isYes('smtp_sasl_auth_enable')) return []
  const items = referenced(name, parameters, notes)
  tellNamedPorts(parameters.words(name), notes)
  return items.length === 0 ? [] : [entryOf('credentials', items, name, parameters)]
}

/** The tables of a parameter that can be taken by reference. */
export function referenced(
  name: string,
  parameters: Parameters,
  notes: Notes,
): readonly { readonly text: string; readonly comment: null }[] {
  return parameters.words(name).flatMap((word) => {
    const why = isTable(word.text) ? unsupported(word.text, word) : 'this is no table'
    if (why !== null) {
      notes.add('dropped', word, `${name}: ${word.text}`, why)
      return []
    }
    const file = fileOf(word.text)
    if (file !== null && readText(file) === null)
      notes.add(
        'todo',
        word,
        word.text,
        `its file ${file} cannot be read; until it is there \`postern check\` complains`,
      )
    return [{ text: word.text, comment: null }]
  })
}

/** Postfix looks for a next hop as it was written; here ports are numbers. */
function tellNamedPorts(words: readonly Word[], notes: Notes): void {
  for (const word of words) {
    const entries = entriesOf(word.text)
    if (typeof entries === 'string') continue
    for (const [key, entry] of entries)
      if (/:[a-z]+$/.test(key)) notes.add('todo', entry, `the password for ${key}`, 'write the port as a number')
  }
}

/** Postfix's levels (TLS_README) and ours. */
const levels: Readonly<Record<string, string>> = {
  none: 'none',
  may: 'may',
  encrypt: 'encrypt',
  dane: 'may',
  'dane-only': 'encrypt',
  verify: 'verify',
  secure: 'verify',
}

function tlsLevel(parameters: Parameters, notes: Notes): readonly Entry[] {
  const name = 'smtp_tls_security_level'
  const written = parameters.value(name) || olderLevel(parameters)
  if (written === '') {
    const because =
      'Postfix then sends in clear; Postern encrypts where the next hop can (delivery.tls = "none": never)'
    notes.add('changed', parameters.place(name), `${name} is not set`, because)
    return []
  }
  const level = levels[written]
  if (level === undefined)
    notes.add('dropped', parameters.place(name), `${name} = ${written}`, 'Postern has no such level')
  else if (written.startsWith('dane'))
    notes.add('changed', parameters.place(name), `${name} = ${written}`, `without DANE: "${level}" is written`)
  return level === undefined || level === 'may' ? [] : [entryOf('tls', level, name, parameters)]
}

/** What said the same before Postfix 2.3. */
function olderLevel(parameters: Parameters): string {
  if (parameters.isYes('smtp_enforce_tls')) return 'encrypt'
  return parameters.isYes('smtp_use_tls') ? 'may' : ''
}

function tlsPolicies(parameters: Parameters, notes: Notes): readonly Entry[] {
  const found = new Map<string, Entry>()
  for (const word of parameters.words('smtp_tls_policy_maps')) {
    const why = unsupported(word.text, word)
    const entries = why === null ? entriesOf(word.text) : why
    if (typeof entries === 'string') {
      notes.add('dropped', word, `smtp_tls_policy_maps: ${word.text}`, entries)
      continue
    }
    for (const [key, entry] of entries) {
      const [written = '', ...attributes] = entry.value.split(/\s+/)
      const level = levels[written]
      const name = key.replace(/^\[([^\]]+)\](?::\w+)?$/, '$1')
      if (level === undefined)
        notes.add('dropped', entry, `the TLS policy of ${key}: ${entry.value}`, 'Postern has no such level')
      else {
        if (attributes.length > 0 || written.startsWith('dane'))
          notes.add(
            'changed',
            entry,
            `the TLS policy of ${key}: ${entry.value}`,
            `"${level}" and nothing more is written`,
          )
        if (!found.has(name)) found.set(name, { key: name, value: level, comment: `${entry.file}:${entry.line}` })
      }
    }
  }
  return [...found.values()]
}

function authorities(parameters: Parameters, notes: Notes): readonly Entry[] {
  const name = 'smtp_tls_CAfile'
  const file = parameters.value(name)
  if (file === '' || file === '/etc/ssl/certs/ca-certificates.crt') return []
  if (readText(file) !== null) return [entryOf('tls_ca', file, name, parameters)]
  notes.add(
    'todo',
    parameters.place(name),
    name,
    `${file} cannot be read; until delivery.tls_ca names it the usual authorities are believed`,
  )
  return []
}

function family(parameters: Parameters): readonly Entry[] {
  const protocols = parameters.words('inet_protocols').map((word) => word.text)
  const only = (one: string) => protocols.every((protocol) => protocol === one) && protocols.length > 0
  if (only('ipv4')) return [entryOf('address_family', 'ipv4_only', 'inet_protocols', parameters)]
  if (only('ipv6')) return [entryOf('address_family', 'ipv6_only', 'inet_protocols', parameters)]
  const preferred = parameters.value('smtp_address_preference')
  if (preferred !== 'ipv4' && preferred !== 'ipv6') return []
  return [entryOf('address_family', preferred, 'smtp_address_preference', parameters)]
}

function entryOf(key: string, value: Entry['value'], name: string, parameters: Parameters): Entry {
  const { file, line } = parameters.place(name)
  return { key, value, comment: line > 0 ? `${name}, ${file}:${line}` : `${name}: Postfix's default` }
}
