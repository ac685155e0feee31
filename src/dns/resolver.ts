// SPDX-License-Identifier: Apache-2.0
/** The Resolver of the gateway: every wait has an end, every question is asked once, a transaction asks so often. */

import { parseDomain } from '../core/address.ts'
import type { Domain } from '../core/brand.ts'
import type { Clock, DnsAnswer, KnownAnswer, Meter, RecordKind, Resolver } from '../core/ports.ts'
import { parseIp, reversedLabels } from '../kit/cidr.ts'
import { AnswerCache, type CacheTimes } from './cache.ts'
import type { DnsTransport, QueryType, RecordOf } from './transport.ts'

export interface ResolverOptions {
  readonly transport: DnsTransport
  readonly clock: Clock
  readonly meter: Meter
  /** Milliseconds after which a question is given up, whatever its servers do. */
  readonly deadlineMs: number
  /** Answers kept at most; 0 keeps none. */
  readonly cacheEntries: number
  readonly cacheTimes: CacheTimes
}

export interface GatewayResolver extends Resolver {
  /**
   * The same resolver for one mail transaction, which may cause at most so many questions to servers; answers that
   * are known already cost nothing. Beyond it every answer is a tempfail: a stranger decides what we look up.
   */
  forTransaction(maxQuestions: number): Resolver
}

/** What settings default to: 5 s for a question, 20,000 answers. */
export const resolverDefaults = {
  deadlineMs: 5000,
  tryTimeoutMs: 2000,
  tries: 2,
  cacheEntries: 20_000,
  cacheTimes: { minSeconds: 5, maxSeconds: 3600, untoldSeconds: 60, failedSeconds: 5 },
} as const

interface Budget {
  left: number
}

/** RFC 1035 §2.3.4. */
const maxName = 253

const noSuchName: DnsAnswer<never> = { kind: 'nxdomain' }
const tooLong: DnsAnswer<never> = { kind: 'tempfail', because: 'no answer within the deadline' }
const calledOff: DnsAnswer<never> = { kind: 'tempfail', because: 'the question was called off' }
const spent: DnsAnswer<never> = { kind: 'tempfail', because: 'this transaction has asked too many questions' }

export function createResolver(options: ResolverOptions): GatewayResolver {
  const cache = options.cacheEntries > 0 ? new AnswerCache(options.cacheEntries, options.cacheTimes) : null
  const asked = new Map<string, Promise<DnsAnswer<unknown>>>()

  async function ask(type: QueryType, name: string): Promise<DnsAnswer<unknown>> {
    const startedAt = options.clock.now()
    const answer = await withDeadline(options.clock, options.deadlineMs, options.transport.query(type, name))
    options.meter.count('postern_dns_questions_total', { type, answer: answer.kind })
    options.meter.observe('postern_dns_question_seconds', (options.clock.now() - startedAt) / 1000, { type })
    return answer
  }

  /** The answer on its way to anybody who asked the same, or a new question within the budget. */
  function share(type: QueryType, name: string, key: string, budget: Budget | null): Promise<DnsAnswer<unknown>> {
    const running = asked.get(key)
    if (running !== undefined) return running
    if (budget !== null && --budget.left < 0) {
      options.meter.count('postern_dns_budget_exceeded_total')
      return Promise.resolve(spent)
    }
    const question = ask(type, name)
      .then((answer) => {
        cache?.put(key, answer, options.clock.now())
        return answer
      })
      .finally(() => asked.delete(key))
    asked.set(key, question)
    return question
  }

  async function resolve<T extends QueryType>(
    type: T,
    written: string,
    signal: AbortSignal | undefined,
    budget: Budget | null,
  ): Promise<DnsAnswer<RecordOf[T]>> {
    const name = nameOf(written)
    if (name === '' || name.length > maxName) return noSuchName
    const key = `${type} ${name}`
    const known = cache?.get(key, options.clock.now())
    if (known !== undefined) {
      options.meter.count('postern_dns_cache_hits_total', { type })
      return known.answer as DnsAnswer<RecordOf[T]>
    }
    if (signal?.aborted) return calledOff
    const shared = share(type, name, key, budget) as Promise<DnsAnswer<RecordOf[T]>>
    return signal === undefined ? shared : unlessAborted(shared, signal)
  }

  function known(kind: RecordKind, written: string): KnownAnswer | undefined {
    const name = kind === 'ptr' ? reverseName(written) : nameOf(written)
    const held = cache?.get(`${types[kind]} ${name}`, options.clock.now())
    if (kind !== 'ptr' || held === undefined) return held
    // Kept as PTR records whose texts were strings.
    return { ...held, answer: onlyDomains(held.answer as DnsAnswer<string>) }
  }

  const portFor = (budget: Budget | null): Resolver => ({
    known,
    a: (name, signal) => resolve('A', name, signal, budget),
    aaaa: (name, signal) => resolve('AAAA', name, signal, budget),
    mx: (name, signal) => resolve('MX', name, signal, budget),
    ns: (name, signal) => resolve('NS', name, signal, budget),
    txt: (name, signal) => resolve('TXT', name, signal, budget),
    cname: (name, signal) => resolve('CNAME', name, signal, budget),
    async ptr(ip, signal) {
      const name = reverseName(ip)
      return name === null ? noSuchName : onlyDomains(await resolve('PTR', name, signal, budget))
    },
  })
  return { ...portFor(null), forTransaction: (maxQuestions) => portFor({ left: maxQuestions }) }
}

const types: Readonly<Record<RecordKind, QueryType>> = {
  a: 'A',
  aaaa: 'AAAA',
  mx: 'MX',
  ns: 'NS',
  txt: 'TXT',
  cname: 'CNAME',
  ptr: 'PTR',
}

const nameOf = (written: string): string => (written.endsWith('.') ? written.slice(0, -1) : written).toLowerCase()

/** RFC 1035 §3.5, RFC 3596 §2.5; null for what is no address. */
function reverseName(ip: string): string | null {
  const words = parseIp(ip)
  return words === null ? null : `${reversedLabels(words)}.${words.length === 1 ? 'in-addr.arpa' : 'ip6.arpa'}`
}

/** Whoever holds the reverse zone may write anything into it; what is no domain name is no name. */
function onlyDomains(answer: DnsAnswer<string>): DnsAnswer<Domain> {
  if (answer.kind !== 'found') return answer
  const records = answer.records.map(parseDomain).filter((domain) => domain !== null)
  return records.length === 0 ? { kind: 'nodata' } : { ...answer, records }
}

async function withDeadline<T>(
  clock: Clock,
  deadlineMs: number,
  question: Promise<DnsAnswer<T>>,
): Promise<DnsAnswer<T>> {
  const answered = new AbortController()
  const late = clock.sleep(deadlineMs, answered.signal).then(
    () => tooLong,
    () => tooLong,
  )
  try {
    return await Promise.race([question, late])
  } finally {
    answered.abort()
  }
}

/** The caller may leave; the question goes on for the others who asked it. */
async function unlessAborted<T>(question: Promise<DnsAnswer<T>>, signal: AbortSignal): Promise<DnsAnswer<T>> {
  const { promise, resolve } = Promise.withResolvers<DnsAnswer<T>>()
  const leave = (): void => resolve(calledOff)
  signal.addEventListener('abort', leave, { once: true })
  try {
    return await Promise.race([question, promise])
  } finally {
    signal.removeEventListener('abort', leave)
  }
}
