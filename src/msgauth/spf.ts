// SPDX-License-Identifier: Apache-2.0
/** check_host() of RFC 7208 §4, to the letter: its limits, its errors, its explanation. */
import type { AuthResult } from '../core/auth.ts'
import type { DnsAnswer, Resolver } from '../core/ports.ts'
import { contains, type Ip, parseIp, printIp } from '../kit/cidr.ts'
import { canExist } from './dns-bridge.ts'
import { expand, fitName, type MacroString, type MacroValues, parseMacroString } from './spf-macro.ts'
import { type Directive, isSpfRecord, type Mechanism, parseSpfRecord, sharesPrefix } from './spf-record.ts'

export interface SpfSubject {
  readonly ip: string
  /** As the client gave it; an address literal stands in brackets. */
  readonly helo: string
  /** "local@domain", or "" to check the HELO identity (§2.4). */
  readonly sender: string
  /** Our name: %{r} of explanations. */
  readonly hostname: string
  /** Seconds since 1970: %{t} of explanations; 0 where nobody cares. */
  readonly seconds?: number
}

export interface SpfOutcome {
  readonly result: Exclude<AuthResult, 'policy'>
  /** The domain whose policy was asked; "" where there was none to ask. */
  readonly domain: string
  readonly identity: 'mailfrom' | 'helo'
  /** The directive that matched, as written; "" where none did. */
  readonly mechanism: string
  /** Why it is an error or none; "" otherwise. */
  readonly because: string
  /** What the domain's owner wants its fail to say (§6.2); "" where nothing usable is published. */
  readonly explanation: string
}

/** §4.6.4. */
const maxTerms = 10
const maxVoids = 2
const maxExchangers = 10
const maxReverseNames = 10
/** Explanations are for replies of one SMTP line (RFC 5321 §4.5.3.1.5). */
const maxExplanation = 400

const resultOf = { '+': 'pass', '-': 'fail', '~': 'softfail', '?': 'neutral' } as const

/** Ends the whole evaluation: errors of included records are errors of all (§5.2). */
class SpfTrouble extends Error {
  readonly result: 'temperror' | 'permerror'
  constructor(result: 'temperror' | 'permerror', because: string) {
    super(because)
    this.result = result
  }
}

interface Walk {
  readonly ip: Ip
  readonly dns: Resolver
  readonly values: Omit<MacroValues, 'domain' | 'reverseName'>
  terms: number
  voids: number
}

interface Ruling {
  readonly result: Exclude<AuthResult, 'policy' | 'temperror' | 'permerror'>
  readonly mechanism: string
  readonly because: string
  /** The record's exp= and the domain it stands at. */
  readonly explain: { readonly text: MacroString; readonly domain: string } | null
}

/** §4.3: several labels, none of them empty or too long; an address is no domain. */
function isDomain(name: string): boolean {
  return name.includes('.') && !name.startsWith('[') && canExist(name) && parseIp(name) === null
}

function countTerm(walk: Walk): void {
  if (++walk.terms > maxTerms) throw new SpfTrouble('permerror', `more than ${maxTerms} DNS terms`)
}

function countVoid(walk: Walk): void {
  if (++walk.voids > maxVoids) throw new SpfTrouble('permerror', `more than ${maxVoids} void lookups`)
}

/** The records of an answer; a server in trouble ends the evaluation (§5). */
function recordsOf<T>(answer: DnsAnswer<T>, name: string): readonly T[] {
  if (answer.kind === 'tempfail') throw new SpfTrouble('temperror', `DNS for ${name}: ${answer.because}`)
  return answer.kind === 'found' ? answer.records : []
}

const addressesOf = (walk: Walk, name: string): Promise<DnsAnswer<string>> =>
  walk.ip.length === 1 ? walk.dns.a(name) : walk.dns.aaaa(name)

const isVoid = (answer: DnsAnswer<unknown>): boolean => answer.kind === 'nodata' || answer.kind === 'nxdomain'

function anyMatches(walk: Walk, addresses: readonly string[], bits4: number, bits6: number): boolean {
  const bits = walk.ip.length === 1 ? bits4 : bits6
  return addresses.some((text) => {
    const words = parseIp(text)
    return words !== null && words.length === walk.ip.length && sharesPrefix(words, walk.ip, bits)
  })
}

/** §5.5: the first of the client's names that lead back to it and that are wanted; null where none does. */
async function validatedName(walk: Walk, names: readonly string[]): Promise<string | null> {
  for (const name of names) {
    const answer = await addressesOf(walk, name)
    if (answer.kind === 'found' && anyMatches(walk, answer.records, 32, 128)) return name
  }
  return null
}

