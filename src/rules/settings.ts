// SPDX-License-Identifier: Apache-2.0
/** What rule files set beside rules: lists of addresses and domains, networks, tags, redirectors. */
import { containedInAny, type Network, parseIp, parseNetwork } from '../kit/cidr.ts'
import { AddressGlobs } from './globs.ts'
import { splitPattern } from './pattern.ts'
import { compileRedirector, type Redirector } from './redirectors.ts'
import { type DnsSettings, dnsSettingNames, emptyDnsSettings, readDnsSetting } from './settings-dns.ts'
import {
  emptyFromNameSettings,
  type FromNameSettings,
  fromNameSettingNames,
  readFromNameSetting,
} from './settings-fromname.ts'
import { emptyHashBlSettings, type HashBlSettings, hashBlSettingNames, readHashBlSetting } from './settings-hashbl.ts'

/** An author's address and the host, or the network in brackets, that it must come from. */
export interface ReceivedEntry {
  readonly address: string
  readonly from: string
}

export interface Settings {
  /** By the name of the list: "welcomelist_from", or what enlist_addrlist gave in parentheses. */
  readonly addressLists: Map<string, AddressGlobs>
  /** By the name of the list, such as "welcomelist_from_rcvd". */
  readonly receivedLists: Map<string, ReceivedEntry[]>
  /** Hosts of links by list name; false takes a host out again. */
  readonly hostLists: Map<string, Map<string, boolean>>
  readonly freemail: {
    readonly domains: Set<string>
    /** Domains with "*" and "?" in them, which stand for no dot. */
    readonly wildcards: Set<string>
    readonly safe: Set<string>
    readonly numbers: Map<string, number>
  }
  readonly registry: { readonly top: Set<string>; readonly second: Set<string>; readonly third: Set<string> }
  readonly replace: {
    readonly tag: Map<string, string>
    readonly pre: Map<string, string>
    readonly inter: Map<string, string>
    readonly post: Map<string, string>
    readonly rules: Set<string>
  }
  readonly redirectors: Redirector[]
  readonly trusted: Network[]
  readonly internal: Network[]
  readonly submission: Network[]
  readonly originatingFields: string[]
  readonly dns: DnsSettings
  readonly fromName: FromNameSettings
  readonly hashBl: HashBlSettings
  readonly words: Map<string, string>
}

export function emptySettings(): Settings {
  return {
    addressLists: new Map(),
    receivedLists: new Map(),
    hostLists: new Map(),
    freemail: { domains: new Set(), wildcards: new Set(), safe: new Set(), numbers: new Map() },
    registry: { top: new Set(), second: new Set(), third: new Set() },
    replace: { tag: new Map(), pre: new Map(), inter: new Map(), post: new Map(), rules: new Set() },
    redirectors: [],
    trusted: [],
    internal: [],
    submission: [],
    originatingFields: [],
    dns: emptyDnsSettings(),
    fromName: emptyFromNameSettings(),
    hashBl: emptyHashBlSettings(),
    words: new Map(),
  }
}

/** A setting that cannot be read; the text says why. */
export class SettingError extends Error {
  override readonly name = 'SettingError'
}

type Reader = (settings: Settings, words: readonly string[], rest: string) => void

const addressLists =
  'welcomelist_from blocklist_from welcomelist_to blocklist_to more_spam_to all_spam_to welcomelist_auth def_welcomelist_auth welcomelist_bounce_relays welcomelist_allow_relays welcomelist_from_spf def_welcomelist_from_spf'.split(
    ' ',
  )
const receivedLists =
  'welcomelist_from_rcvd def_welcomelist_from_rcvd welcomelist_from_dkim def_welcomelist_from_dkim'.split(' ')

/** Older files say whitelist and blacklist for what is now called welcomelist and blocklist. */
export function currentName(name: string): string {
  return name.replace('whitelist', 'welcomelist').replace('blacklist', 'blocklist')
}

