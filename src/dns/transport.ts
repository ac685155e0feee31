// SPDX-License-Identifier: Apache-2.0
/** The one door to node:dns. What the platform throws becomes an answer; nothing here waits longer than it was told. */
import { Resolver as NodeResolver } from 'node:dns/promises'
import type { DnsAnswer, MxRecord } from '../core/ports.ts'

/** What a record of each type looks like once read. */
export interface RecordOf {
  readonly A: string
  readonly AAAA: string
  readonly MX: MxRecord
  readonly NS: string
  readonly TXT: string
  readonly CNAME: string
  readonly PTR: string
}
export type QueryType = keyof RecordOf

export interface DnsTransport {
  /** Asks once, without a cache. Never throws. ttlSeconds is 0 where the platform does not tell it. */
  query<T extends QueryType>(type: T, name: string): Promise<DnsAnswer<RecordOf[T]>>
}

export interface TransportOptions {
  /** "192.0.2.53" or "127.0.0.1:5353"; empty: those of the system. */
  readonly servers: readonly string[]
  /** Milliseconds before a server is asked again. */
  readonly tryTimeoutMs: number
  /** How often each server is asked. */
  readonly tries: number
}

type Ask = { readonly [T in QueryType]: (name: string) => Promise<readonly [readonly RecordOf[T][], number]> }

/**
 * Errors of c-ares that say the name is not there. A name that cannot be written in DNS (EBADNAME) does not exist:
 * a stranger chose it, and no retry will make it one.
 */
const absent = new Set(['ENOTFOUND', 'EBADNAME', 'ENONAME'])

export function openTransport(options: TransportOptions): DnsTransport {
  const resolver = new NodeResolver({ timeout: options.tryTimeoutMs, tries: options.tries })
  if (options.servers.length > 0) resolver.setServers(options.servers)
  const ask = asking(resolver)
  return {
    async query(type, name) {
      try {
        const [records, ttlSeconds] = await ask[type](name)
        if (records.length === 0) return { kind: 'nodata' }
        return { kind: 'found', records, ttlSeconds, secure: false }
      } catch (error) {
        return answerFor(error)
      }
    },
  }
}

function asking(resolver: NodeResolver): Ask {
  return {
    A: async (name) => withTtl(await resolver.resolve4(name, { ttl: true })),
    AAAA: async (name) => withTtl(await resolver.resolve6(name, { ttl: true })),
    MX: async (name) => [
      (await resolver.resolveMx(name)).map((mx) => ({ preference: mx.priority, exchange: plain(mx.exchange) })),
      0,
    ],
    NS: async (name) => [(await resolver.resolveNs(name)).map(plain), 0],
    TXT: async (name) => [(await resolver.resolveTxt(name)).map((strings) => strings.join('')), 0],
    CNAME: async (name) => [(await resolver.resolveCname(name)).map(plain), 0],
    PTR: async (name) => [(await resolver.resolvePtr(name)).map(plain), 0],
  }
}

function withTtl(
  records: readonly { readonly address: string; readonly ttl: number }[],
): readonly [readonly string[], number] {
  const ttl = records.reduce((least, record) => Math.min(least, record.ttl), Number.POSITIVE_INFINITY)
  return [records.map((record) => record.address), Number.isFinite(ttl) ? ttl : 0]
}

/** Lower case, no dot at the end: "." of a null MX becomes the empty name (RFC 7505 §3). */
function plain(name: string): string {
  const bare = name.endsWith('.') ? name.slice(0, -1) : name
  return bare.toLowerCase()
}

function answerFor(error: unknown): DnsAnswer<never> {
  const code = error instanceof Error && 'code' in error ? String(error.code) : String(error)
  if (absent.has(code)) return { kind: 'nxdomain' }
  if (code === 'ENODATA') return { kind: 'nodata' }
  return { kind: 'tempfail', because: code }
}