/** The client's names as "ptr" and %{p} may use them; an error while asking is no name (§5.5). */
async function reverseNames(walk: Walk): Promise<readonly string[] | null> {
  const answer = await walk.dns.ptr(walk.values.ipText)
  if (answer.kind !== 'found') return isVoid(answer) ? [] : null
  return answer.records.slice(0, maxReverseNames).map((name) => name.toLowerCase())
}

const isWithin = (name: string, domain: string): boolean => name === domain || name.endsWith(`.${domain}`)

/** §7.3 %{p}: the domain's own name first, then one below it, then any. */
async function reverseName(walk: Walk, domain: string): Promise<string> {
  const names = (await reverseNames(walk)) ?? []
  const rank = (name: string): number => (name === domain ? 0 : isWithin(name, domain) ? 1 : 2)
  return (
    (await validatedName(
      walk,
      names.toSorted((a, b) => rank(a) - rank(b)),
    )) ?? 'unknown'
  )
}

const valuesAt = (walk: Walk, domain: string): MacroValues => ({
  ...walk.values,
  domain,
  reverseName: () => reverseName(walk, domain),
})

async function targetOf(walk: Walk, domain: string, spec: MacroString | null): Promise<string> {
  return spec === null ? domain : fitName(await expand(spec, valuesAt(walk, domain))).toLowerCase()
}

async function matchesA(walk: Walk, name: string, bits4: number, bits6: number): Promise<boolean> {
  if (!canExist(name)) return false
  const answer = await addressesOf(walk, name)
  if (isVoid(answer)) countVoid(walk)
  return anyMatches(walk, recordsOf(answer, name), bits4, bits6)
}

async function matchesMx(walk: Walk, name: string, bits4: number, bits6: number): Promise<boolean> {
  if (!canExist(name)) return false
  const answer = await walk.dns.mx(name)
  if (isVoid(answer)) countVoid(walk)
  const exchangers = recordsOf(answer, name).toSorted((a, b) => a.preference - b.preference)
  // §4.6.4: more than ten make the mechanism a permerror.
  if (exchangers.length > maxExchangers) throw new SpfTrouble('permerror', `more than ${maxExchangers} MX at ${name}`)
  let hasVoid = false
  for (const { exchange } of exchangers) {
    if (!canExist(exchange)) continue
    const hosts = await addressesOf(walk, exchange)
    hasVoid ||= isVoid(hosts)
    if (anyMatches(walk, recordsOf(hosts, exchange), bits4, bits6)) return true
  }
  // §4.6.4 counts terms, not questions.
  if (hasVoid) countVoid(walk)
  return false
}

async function matchesPtr(walk: Walk, domain: string): Promise<boolean> {
  const names = await reverseNames(walk)
  if (names?.length === 0) countVoid(walk)
  const wanted = (names ?? []).filter((name) => isWithin(name, domain))
  return (await validatedName(walk, wanted)) !== null
}

async function matchesExists(walk: Walk, name: string): Promise<boolean> {
  if (!canExist(name)) return false
  const answer = await walk.dns.a(name)
  if (isVoid(answer)) countVoid(walk)
  return recordsOf(answer, name).length > 0
}

/** §5.2: only a pass of the other domain matches; its none is a permerror. */
async function matchesInclude(walk: Walk, name: string): Promise<boolean> {
  const { result } = await checkHost(walk, name)
  if (result === 'none') throw new SpfTrouble('permerror', `include of ${name}: no SPF record`)
  return result === 'pass'
}

async function matches(walk: Walk, domain: string, mechanism: Mechanism): Promise<boolean> {
  if (mechanism.kind === 'all') return true
  if ('network' in mechanism) return contains(mechanism.network, walk.ip)
  countTerm(walk)
  const target = await targetOf(walk, domain, mechanism.domain)
  switch (mechanism.kind) {
    case 'include':
      return await matchesInclude(walk, target)
    case 'a':
      return await matchesA(walk, target, mechanism.bits4, mechanism.bits6)
    case 'mx':
      return await matchesMx(walk, target, mechanism.bits4, mechanism.bits6)
    case 'ptr':
      return await matchesPtr(walk, target)
    case 'exists':
      return await matchesExists(walk, target)
  }
}

