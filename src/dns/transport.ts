// SPDX-License-Identifier: Apache-2.0
/**
 * A stub resolver: asks the servers in their order. Our own, because the platform's neither tells whether a server has
 * validated an answer nor asks for names that no host has ("%{ir}.x:y.example" of SPF), and keeps most TTLs to itself. The one
 * door to node:dns, of which only the list of the system's servers is wanted.
 */
import { randomInt } from 'node:crypto'
import { getServers } from 'node:dns'
import { type Complaint, UserError } from '../core/failure.ts'
import type { DnsAnswer } from '../core/ports.ts'
import { askOverTcp, askOverUdp, parseServer, type Server } from './exchange.ts'
import { decodeReply, encodeQuestion, type QueryType, type RecordOf, type Reply } from './message.ts'

export type { QueryType, RecordOf } from './message.ts'

export interface DnsTransport {
  /** Asks once, without a cache. Never throws. */
  query<T extends QueryType>(type: T, name: string): Promise<DnsAnswer<RecordOf[T]>>
}

export interface TransportOptions {
  /** "192.0.2.53" or "127.0.0.1:5353"; empty: those of the system. */
  readonly servers: readonly string[]
  /** Milliseconds before a server is asked again. */
  readonly tryTimeoutMs: number
  /** How often each server is asked. */
  readonly tries: number
  /**
   * Whether "validated" (AD) is believed of every server. Without it only of those on loopback: on the way from any other
   * it could be set by anybody (RFC 6840 §5.8).
   */
  readonly trustAd?: boolean
}

const noSuchName: DnsAnswer<never> = { kind: 'nxdomain' }
const noError = 0
const formatError = 1
const nameError = 3
const rcodes: Readonly<Record<number, string>> = { 1: 'FORMERR', 2: 'SERVFAIL', 4: 'NOTIMP', 5: 'REFUSED' }

/** What one server said, or why it said nothing of use. */
async function askServer(server: Server, type: QueryType, name: string, timeoutMs: number): Promise<Reply | string> {
  const ask = async (extended: boolean): Promise<Reply | null> => {
    const id = randomInt(0x10000)
    const question = encodeQuestion(id, type, name, extended)
    if (question === null) return null
    // Garbage with our id from the right address and port is an answer: nothing better will come.
    const take = (message: Buffer): Reply | null | undefined =>
      message.length >= 2 && message.readUInt16BE(0) === id ? decodeReply(message, id, type, name) : undefined
    const reply = await askOverUdp(server, question, timeoutMs, take)
    return reply?.truncated === true ? await askOverTcp(server, question, timeoutMs, take) : reply
  }
  try {
    const reply = await ask(true)
    // RFC 6891 §7: a server that knows no OPT record.
    const plain = reply?.rcode === formatError ? await ask(false) : reply
    if (plain === null) return 'garbage'
    const { rcode } = plain
    return rcode === noError || rcode === nameError ? plain : (rcodes[rcode] ?? `RCODE ${rcode}`)
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

function serversOf(written: readonly string[]): readonly Server[] {
  const complaints: Complaint[] = []
  const servers = (written.length > 0 ? written : getServers()).flatMap((text) => {
    const server = parseServer(text)
    if (server === null) {
      complaints.push({
        file: 'dns.servers',
        line: 0,
        text: `"${text}" is not the address of a name server`,
        hint: null,
      })
    }
    return server === null ? [] : [server]
  })
  if (written.length > 0 && complaints.length > 0) throw new UserError(78, complaints)
  return servers
}

/** @throws UserError where a server is not an address with or without a port */
export function openTransport(options: TransportOptions): DnsTransport {
  const servers = serversOf(options.servers)
  return {
    async query<T extends QueryType>(type: T, name: string): Promise<DnsAnswer<RecordOf[T]>> {
      // A name that cannot be written in DNS does not exist: a stranger chose it, and no retry will make it one.
      if (encodeQuestion(0, type, name, false) === null) return noSuchName
      let because = 'no name server'
      const refused = new Set<Server>()
      for (let tries = 0; tries < options.tries; tries++) {
        for (const server of servers.filter((candidate) => !refused.has(candidate))) {
          const reply = await askServer(server, type, name, options.tryTimeoutMs)
          if (typeof reply !== 'string') return toAnswer(reply, server, options.trustAd ?? false)
          because = reply
          // Who answered will answer the same once more; who was silent may have lost a packet.
          if (reply !== 'timeout') refused.add(server)
        }
      }
      return { kind: 'tempfail', because }
    },
  }
}

function toAnswer<T>(reply: Reply, server: Server, trustAd: boolean): DnsAnswer<T> {
  // RFC 2308 §2.1: an alias may lead to a name that does not exist, and the code is that name's.
  if (reply.records.length === 0) {
    const kind = reply.rcode === nameError ? 'nxdomain' : 'nodata'
    return reply.ttlSeconds === null ? { kind } : { kind, ttlSeconds: reply.ttlSeconds }
  }
  return {
    kind: 'found',
    records: reply.records as readonly T[],
    ttlSeconds: reply.ttlSeconds ?? 0,
    secure: reply.authentic && (server.isLoopback || trustAd),
  }
}