const readers = new Map<string, Reader>([
  ...addressLists.map((name): [string, Reader] => [name, (settings, words) => listOf(settings, name).add(words)]),
  ...addressLists.map((name): [string, Reader] => [
    `un${name}`,
    (settings, words) => removeGlobs(settings, name, words),
  ]),
  // All of the line is one entry, which the subject has to contain.
  ...['welcomelist_subject', 'blocklist_subject'].map((name): [string, Reader] => [
    name,
    (settings, _, rest) => listOf(settings, name).add(rest === '' ? [] : [`*${rest}*`]),
  ]),
  ...receivedLists.map((name): [string, Reader] => [
    name,
    (settings, [address = '', from = '']) => {
      const list = settings.receivedLists.get(name) ?? []
      list.push({ address: address.toLowerCase(), from: from.toLowerCase() })
      settings.receivedLists.set(name, list)
    },
  ]),
  ['enlist_addrlist', (settings, words) => listOf(settings, listName(words)).add(words.slice(1))],
  ['enlist_uri_host', (settings, words) => enlistHosts(settings, listName(words), words.slice(1), true)],
  ['delist_uri_host', (settings, words) => enlistHosts(settings, listName(words), words.slice(1), false)],
  ['blocklist_uri_host', (settings, words) => enlistHosts(settings, 'BLOCK', words, true)],
  ['welcomelist_uri_host', (settings, words) => enlistHosts(settings, 'WELCOME', words, true)],
  ['freemail_domains', addFreemail],
  ['freemail_welcomelist', ({ freemail }, words) => addAll(freemail.safe, words)],
  ['util_rb_tld', ({ registry }, words) => addAll(registry.top, words)],
  ['util_rb_2tld', ({ registry }, words) => addAll(registry.second, words)],
  ['util_rb_3tld', ({ registry }, words) => addAll(registry.third, words)],
  [
    'clear_util_rb',
    ({ registry }) => {
      for (const set of Object.values(registry)) set.clear()
    },
  ],
  [
    'replace_rules',
    ({ replace }, words) => {
      for (const word of words) replace.rules.add(word)
    },
  ],
  ...(['tag', 'pre', 'inter', 'post'] as const).map((kind): [string, Reader] => [
    `replace_${kind}`,
    ({ replace }, [name = ''], rest) => replace[kind].set(name, rest.slice(name.length).trim()),
  ]),
  ['redirector_pattern', (settings, _, rest) => settings.redirectors.push(readRedirector(rest))],
  ['trusted_networks', ({ trusted }, words) => addNetworks(trusted, words)],
  ['internal_networks', ({ internal }, words) => addNetworks(internal, words)],
  ['msa_networks', ({ submission }, words) => addNetworks(submission, words)],
  ['originating_ip_headers', ({ originatingFields }, words) => originatingFields.push(...words)],
  ['clear_originating_ip_headers', ({ originatingFields }) => originatingFields.splice(0)],
  ...['envelope_sender_header', 'ok_locales', 'ok_languages', 'parse_dkim_uris'].map((name): [string, Reader] => [
    name,
    ({ words }, _, rest) => words.set(name, rest),
  ]),
  ...[
    'freemail_max_body_emails',
    'freemail_max_body_freemails',
    'freemail_skip_when_over_max',
    'freemail_skip_bulk_envfrom',
  ].map((name): [string, Reader] => [name, ({ freemail }, [value = '']) => freemail.numbers.set(name, Number(value))]),
])

/** Reads a line that is a setting; false when the directive is none that counts here. Throws SettingError. */
export function readSetting(directive: string, rest: string, settings: Settings): boolean {
  const words = rest.split(/\s+/).filter((word) => word !== '')
  const reader = readers.get(currentName(directive))
  if (reader === undefined) {
    const read =
      readDnsSetting(settings.dns, directive, words) ||
      readFromNameSetting(settings.fromName, directive, rest) ||
      readHashBlSetting(settings.hashBl, currentName(directive), rest)
    if (typeof read === 'string') throw new SettingError(read)
    return read
  }
  reader(settings, words, rest)
  return true
}

export const settingNames: ReadonlySet<string> = new Set([
  ...readers.keys(),
  ...dnsSettingNames,
  ...fromNameSettingNames,
  ...hashBlSettingNames,
])

export function listOf(settings: Settings, name: string): AddressGlobs {
  const list = settings.addressLists.get(name) ?? new AddressGlobs()
  settings.addressLists.set(name, list)
  return list
}

function removeGlobs(settings: Settings, name: string, words: readonly string[]): void {
  const list = listOf(settings, name)
  for (const word of words) list.delete(word)
}

/** "(NAME)" before the entries. */
function listName(words: readonly string[]): string {
  const name = /^\((\w+)\)$/.exec(words[0] ?? '')?.[1]
  if (name === undefined) throw new SettingError('the name of the list in parentheses is missing')
  return name
}

function enlistHosts(settings: Settings, name: string, hosts: readonly string[], listed: boolean): void {
  const list = settings.hostLists.get(name) ?? new Map<string, boolean>()
  settings.hostLists.set(name, list)
  for (const host of hosts) {
    const inverted = host.startsWith('!')
    list.set(host.slice(inverted ? 1 : 0).toLowerCase(), inverted ? !listed : listed)
  }
}

function addFreemail({ freemail }: Settings, words: readonly string[]): void {
  for (const word of words) {
    if (/[^A-Za-z0-9.*?-]/.test(word)) throw new SettingError(`"${word}" is no domain`)
    if (/[*?]/.test(word)) freemail.wildcards.add(word.toLowerCase())
    else freemail.domains.add(word.toLowerCase())
  }
}

function addAll(set: Set<string>, words: readonly string[]): void {
  for (const word of words) set.add(word.toLowerCase())
}

function addNetworks(list: Network[], words: readonly string[]): void {
  for (const word of words) {
    const network = parseNetwork(wholeNetwork(word.replace(/^!/, '')))
    if (typeof network === 'string') throw new SettingError(network)
    if (!word.startsWith('!')) list.push(network)
  }
}

/** "10.1." and "127/8" leave octets out: the network ends where they do. */
function wholeNetwork(text: string): string {
  const match = /^(\d{1,3}(?:\.\d{1,3}){0,2})\.?(?:\/(\d+))?$/.exec(text)
  if (match === null) return text
  const octets = (match[1] ?? '').split('.')
  return `${[...octets, '0', '0', '0'].slice(0, 4).join('.')}/${match[2] ?? octets.length * 8}`
}

function readRedirector(text: string): Redirector {
  const split = splitPattern(text.trim())
  if (split === null) throw new SettingError(`"${text}" is no pattern`)
  const redirector = compileRedirector(split.source, split.flags)
  if (typeof redirector === 'string') throw new SettingError(redirector)
  return redirector
}

/** True when the address is in one of the networks. */
export function within(networks: readonly Network[], ip: string): boolean {
  const parsed = parseIp(ip)
  return parsed !== null && containedInAny(networks, parsed)
}
