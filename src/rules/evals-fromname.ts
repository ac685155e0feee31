// SPDX-License-Identifier: Apache-2.0
/**
 * eval tests of From fields whose name is itself an address, and not the author's: mail programs show the name and hide
 * the address (SpamAssassin's FromNameSpoof).
 */
import { parseDomain } from '../core/address.ts'
import { foldAscii, isAscii } from '../kit/bytes.ts'
import { domainOfHost, hostOfUri } from './domains.ts'
import { type EvalTests, yes } from './evals-kit.ts'
import { allTo } from './evals-lists.ts'
import { spoofLevel } from './settings-fromname.ts'
import type { EvalTest, Views } from './views.ts'

/** An address, and whose it is. */
interface Party {
  readonly address: string
  /** The registered domain. */
  readonly domain: string
  /** Who the settings say owns it, else the domain without what it is registered below. */
  readonly owner: string
}

interface Comparison {
  /** Whom the name speaks of. */
  readonly named: Party
  readonly author: Party
}

interface FromName {
  /** The address in the name; null for none. */
  readonly contained: string | null
  /** null where the name is more than an address, so that nobody takes it for one. */
  readonly comparison: Comparison | null
}

const nothing: FromName = { contained: null, comparison: null }

/** Characters of a name that are looked at: no program shows more. */
const maxName = 1000

function readFromName(views: Views): FromName {
  const author = foldAscii(views.fields.first('From:addr'))
  const name = foldAscii((views.fields.all('From:name')[0] ?? '').slice(0, maxName))
  // Most names hold no address: then nothing else has to be looked at.
  if (!name.includes('@') || isExempt(views)) return nothing
  const by = partyOf(views, author)
  if (by === null) return nothing
  for (const address of addressesIn(name)) {
    const named = partyOf(views, address)
    if (named === null) continue
    const isAddress = isNearlyAll(name, address, views.settings.fromName.extraCharacters)
    return { contained: address, comparison: isAddress ? { named, author: by } : null }
  }
  return nothing
}

/** null for an address whose domain cannot be. */
function partyOf(views: Views, address: string): Party | null {
  const domain = domainOf(views, address)
  return domain === null ? null : { address, domain, owner: ownerOf(views, address, domain) }
}

/** Signed by those whom the files trust, or with a field that tells of a list. */
function isExempt({ facts, fields, settings }: Views): boolean {
  const { trustedSigners, ignoredFields } = settings.fromName
  const signers = (facts.auth?.dkim ?? []).filter(({ result }) => result === 'pass')
  return (
    signers.some(({ domain }) => trustedSigners.has(domain.toLowerCase())) ||
    [...ignoredFields].some((field) => fields.all(field).length > 0)
  )
}

function domainOf({ settings }: Views, address: string): string | null {
  const at = address.lastIndexOf('@') + 1
  const written = isAscii(address) ? address : asciiAddress(address, at)
  const host = hostOfUri(settings.registry, `mailto:${written}`)
  return host === null ? null : domainOfHost(settings.registry, host)
}

/** Domains outside ASCII are registered by their other form. */
function asciiAddress(address: string, at: number): string {
  const domain = parseDomain(Buffer.from(address.slice(at), 'latin1').toString('utf8'))
  return `${address.slice(0, at)}${domain ?? ''}`
}

const localEnd = /[\w.!#$%&'*+/=?^`{|}~-]/
const hostBehind = /\w[\w-]*\.\w[\w.-]+/y

/** Addresses in a text in lower case. Looks from each "@" both ways, so the work is one pass. */
function* addressesIn(text: string): Generator<string> {
  let behind = 0
  for (let at = text.indexOf('@'); at >= 0; at = text.indexOf('@', at + 1)) {
    let start = at
    while (start > behind && localEnd.test(text[start - 1] ?? '')) start--
    behind = at + 1
    // Marks before the first letter are quotes.
    while (start < at && !/\w/.test(text[start] ?? '')) start++
    hostBehind.lastIndex = at + 1
    // A name may end as a sentence does.
    const host = hostBehind.exec(text)?.[0].replace(/[.-]+$/, '') ?? ''
    if (start < at && host.includes('.')) yield `${text.slice(start, at)}@${host}`
  }
}

/** What stands beside the address is little; marks and foreign letters count twice. */
function isNearlyAll(name: string, address: string, mostExtra: number): boolean {
  const marks = (text: string): number => text.replace(/[a-z\d]+/g, '').length
  return name.length - address.length + marks(name) - marks(address) <= mostExtra
}

function ownerOf({ settings }: Views, address: string, domain: string): string {
  const atDomain = `${address.slice(0, address.lastIndexOf('@'))}@${domain}`
  for (const form of [address, atDomain])
    for (const [owner, list] of settings.fromName.owners) if (list.match(form)) return owner
  return domain.split('.', 1)[0] ?? domain
}

const differs = {
  address: ({ named, author }: Comparison): boolean => named.address !== author.address,
  owner: ({ named, author }: Comparison): boolean => named.owner !== author.owner,
  domain: ({ named, author }: Comparison): boolean => named.domain !== author.domain,
} as const

function ifCompared(test: (comparison: Comparison, views: Views, args: readonly string[]) => boolean): EvalTest {
  return (views, args) => {
    const { comparison } = views.once(readFromName)
    if (comparison === null || !test(comparison, views, args)) return null
    return `${comparison.named.address}, from ${comparison.author.address}`
  }
}

function isSpoof(comparison: Comparison, views: Views, [given = '']: readonly string[]): boolean {
  if (!differs.address(comparison)) return false
  const level = spoofLevel(given) ?? views.settings.fromName.level
  return level === 0 || (level === 1 ? differs.owner(comparison) : differs.domain(comparison))
}

export const fromNameTests: EvalTests = {
  check_fromname_spoof: ifCompared(isSpoof),
  check_fromname_different: ifCompared(differs.address),
  check_fromname_domain_differ: ifCompared(differs.domain),
  check_fromname_owners_differ: ifCompared(differs.owner),
  check_fromname_contains_email: (views) => {
    const { contained } = views.once(readFromName)
    return yes(contained !== null, contained ?? '')
  },
  check_fromname_equals_to: ifCompared(({ named }, views) =>
    allTo(views).some((one) => foldAscii(one) === named.address),
  ),
  check_fromname_equals_replyto: ifCompared(
    ({ named }, views) => foldAscii(views.fields.first('Reply-To:addr')) === named.address,
  ),
}

/** Tags that tell of a spoof, for askdns and check_hashbl_tag. */
export const fromNameTags: Readonly<Record<string, (views: Views) => readonly string[]>> = {
  FNSFNAMEADDR: ofSpoof(({ named }) => named.address),
  FNSFNAMEDOMAIN: ofSpoof(({ named }) => named.domain),
  FNSFNAMEOWNER: ofSpoof(({ named }) => named.owner),
  FNSFADDRADDR: ofSpoof(({ author }) => author.address),
  FNSFADDRDOMAIN: ofSpoof(({ author }) => author.domain),
  FNSFADDROWNER: ofSpoof(({ author }) => author.owner),
}

function ofSpoof(value: (comparison: Comparison) => string): (views: Views) => readonly string[] {
  return (views) => {
    const { comparison } = views.once(readFromName)
    const isTold = comparison !== null && (differs.address(comparison) || differs.owner(comparison))
    return isTold ? [value(comparison)] : []
  }
}
