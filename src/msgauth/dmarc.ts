// SPDX-License-Identifier: Apache-2.0
/**
 * DMARC over what SPF and DKIM found (RFC 9989, with what RFC 7489 wrote that records still hold). Our own: mailauth, whose
 * strict mode gives the same results (bench/msgauth.ts --equal), takes 30 MB of each thread that loads it.
 */
import type { Resolver } from '../core/ports.ts'
import { toALabels } from './a-labels.ts'
import type { AuthorDomain, NoAuthor } from './authors.ts'
import { type DmarcRecord, organizationOf, type Policies, policiesOf, type Walk, walkUp } from './dmarc-record.ts'
import type { DkimFinding, DmarcFinding, DmarcPolicy, SpfFinding } from './findings.ts'

export interface DmarcVerdict {
  readonly finding: DmarcFinding
  /** Signing domains that align with the author's; null where no record said how to compare. */
  readonly aligned: ReadonlySet<string> | null
  /** The record that applies; "" where there is none. */
  readonly record: string
  /** The author's organizational domain by the tree walk (RFC 9989 §4.10.2). */
  readonly organization: string
}

/** Identifiers for which a walk is made; one beyond them counts as one that could not be asked. */
const maxWalks = 10
/** t=y asks for one less (§4.7). */
const inTest: Readonly<Record<DmarcPolicy, DmarcPolicy>> = { reject: 'quarantine', quarantine: 'none', none: 'none' }
const strength: readonly DmarcPolicy[] = ['none', 'quarantine', 'reject']

/** The record that applies to an author and their organization (§4.10.1); null where none does. */
function applicable(
  author: string,
  { found, because }: Walk,
): { record: DmarcRecord | null; organization: string | null } {
  const own = found.find(({ domain }) => domain === author)
  // Its own record holds whatever stands above it, even where that cannot be known.
  if (because !== null) return { record: own ?? null, organization: null }
  const organization = organizationOf(author, found)
  const suffix = found.at(-1)?.tags.get('psd') === 'y' ? found.at(-1) : undefined
  const record = own ?? found.find(({ domain }) => domain === organization) ?? suffix ?? null
  return { record, organization }
}

/** Whether a name exists: only NXDOMAIN says no, and that of an alias's target is not the name's own (§A.4). */
async function exists(name: string, dns: Resolver): Promise<boolean | string> {
  const address = await dns.a(name)
  if (address.kind === 'tempfail') return address.because
  if (address.kind !== 'nxdomain') return true
  const alias = await dns.cname(name)
  return alias.kind === 'tempfail' ? alias.because : alias.kind === 'found'
}

interface Wanted {
  readonly policy: DmarcPolicy
  /** Why it is not known which of two policies holds; the milder is told. */
  readonly because: string | null
}

/** What the owner wants done with a failing message of the author's (§4.10.1). */
async function wantedFor(author: string, record: DmarcRecord, { p, sp, np }: Policies, dns: Resolver): Promise<Wanted> {
  if (record.domain === author) return { policy: p, because: null }
  const below = sp ?? p
  if (np === null || np === below) return { policy: below, because: null }
  const found = await exists(author, dns)
  if (typeof found !== 'string') return { policy: found ? below : np, because: null }
  return { policy: strength.indexOf(np) < strength.indexOf(below) ? np : below, because: found }
}

/** Compares identifiers with the author's domain (§4.4). A string says why it cannot be known now. */
class Alignment {
  readonly #author: string
  readonly #walk: Walk
  readonly #organization: string | null
  readonly #dns: Resolver
  #walks = 0

  constructor(author: string, walk: Walk, organization: string | null, dns: Resolver) {
    this.#author = author
    this.#walk = walk
    this.#organization = organization
    this.#dns = dns
  }

  async isAligned(domain: string, strict: boolean): Promise<boolean | string> {
    if (domain === this.#author) return true
    if (strict) return false
    const organization = this.#organization
    if (organization === null) {
      // Nothing to compare with, but what has not even the last label in common is a stranger.
      const last = (name: string): string => name.slice(name.lastIndexOf('.') + 1)
      return last(domain) === last(this.#author) ? (this.#walk.because ?? '') : false
    }
    // Its organization is itself or above it: only what is the author's organization or below it can share it.
    if (domain !== organization && !domain.endsWith(`.${organization}`)) return false
    if (++this.#walks > maxWalks) return `${domain}: too many domains to compare`
    const { found, because } = await walkUp(domain, this.#dns)
    return because ?? organizationOf(domain, found) === organization
  }

  /** Those that align, and the first reason why that is not known of one. */
  async among(domains: Iterable<string>, strict: boolean): Promise<{ aligned: Set<string>; because: string | null }> {
    const aligned = new Set<string>()
    let because: string | null = null
    for (const domain of new Set(domains)) {
      const answer = domain === '' ? false : await this.isAligned(domain, strict)
      if (answer === true) aligned.add(domain)
      else if (answer !== false) because ??= answer
    }
    return { aligned, because }
  }
}

const bare = (domain: string): string => toALabels(domain.toLowerCase()).replace(/\.+$/, '')

function without(author: string, result: DmarcFinding['result'], because: string, organization: string): DmarcVerdict {
  const finding = { result, policy: null, domain: author, policyDomain: '', override: null, because } as const
  return { finding, aligned: null, record: '', organization }
}

/** @param author as authorDomain() tells it */
export async function checkDmarc(
  spf: SpfFinding,
  dkim: readonly DkimFinding[],
  author: AuthorDomain | NoAuthor,
  dns: Resolver,
): Promise<DmarcVerdict> {
  if ('because' in author) return without('', 'permerror', author.because, '')
  const { written, name } = author
  const walk = await walkUp(name, dns)
  const { record, organization } = applicable(name, walk)
  if (record === null && walk.because !== null) return without(written, 'temperror', walk.because, name)
  const policies = record === null ? null : policiesOf(record)
  if (record === null || policies === null) return without(written, 'none', '', organization ?? name)
  const wanted = await wantedFor(name, record, policies, dns)
  const alignment = new Alignment(name, walk, organization, dns)
  // SPF first: signatures, which are many, may not use up its walk.
  const bySpf = await alignment.among(spf.result === 'pass' ? [bare(spf.domain)] : [], record.tags.get('aspf') === 's')
  const signers = dkim.filter(({ result }) => result === 'pass').map(({ domain }) => bare(domain))
  const byDkim = await alignment.among(signers, record.tags.get('adkim') === 's')
  const unknown = bySpf.because ?? byDkim.because ?? wanted.because
  const passes = bySpf.aligned.size + byDkim.aligned.size > 0
  const isTest = record.tags.get('t') === 'y'
  const result = passes ? 'pass' : unknown === null ? 'fail' : 'temperror'
  return {
    finding: {
      result,
      policy: isTest ? inTest[wanted.policy] : wanted.policy,
      domain: written,
      policyDomain: record.domain,
      override: isTest && result === 'fail' ? 'policy_test_mode' : null,
      because: result === 'temperror' ? (unknown ?? '') : '',
    },
    aligned: byDkim.aligned,
    record: record.text,
    organization: organization ?? name,
  }
}
