// SPDX-License-Identifier: Apache-2.0
/** The Resolver port over a zone written as text (zone.ts); no socket, no clock. */
import { parseDomain } from '../../src/core/address.ts'
import type { Domain } from '../../src/core/brand.ts'
import type { DnsAnswer, MxRecord, Resolver } from '../../src/core/ports.ts'
import { parseIp } from '../../src/kit/cidr.ts'
import { parseZone, type RecordType, type Zone, type ZoneRecord } from './zone.ts'

export interface ZoneResolver extends Resolver {
  /** "TYPE name" of each question, in order. */
  readonly questions: readonly string[]
}

export function zoneResolver(from: string | Zone): ZoneResolver {
  const zone = typeof from === 'string' ? parseZone(from) : from
  const questions: string[] = []

  async function ask<T>(
    type: RecordType,
    name: string,
    signal: AbortSignal | undefined,
    read: (record: ZoneRecord) => T | null,
  ): Promise<DnsAnswer<T>> {
    questions.push(`${type} ${name}`)
    if (signal?.aborted) return { kind: 'tempfail', because: 'aborted' }
    if (name === '' || name === '.') return { kind: 'nxdomain' }
    const answer = zone.lookup(type, name)
    if (answer.kind === 'trouble') return { kind: 'tempfail', because: answer.trouble }
    if (answer.kind !== 'found') return answer
    const wanted = answer.records.filter((record) => record.type === type)
    const records = wanted.map(read).filter((record) => record !== null)
    if (records.length === 0) return { kind: 'nodata' }
    return { kind: 'found', records, ttlSeconds: Math.min(...wanted.map((record) => record.ttl)), secure: false }
  }

  const host = (record: ZoneRecord): string => (record.data[0] ?? '').replace(/\.$/, '').toLowerCase()
  return {
    questions,
    a: (name, signal) => ask('A', name, signal, (record) => record.data[0] ?? null),
    aaaa: (name, signal) => ask('AAAA', name, signal, (record) => record.data[0] ?? null),
    mx: (name, signal) => ask('MX', name, signal, mxOf),
    ns: (name, signal) => ask('NS', name, signal, host),
    txt: (name, signal) => ask('TXT', name, signal, (record) => record.data.join('')),
    cname: (name, signal) => ask('CNAME', name, signal, host),
    async ptr(ip, signal): Promise<DnsAnswer<Domain>> {
      if (parseIp(ip) === null) return { kind: 'nxdomain' }
      return ask('PTR', ip, signal, (record) => parseDomain(host(record)))
    },
  }
}

function mxOf(record: ZoneRecord): MxRecord {
  const [preference = '0', exchange = ''] = record.data
  return { preference: Number(preference), exchange: exchange.replace(/\.$/, '').toLowerCase() }
}
