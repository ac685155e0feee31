// SPDX-License-Identifier: Apache-2.0
/**
 * MTA-STS (RFC 8461): a domain says over HTTPS which MX hosts it has and that TLS with a valid certificate is to be had
 * there. The one door to mailauth, which reads the record, the policy and its MX patterns; it is loaded when the first
 * domain is asked about, so that who does not use it does not pay for it.
 */
import { isIP } from 'node:net'
import type { MTASTSPolicy } from 'mailauth'
import type { MTASTSPolicyResult } from 'mailauth/lib/mta-sts.js'
import type { Clock, DnsAnswer, Logger, Meter, Resolver } from '../core/ports.ts'
import { Lru } from '../kit/lru.ts'
import type { TlsMode } from './session.ts'
import type { DomainPolicySource, TlsPolicy } from './tls-policy.ts'

/**
 * What a domain publishes now, given what is known of it and has not expired. A known policy whose id is still the
 * published one is not fetched again; one for which nothing better is found is handed back.
 */
export type FetchPolicy = (
  domain: string,
  known: MTASTSPolicy | null,
  signal: AbortSignal,
) => Promise<MTASTSPolicyResult>

export interface MtaStsOptions {
  readonly fetch: FetchPolicy
  /** For domains that are only testing their policy: as if they had none. */
  readonly otherwise: TlsMode
  readonly clock: Clock
  readonly log: Logger
  readonly meter: Meter
}

/** How long mail waits for a policy, DNS included, in milliseconds; without one it is sent as ever (RFC 8461 §5.1). */
const fetchMs = 10_000
/** Policies kept, and how large one may be in octets: 250 hosts with long names. All of them are 32 MB at the most. */
const maxKept = 2000
const maxPolicyOctets = 16_384

const load = () => import('mailauth/lib/mta-sts.js')

export class MtaSts implements DomainPolicySource {
  readonly #options: MtaStsOptions
  /** Each until it expires: a policy is obeyed so long, whatever becomes of its record and its host (RFC 8461 §5.1). */
  readonly #kept = new Lru<string, MTASTSPolicy>(maxKept)
  readonly #asking = new Map<string, Promise<MTASTSPolicy | null>>()

  constructor(options: MtaStsOptions) {
    this.#options = options
  }

  /** Never rejects: what cannot be found out is not known, and nobody's mail waits for that. */
  async policyFor(domain: string, signal: AbortSignal): Promise<TlsPolicy | null> {
    if (isIP(domain) !== 0) return null
    const name = domain.toLowerCase()
    const asking = this.#asking.get(name) ?? this.#ask(name)
    try {
      const policy = await unlessAborted(asking, signal)
      return policy === null || policy.mode === 'none' ? null : await this.#demandOf(name, policy)
    } catch (error) {
      this.#failed(name, error)
      return null
    }
  }

  /** Who asks about the same domain at the same time waits for the same answer. */
  #ask(domain: string): Promise<MTASTSPolicy | null> {
    const asking = this.#fetch(domain).finally(() => this.#asking.delete(domain))
    this.#asking.set(domain, asking)
    return asking
  }

  async #fetch(domain: string): Promise<MTASTSPolicy | null> {
    const { clock, fetch } = this.#options
    const known = this.#kept.get(domain, clock.now()) ?? null
    const late = new AbortController()
    const done = new AbortController()
    const over = clock.sleep(fetchMs, done.signal).then(() => {
      late.abort()
      throw new Error('it took too long')
    })
    try {
      // What comes too late for this message is kept for the next one.
      const fetched = fetch(domain, known, late.signal).then((result) => this.#keep(domain, result))
      return await Promise.race([fetched, over])
    } catch (error) {
      this.#failed(domain, error)
      return known
    } finally {
      done.abort()
    }
  }

  #keep(domain: string, { policy: found }: MTASTSPolicyResult): MTASTSPolicy {
    const { error, ...policy } = found
    if (error !== undefined) this.#failed(domain, error)
    const expires = Date.parse(policy.expires ?? '')
    if (policy.id && expires > 0) this.#kept.set(domain, policy, expires)
    return policy
  }

  async #demandOf(domain: string, policy: MTASTSPolicy): Promise<TlsPolicy> {
    const { validateMx } = await load()
    const { mode } = policy
    const { otherwise, log, meter } = this.#options
    const enforced = mode === 'enforce'
    const mayUse = (mx: string): boolean => {
      const { valid } = validateMx(mx, policy)
      meter.count('postern_delivery_sts_hosts_total', { mode, result: valid ? 'listed' : 'unlisted' })
      if (!valid) log.info('delivery.sts_unlisted', { domain, mx, mode })
      return valid || !enforced
    }
    return { mode: enforced ? 'verify' : otherwise, mayUse, source: `MTA-STS, ${mode}` }
  }

  #failed(domain: string, error: unknown): void {
    this.#options.log.info('delivery.sts_failed', {
      domain,
      because: error instanceof Error ? error.message : String(error),
    })
  }
}

/** null when the one who asks has given up; the answer is still found, for others. */
async function unlessAborted<T>(answer: Promise<T>, signal: AbortSignal): Promise<T | null> {
  const { promise: given, resolve } = Promise.withResolvers<null>()
  const giveUp = () => resolve(null)
  signal.addEventListener('abort', giveUp, { once: true })
  if (signal.aborted) giveUp()
  try {
    return await Promise.race([answer, given])
  } finally {
    signal.removeEventListener('abort', giveUp)
  }
}

export interface FetcherOptions {
  readonly dns: Resolver
  /** A stranger's policy host must not lead us to ourselves. */
  readonly isOwnAddress: (ip: string) => boolean
}

/** Fetches over HTTPS, held to the letter of RFC 8461. An answer that does not come ends after twice fetchMs. */
export function policyFetcher(options: FetcherOptions): FetchPolicy {
  return async (domain, known, signal) => {
    const { getPolicy } = await load()
    const resolver = nodeResolver(options, signal)
    return await getPolicy(domain, known, { resolver, strict: true, timeout: fetchMs, maxPolicySize: maxPolicyOctets })
  }
}

/** Our resolver as one of node:dns, whose "no" is an error with a code. */
export function nodeResolver({ dns, isOwnAddress }: FetcherOptions, signal: AbortSignal) {
  const foreign = (ip: string) => !isOwnAddress(ip)
  return async (name: string, type: string): Promise<string[] | string[][]> => {
    if (type === 'TXT') return recordsOf(await dns.txt(name, signal)).map((record) => [record])
    const addresses = recordsOf(type === 'A' ? await dns.a(name, signal) : await dns.aaaa(name, signal))
    return addresses.filter(foreign)
  }
}

const codes = { nodata: 'ENODATA', nxdomain: 'ENOTFOUND', tempfail: 'ETIMEOUT' } as const

function recordsOf(answer: DnsAnswer<string>): readonly string[] {
  if (answer.kind === 'found') return answer.records
  const because = answer.kind === 'tempfail' ? answer.because : answer.kind
  throw Object.assign(new Error(because), { code: codes[answer.kind] })
}
