// SPDX-License-Identifier: Apache-2.0
/** A fake DNS as a table, a clock and a message: what the tests of this room start from. */
import type { Domain, EpochMs } from '../../../src/core/brand.ts'
import type { Clock, DnsAnswer, MxRecord, Resolver } from '../../../src/core/ports.ts'
import { type AssessInput, defaultAssessLimits } from '../../../src/msgauth/assess.ts'

/** "TYPE name" → records; "fail" is a temporary failure, "never" an answer that does not come. */
export type Zone = Readonly<Record<string, readonly string[] | 'fail' | 'never'>>

export function zoneResolver(zone: Zone): Resolver & { readonly asked: string[] } {
  const asked: string[] = []
  const look = async (type: string, name: string): Promise<DnsAnswer<string>> => {
    const key = `${type} ${name.toLowerCase()}`
    asked.push(key)
    const records = zone[key]
    if (records === 'never') return await new Promise(() => undefined)
    if (records === 'fail') return { kind: 'tempfail', because: 'SERVFAIL' }
    if (records !== undefined) return { kind: 'found', records, ttlSeconds: 60, secure: false }
    return { kind: Object.keys(zone).some((other) => other.endsWith(` ${name}`)) ? 'nodata' : 'nxdomain' }
  }
  return {
    asked,
    a: (name) => look('A', name),
    aaaa: (name) => look('AAAA', name),
    mx: async (name) => {
      const answer = await look('MX', name)
      if (answer.kind !== 'found') return answer
      const records: MxRecord[] = answer.records.map((record) => {
        const [preference, exchange] = record.split(' ')
        return { preference: Number(preference), exchange: exchange ?? '' }
      })
      return { ...answer, records }
    },
    ns: (name) => look('NS', name),
    txt: (name) => look('TXT', name),
    cname: (name) => look('CNAME', name),
    ptr: async (ip) => (await look('PTR', ip)) as DnsAnswer<Domain>,
  }
}

export const testNow = Date.UTC(2026, 0, 2, 3, 4, 5) as EpochMs

export const testClock: Clock = {
  now: () => testNow,
  sleep: (ms, signal) =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(resolve, ms)
      signal?.addEventListener('abort', () => {
        clearTimeout(timer)
        reject(new Error('aborted'))
      })
    }),
}

export function aMessage(head: readonly string[], body = 'Hello.\r\n'): Buffer {
  return Buffer.from(`${head.join('\r\n')}\r\n\r\n${body}`, 'latin1')
}

export const plainHead = [
  'From: Alice <alice@example.com>',
  'To: bob@example.org',
  'Subject: tea',
  'Date: Fri, 02 Jan 2026 03:04:05 +0000',
  'Message-ID: <1@example.com>',
]

export function anInput(zone: Zone, over: Partial<AssessInput> = {}): AssessInput {
  return {
    raw: aMessage(plainHead),
    ip: '192.0.2.7',
    helo: 'mail.example.com',
    reversePath: { localPart: 'alice', domain: 'example.com' as Domain },
    hostname: 'gw.example.org',
    clientName: 'mail.example.com',
    dns: zoneResolver(zone),
    clock: testClock,
    signal: new AbortController().signal,
    trustedSealers: new Set<string>(),
    limits: defaultAssessLimits,
    ...over,
  }
}
