// SPDX-License-Identifier: Apache-2.0
/**
 * A fake DNS written as text, one record a line: `name [ttl] type data`. Names are absolute; an address as the name of
 * a PTR record stands for its name in the reverse tree. Besides A, AAAA, MX, NS, TXT, PTR and CNAME:
 *
 *   name SERVFAIL    its servers fail
 *   name TIMEOUT     its servers stay silent
 *   name LIE         its servers answer with garbage
 *   name SOA 300     shown with each "no": it holds for so many seconds, at most for its own TTL
 *
 * A semicolon outside quotes starts a comment.
 */
import { parseIp, reversedLabels } from '../../src/kit/cidr.ts'

export type RecordType = 'A' | 'AAAA' | 'MX' | 'NS' | 'TXT' | 'PTR' | 'CNAME'
export type Trouble = 'SERVFAIL' | 'TIMEOUT' | 'LIE'

export interface ZoneRecord {
  readonly name: string
  readonly type: RecordType
  readonly ttl: number
  /** The words after the type, quotes removed. */
  readonly data: readonly string[]
}

export type ZoneAnswer =
  | { readonly kind: 'trouble'; readonly trouble: Trouble }
  | { readonly kind: 'nxdomain' | 'nodata' }
  /** CNAME records on the way first, as a recursive server gives them. */
  | { readonly kind: 'found'; readonly records: readonly ZoneRecord[] }

/** Start of authority, as far as it says how long a "no" holds (RFC 2308 §5). */
export interface ZoneSoa {
  readonly name: string
  readonly ttl: number
  readonly minimum: number
}

export interface Zone {
  /** Absent where a "no" says nothing of its time. */
  readonly soa?: ZoneSoa
  lookup(type: RecordType, name: string): ZoneAnswer
}

const types = new Set<string>(['A', 'AAAA', 'MX', 'NS', 'TXT', 'PTR', 'CNAME'])
const troubles = new Set<string>(['SERVFAIL', 'TIMEOUT', 'LIE'])
const defaultTtl = 300

export function parseZone(text: string): Zone {
  const records = new Map<string, ZoneRecord[]>()
  const trouble = new Map<string, Trouble>()
  let soa: ZoneSoa | undefined
  for (const line of text.split('\n')) {
    const words = wordsOf(line)
    const [written, ...rest] = words
    if (written === undefined) continue
    const name = nameOf(written)
    const ttl = /^\d+$/.test(rest[0] ?? '') ? Number(rest.shift()) : defaultTtl
    const [type = '', ...data] = rest
    if (troubles.has(type)) trouble.set(name, type as Trouble)
    else if (type === 'SOA') soa = { name, ttl, minimum: Number(data[0]) }
    else if (types.has(type) && data.length > 0)
      records.set(name, [...(records.get(name) ?? []), { name, type: type as RecordType, ttl, data }])
    else throw new Error(`zone: cannot read "${line}"`)
  }
  return {
    ...(soa === undefined ? {} : { soa }),
    lookup: (type, name) => lookup(records, trouble, type, nameOf(name)),
  }
}

function wordsOf(line: string): string[] {
  const words: string[] = []
  for (const [word] of line.matchAll(/"[^"]*"|;.*|[^\s;]+/g)) {
    if (word.startsWith(';')) break
    words.push(word.startsWith('"') ? word.slice(1, -1) : word)
  }
  return words
}

/** A name as it is compared; an address becomes its name in the reverse tree. */
export function nameOf(written: string): string {
  const ip = parseIp(written)
  if (ip !== null) return `${reversedLabels(ip)}.${ip.length === 1 ? 'in-addr' : 'ip6'}.arpa`
  return written.replace(/\.$/, '').toLowerCase()
}

function lookup(
  records: ReadonlyMap<string, readonly ZoneRecord[]>,
  trouble: ReadonlyMap<string, Trouble>,
  type: RecordType,
  asked: string,
): ZoneAnswer {
  const way: ZoneRecord[] = []
  let name = asked
  for (let hops = 0; hops < 10; hops++) {
    const bad = trouble.get(name)
    if (bad !== undefined) return { kind: 'trouble', trouble: bad }
    const here = records.get(name)
    if (here === undefined) {
      const below = [...records.keys(), ...trouble.keys()].some((key) => key.endsWith(`.${name}`))
      return { kind: below ? 'nodata' : 'nxdomain' }
    }
    const found = here.filter((record) => record.type === type)
    if (found.length > 0) return { kind: 'found', records: [...way, ...found] }
    const alias = here.find((record) => record.type === 'CNAME')
    if (alias === undefined) return { kind: 'nodata' }
    way.push(alias)
    name = nameOf(alias.data[0] ?? '')
  }
  return { kind: 'trouble', trouble: 'SERVFAIL' }
}