async function firstMatch(
  walk: Walk,
  domain: string,
  directives: readonly Directive[],
): Promise<Directive | undefined> {
  for (const directive of directives) if (await matches(walk, domain, directive.mechanism)) return directive
  return undefined
}

/** §4: the ruling of one domain's record. */
async function checkHost(walk: Walk, domain: string): Promise<Ruling> {
  const none = (because: string): Ruling => ({ result: 'none', mechanism: '', because, explain: null })
  if (!isDomain(domain)) return none('not a domain name')
  const published = recordsOf(await walk.dns.txt(domain), domain).filter(isSpfRecord)
  const [text] = published
  if (text === undefined) return none('no SPF record')
  if (published.length > 1) throw new SpfTrouble('permerror', `more than one SPF record at ${domain}`)
  const record = parseSpfRecord(text)
  if (typeof record === 'string') throw new SpfTrouble('permerror', record)
  const matched = await firstMatch(walk, domain, record.directives)
  if (matched !== undefined) {
    const explain = record.explanation === null ? null : { text: record.explanation, domain }
    return { result: resultOf[matched.qualifier], mechanism: matched.text, because: '', explain }
  }
  // §6.1: a redirect counts only where no "all" stands, which would have matched.
  if (record.redirect === null) return { result: 'neutral', mechanism: '', because: 'nothing matched', explain: null }
  countTerm(walk)
  const target = await targetOf(walk, domain, record.redirect)
  const ruling = await checkHost(walk, target)
  if (ruling.result === 'none') throw new SpfTrouble('permerror', `redirect to ${target}: no SPF record`)
  return ruling
}

/** §6.2: trouble of any kind while it is fetched or read means that there is none. */
async function explanationOf(walk: Walk, { result, explain }: Ruling): Promise<string> {
  if (result !== 'fail' || explain === null) return ''
  const name = await targetOf(walk, explain.domain, explain.text)
  const answer = canExist(name) ? await walk.dns.txt(name) : null
  if (answer?.kind !== 'found' || answer.records.length !== 1) return ''
  const text = parseMacroString(answer.records[0] ?? '', true)
  if (text === null) return ''
  const expanded = await expand(text, valuesAt(walk, explain.domain))
  return expanded.replace(/[^\x20-\x7e]/g, '?').slice(0, maxExplanation)
}

const bare = (name: string): string => (name.endsWith('.') ? name.slice(0, -1) : name).toLowerCase()

function walkOf(subject: SpfSubject, ip: Ip, dns: Resolver): Walk & { readonly domain: string } {
  // §4.3: a sender without a local part is the postmaster.
  const written = subject.sender === '' ? subject.helo : subject.sender
  const at = written.lastIndexOf('@')
  const localPart = subject.sender === '' || at < 1 ? 'postmaster' : written.slice(0, at)
  const senderDomain = written.slice(subject.sender === '' ? 0 : at + 1)
  const isV4 = ip.length === 1
  const ipText = printIp(ip)
  const nibbles = ip.map((word) => word.toString(16).toUpperCase().padStart(8, '0')).join('')
  const values = {
    sender: `${localPart}@${senderDomain}`,
    localPart,
    senderDomain,
    ipLabels: isV4 ? ipText : [...nibbles].join('.'),
    ipText,
    isV4,
    helo: subject.helo,
    hostname: subject.hostname === '' ? 'unknown' : subject.hostname,
    seconds: subject.seconds ?? 0,
  }
  return { ip, dns, values, terms: 0, voids: 0, domain: bare(senderDomain) }
}

/**
 * SPF of one identity. Never throws for what DNS or strangers say; at most 111 questions and an explanation.
 * @param dns with deadlines of its own; a tempfail becomes temperror
 */
export async function checkSpf(subject: SpfSubject, dns: Resolver): Promise<SpfOutcome> {
  const identity = subject.sender === '' ? 'helo' : 'mailfrom'
  const ip = parseIp(subject.ip)
  const empty = { domain: '', identity, mechanism: '', explanation: '' } as const
  if (ip === null) return { ...empty, result: 'permerror', because: 'not an IP address' }
  const walk = walkOf(subject, ip, dns)
  const { domain } = walk
  try {
    const ruling = await checkHost(walk, domain)
    const { result, mechanism, because } = ruling
    const explanation = await explanationOf(walk, ruling)
    return { result, domain: isDomain(domain) ? domain : '', identity, mechanism, because, explanation }
  } catch (error) {
    if (!(error instanceof SpfTrouble)) throw error
    return { ...empty, domain, result: error.result, because: error.message }
  }
}
