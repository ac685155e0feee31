// SPDX-License-Identifier: Apache-2.0
/** Which addresses of a message check_hashbl_emails asks about. */
import { printAddress } from '../core/address.ts'
import { foldAscii } from '../kit/bytes.ts'
import { registeredDomain } from './domains.ts'
import { emailsIn, isQuoted, withoutLinks } from './email-text.ts'
import { official } from './evals-freemail.ts'
import { matches } from './evals-kit.ts'
import { allFrom } from './evals-lists.ts'
import { parseFieldRequest } from './field-reader.ts'
import { asBytes } from './field-views.ts'
import type { HashOptions } from './hashbl-options.ts'
import type { Views } from './views.ts'

export interface MailQuery {
  /** ALL, ALLFROM, EnvelopeFrom, fields, body. */
  readonly sources: readonly string[]
  readonly options: HashOptions
  /** The access list; null for none. */
  readonly access: string | null
}

/** "ALLFROM/Reply-To/body"; a text says what is wrong. */
export function parseMailSources(text: string): readonly string[] | string {
  const sources = text
    .split('/')
    .map((source) => source.trim())
    .filter((source) => source !== '')
  for (const source of sources) {
    const request = parseFieldRequest(source)
    if ('unknown' in request || !/^[\w.:-]+$/.test(source)) return `"${source}" is no field`
  }
  return sources
}

/** What is asked for, of every address that may be asked about. */
export function mailAddresses(views: Views, { sources, options, access }: MailQuery): string[] {
  const found: string[] = []
  for (const source of sources)
    for (const written of addressesFrom(source, options, views)) {
      const address = aliased(written, views)
      if (address !== null && isAskedAbout(address, access, views)) found.push(asWanted(address, options, views))
    }
  return found
}

interface MailParts {
  readonly user: string
  readonly domain: string
}

function aliased(written: string, { settings }: Views): MailParts | null {
  const at = written.lastIndexOf('@')
  const domain = written.slice(at + 1)
  if (at < 0 || domain === '') return null
  return { user: written.slice(0, at), domain: settings.hashBl.aliases.get(foldAscii(domain)) ?? domain }
}

function isAskedAbout({ user, domain: written }: MailParts, access: string | null, views: Views): boolean {
  const { hashBl, dns, registry } = views.settings
  const domain = foldAscii(written)
  const address = `${user}@${written}`
  if (views.once(ownAddresses).has(foldAscii(address))) return false
  if (hashBl.welcome === null ? official.test(address.slice(0, 320)) : matches(hashBl.welcome, address)) return false
  if (access !== null) {
    const entry = hashBl.access.get(access)?.get(domain)
    return access === 'all' ? entry !== false : entry === true
  }
  return !dns.skippedDomains.has(domain) && !dns.skippedDomains.has(registeredDomain(registry, domain))
}

/** Whom the message is for: such addresses are in many texts, and tell nothing. */
function ownAddresses({ fields, facts }: Views): ReadonlySet<string> {
  const noted = ['X-Original-To', 'Apparently-To', 'Delivered-To', 'Envelope-To']
  const all = [
    ...noted.flatMap((name) => [...fields.all(`${name}:addr`)]),
    ...facts.recipients.map((recipient) => asBytes(printAddress(recipient))),
  ]
  return new Set(all.map(foldAscii))
}

function asWanted({ user, domain }: MailParts, { words }: HashOptions, { settings }: Views): string {
  let kept = user
  if (words.has('nodot')) kept = kept.replaceAll('.', '')
  if (words.has('notag')) kept = kept.replace(/\+.*/s, '')
  const part = words.has('domain')
    ? registeredDomain(settings.registry, domain)
    : words.has('host')
      ? domain
      : words.has('user')
        ? kept
        : `${kept}@${domain}`
  return words.has('case') ? part : foldAscii(part)
}

function addressesFrom(source: string, { words }: HashOptions, views: Views): readonly string[] {
  if (source === 'ALLFROM') return allFrom(views)
  const key = source === 'body' ? `body ${words.has('nouri')} ${words.has('noquote')}` : source
  const known = views.once(knownAddresses)
  let found = known.get(key)
  if (found === undefined) {
    found = source === 'body' ? inBody(views, words) : inText(views.fields.all(source).join('\n'), views)
    known.set(key, found)
  }
  return found
}

/** By source: several rules ask for the same. */
function knownAddresses(): Map<string, readonly string[]> {
  return new Map()
}

function inText(text: string, { settings }: Views): string[] {
  return emailsIn(text, settings.registry, settings.hashBl.emailPattern).map(({ address }) => address)
}

function inBody(views: Views, words: ReadonlySet<string>): string[] {
  const { registry, hashBl } = views.settings
  const linked = [...views.uriList.details].flatMap(([uri, { types }]) =>
    types.has('a') && !types.has('parsed') && /^mailto:/i.test(uri) ? [uri.slice('mailto:'.length)] : [],
  )
  const whole = views.body.join('')
  const text = words.has('nouri') ? withoutLinks(whole) : whole
  const written = emailsIn(text, registry, hashBl.emailPattern).filter(
    (email) => !words.has('noquote') || !isQuoted(text, email),
  )
  return [...inText(linked.join('\n'), views), ...written.map(({ address }) => address)]
}
