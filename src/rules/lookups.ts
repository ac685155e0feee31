// SPDX-License-Identifier: Apache-2.0
/**
 * What the rules want to know from the DNS about one message. A test asks for a record; where the answer is not known
 * yet, the question is noted, put to the resolver together with all others, and the test is run again. So a name is
 * written in one place: where it is asked is where its answer is judged.
 */
import type { Clock, DnsAnswer, MxRecord, Resolver } from '../core/ports.ts'
import { type DnsSettings, numberSetting } from './settings-dns.ts'

export type RecordType = 'a' | 'aaaa' | 'mx' | 'ns' | 'txt' | 'cname'
type Answer = DnsAnswer<string>

export interface LookupLimits {
  /** Questions of one message, all rules together. */
  readonly queries: number
  /** Milliseconds that all of them may take. */
  readonly dnsMs: number
}

export interface LookupPorts {
  readonly dns: Resolver
  readonly clock: Clock
  readonly signal: AbortSignal
}

/** Questions of one message under way at once: each may take a socket. */
const maxAtOnce = 40
/** Records of one answer that are looked at. */
const maxRecords = 32
/** RFC 1035 §2.3.4; a name that is no such name is not asked. */
const name = /^(?=.{1,253}$)(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)+[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/

const nothing: Answer = { kind: 'nodata' }
/** The operator wants nobody asked: no record, which does not mean that there is none. */
const denied: Answer = { kind: 'found', records: [], ttlSeconds: 0, secure: false }
const overBudget: Answer = { kind: 'tempfail', because: 'too many questions' }
const tooLate: Answer = { kind: 'tempfail', because: 'time is used up' }
const leftAlone: Answer = { kind: 'tempfail', because: 'the list refuses to answer us, and is left alone for a while' }

/** Zones that are left alone, by the time until which; lives as long as the rules of a thread. */
export type Blocked = Map<string, number>

export class Lookups {
  readonly #dns: DnsSettings
  readonly #blocked: Blocked
  readonly #now: number
  readonly #answers = new Map<string, Answer>()
  readonly #wanted = new Map<string, { readonly type: RecordType; readonly name: string }>()
  #left: number
  /** Why there was no answer, by the name asked for. */
  readonly troubles = new Map<string, string>()

  constructor(dns: DnsSettings, limits: LookupLimits, blocked: Blocked, now: number) {
    this.#dns = dns
    this.#blocked = blocked
    this.#now = now
    this.#left = limits.queries
  }

  /** The answer; null while there is none, in which case it is asked for in the next round. */
  find(type: RecordType, written: string): Answer | null {
    const asked = written.toLowerCase()
    const key = `${type} ${asked}`
    const known = this.#answers.get(key)
    if (known !== undefined) return known
    const refused = this.#refusal(asked)
    if (refused !== null) this.#keep(key, asked, refused)
    else this.#wanted.set(key, { type, name: asked })
    return refused
  }

  get isWanting(): boolean {
    return this.#wanted.size > 0
  }

  /** Puts every question that is open; each has an answer when this resolves. */
  async settle(dns: Resolver, signal: AbortSignal): Promise<void> {
    const open = [...this.#wanted]
    this.#wanted.clear()
    const late = abortion(signal)
    const workers = Array.from({ length: Math.min(maxAtOnce, open.length) }, async () => {
      for (let next = open.shift(); next !== undefined; next = open.shift()) {
        const [key, question] = next
        const isPermitted = --this.#left >= 0
        const answer = isPermitted
          ? await Promise.race([put(dns, question.type, question.name, signal), late])
          : overBudget
        this.#keep(key, question.name, answer)
      }
    })
    await Promise.all(workers)
  }

  #keep(key: string, asked: string, answer: Answer): void {
    this.#answers.set(key, answer)
    if (answer.kind === 'tempfail') this.troubles.set(asked, answer.because)
  }

  /** What is known without asking: names that cannot be, that the operator wants left alone, lists that refuse us. */
  #refusal(asked: string): Answer | null {
    if (!name.test(asked)) return nothing
    if (this.#dns.denied.size + this.#blocked.size === 0) return null
    const parents = asked.split('.').map((_, i, labels) => labels.slice(i).join('.'))
    const word = [...parents, '*'].find((one) => this.#dns.denied.has(one))
    if (word !== undefined && this.#dns.denied.get(word) === true) return denied
    return parents.some((one) => (this.#blocked.get(one) ?? 0) > this.#now) ? leftAlone : null
  }
}

async function put(dns: Resolver, type: RecordType, asked: string, signal: AbortSignal): Promise<Answer> {
  try {
    const answer: DnsAnswer<string | MxRecord> = await dns[type](asked, signal)
    if (answer.kind !== 'found') return answer
    const records = answer.records.slice(0, maxRecords).map((one) => (typeof one === 'string' ? one : one.exchange))
    return { ...answer, records }
  } catch (cause) {
    return { kind: 'tempfail', because: cause instanceof Error ? cause.message : 'the lookup failed' }
  }
}

function abortion(signal: AbortSignal): Promise<Answer> {
  if (signal.aborted) return Promise.resolve(tooLate)
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(tooLate), { once: true }))
}

/** What one test learns; says afterwards whether an answer that it needed is missing. */
export class Inquiry {
  readonly #lookups: Lookups
  isOpen = false

  constructor(lookups: Lookups) {
    this.#lookups = lookups
  }

  /** Records, or none. */
  records(type: RecordType, asked: string): readonly string[] {
    const answer = this.answer(type, asked)
    return answer?.kind === 'found' ? answer.records : []
  }

  /** null where nobody has told. */
  answer(type: RecordType, asked: string): Exclude<Answer, { kind: 'tempfail' }> | null {
    const answer = this.#lookups.find(type, asked)
    if (answer !== null && answer.kind !== 'tempfail') return answer
    this.isOpen = true
    return null
  }
}

/** A list has refused to answer: its zone is left alone for so many seconds. */
export function blockZone(blocked: Blocked, dns: DnsSettings, zone: string, now: number): void {
  blocked.set(zone, now + numberSetting(dns, 'dns_block_time', 300) * 1000)
}
