// SPDX-License-Identifier: Apache-2.0
/** DNS for one message: a Resolver under one budget, and the same in the shape that mailauth asks. */
import type { DnsAnswer, MxRecord, Resolver } from '../core/ports.ts'

export type BridgeRecords = string[][] | string[]
export type ResolveFunction = (name: string, type: string) => Promise<BridgeRecords>

export interface DnsBridge {
  /** Never throws: what fails, is over the budget or comes too late is a tempfail. Each question is asked once. */
  readonly dns: Resolver
  /** For mailauth. Errors carry the codes of node:dns; anything temporary is ESERVFAIL. */
  readonly resolve: ResolveFunction
  readonly queries: () => number
}

export interface DnsBridgeOptions {
  readonly dns: Resolver
  /** The only address whose reverse name may be asked (SPF "ptr" and %{p}). */
  readonly ip: string
  readonly signal: AbortSignal
  readonly maxQueries: number
}

type Answer = DnsAnswer<string | MxRecord>

/** RFC 1035 §2.3.4: any other name cannot exist, so nobody is asked. */
export function canExist(name: string): boolean {
  return name.length <= 253 && name.split('.').every((label) => label !== '' && label.length <= 63)
}

const tempfail = (because: string): DnsAnswer<never> => ({ kind: 'tempfail', because })

/** Resolves when the signal aborts, so that a resolver that never answers cannot hold a message. */
function abortion(signal: AbortSignal): Promise<DnsAnswer<never>> {
  const late = tempfail('time for DNS is used up')
  if (signal.aborted) return Promise.resolve(late)
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(late), { once: true }))
}

function dnsError(code: string, text: string): Error {
  return Object.assign(new Error(text), { code })
}

/** Made once: the stack of an error that says no costs more than the question. */
const noRecord = Object.freeze(dnsError('ENODATA', 'no such record'))
const noName = Object.freeze(dnsError('ENOTFOUND', 'no such name'))

function toRecords(type: string, records: readonly (string | MxRecord)[]): BridgeRecords {
  if (type === 'TXT') return records.map((record) => [record as string])
  return records as string[]
}

function mailauthResolve(dns: Resolver): ResolveFunction {
  const ask = (name: string, type: string): Promise<Answer> => {
    switch (type) {
      case 'A':
        return dns.a(name)
      case 'CNAME':
        return dns.cname(name)
      case 'TXT':
        return dns.txt(name)
      default:
        return Promise.resolve({ kind: 'nodata' })
    }
  }
  return async (name, type) => {
    const answer = await ask(name, type)
    switch (answer.kind) {
      case 'found':
        return toRecords(type, answer.records)
      case 'nodata':
        throw noRecord
      case 'nxdomain':
        throw noName
      case 'tempfail':
        throw dnsError('ESERVFAIL', answer.because)
    }
  }
}

/** DNS for one message. */
export function createDnsBridge(options: DnsBridgeOptions): DnsBridge {
  const late = abortion(options.signal)
  const asked = new Map<string, Promise<Answer>>()
  let queries = 0
  const ask = async (question: () => Promise<Answer>): Promise<Answer> => {
    if (options.signal.aborted) return late
    if (++queries > options.maxQueries) return tempfail('too many DNS queries')
    try {
      return await Promise.race([question(), late])
    } catch (error) {
      return tempfail(error instanceof Error ? error.message : 'DNS lookup failed')
    }
  }
  function once<T extends string | MxRecord>(
    type: string,
    written: string,
    question: (name: string) => Promise<DnsAnswer<T>>,
  ): Promise<DnsAnswer<T>> {
    const name = (written.endsWith('.') ? written.slice(0, -1) : written).toLowerCase()
    if (!canExist(name)) return Promise.resolve({ kind: 'nxdomain' })
    const key = `${type} ${name}`
    const known = asked.get(key) ?? ask(() => question(name))
    asked.set(key, known)
    return known as Promise<DnsAnswer<T>>
  }
  const { dns: outside, ip, signal } = options
  const dns: Resolver = {
    a: (name) => once('A', name, (n) => outside.a(n, signal)),
    aaaa: (name) => once('AAAA', name, (n) => outside.aaaa(n, signal)),
    mx: (name) => once('MX', name, (n) => outside.mx(n, signal)),
    ns: (name) => once('NS', name, (n) => outside.ns(n, signal)),
    txt: (name) => once('TXT', name, (n) => outside.txt(n, signal)),
    cname: (name) => once('CNAME', name, (n) => outside.cname(n, signal)),
    ptr: () => once('PTR', 'client', () => outside.ptr(ip, signal)),
  }
  return { dns, resolve: mailauthResolve(dns), queries: () => queries }
}
