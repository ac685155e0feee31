// SPDX-License-Identifier: Apache-2.0
/** Our Resolver in the shape that mailauth asks: records or an error with a code, under one budget per message. */
import type { DnsAnswer, MxRecord, Resolver } from '../core/ports.ts'

export type BridgeRecords = string[][] | string[]
export type ResolveFunction = (name: string, type: string) => Promise<BridgeRecords>

export interface DnsBridge {
  readonly resolve: ResolveFunction
  /** Whether an answer failed for now: what follows from its absence is not final. */
  readonly failed: () => boolean
  readonly queries: () => number
}

export interface DnsBridgeOptions {
  readonly dns: Resolver
  /** The only address whose reverse name may be asked (SPF "ptr" and %{p}). */
  readonly ip: string
  readonly signal: AbortSignal
  readonly maxQueries: number
}

function dnsError(code: string, text: string): Error {
  return Object.assign(new Error(text), { code })
}

/** RFC 1035 §2.3.4: such a name cannot exist, so nobody is asked. */
function canExist(name: string): boolean {
  return name.length <= 253 && name.split('.').every((label) => label !== '' && label.length <= 63)
}

function ask(options: DnsBridgeOptions, name: string, type: string): Promise<DnsAnswer<string | MxRecord>> {
  const { dns, ip, signal } = options
  switch (type) {
    case 'A':
      return dns.a(name, signal)
    case 'AAAA':
      return dns.aaaa(name, signal)
    case 'MX':
      return dns.mx(name, signal)
    case 'NS':
      return dns.ns(name, signal)
    case 'CNAME':
      return dns.cname(name, signal)
    case 'PTR':
      return dns.ptr(ip, signal)
    case 'TXT':
      return dns.txt(name, signal)
    default:
      return Promise.resolve({ kind: 'nodata' })
  }
}

function toRecords(type: string, records: readonly (string | MxRecord)[]): BridgeRecords {
  if (type === 'TXT') return records.map((record) => [record as string])
  if (type !== 'MX') return records as string[]
  // mailauth declares strings only, but reads an MX record as node:dns returns it.
  const mx = (records as readonly MxRecord[]).map((r) => ({ priority: r.preference, exchange: r.exchange }))
  return mx as unknown as string[]
}

/** Rejects when the signal aborts, so that a resolver that never answers cannot hold a message. */
function abortion(signal: AbortSignal): Promise<never> {
  const aborted = new Promise<never>((_, reject) => {
    const fail = (): void => reject(dnsError('ETIMEOUT', 'time for DNS is used up'))
    if (signal.aborted) fail()
    else signal.addEventListener('abort', fail, { once: true })
  })
  aborted.catch(() => undefined)
  return aborted
}

/** A resolve function for one message. Errors carry the codes of node:dns; anything temporary is ETIMEOUT or ESERVFAIL. */
export function createDnsBridge(options: DnsBridgeOptions): DnsBridge {
  const aborted = abortion(options.signal)
  let queries = 0
  let failed = false
  const fail = (code: string, text: string): Error => {
    failed = true
    return dnsError(code, text)
  }
  const resolve: ResolveFunction = async (asked, type) => {
    const name = asked.endsWith('.') ? asked.slice(0, -1) : asked
    if (!canExist(name)) throw dnsError('EBADNAME', 'not a domain name')
    if (options.signal.aborted) throw fail('ETIMEOUT', 'time for DNS is used up')
    if (++queries > options.maxQueries) throw fail('ETIMEOUT', 'too many DNS queries')
    let answer: DnsAnswer<string | MxRecord>
    try {
      answer = await Promise.race([ask(options, name, type), aborted])
    } catch (error) {
      throw fail('ETIMEOUT', error instanceof Error ? error.message : 'DNS lookup failed')
    }
    switch (answer.kind) {
      case 'found':
        return toRecords(type, answer.records)
      case 'nodata':
        throw dnsError('ENODATA', 'no such record')
      case 'nxdomain':
        throw dnsError('ENOTFOUND', 'no such name')
      case 'tempfail':
        throw fail('ESERVFAIL', answer.because)
    }
  }
  return { resolve, failed: () => failed, queries: () => queries }
}
