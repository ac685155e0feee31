// SPDX-License-Identifier: Apache-2.0
/** The "zonedata" of a published suite as a zone: SPF entries stand for TXT where a name has no TXT of its own. */
import { nameOf, type RecordType, type Zone, type ZoneAnswer, type ZoneRecord } from '../support/zone.ts'

type Entry = string | Readonly<Record<string, unknown>>
export type SuiteZone = Readonly<Record<string, readonly Entry[]>>

const types = new Set(['A', 'AAAA', 'MX', 'NS', 'TXT', 'PTR', 'CNAME'])
const ttl = 300

/** No string of a TXT record is longer than 255 octets (RFC 1035 §3.3). */
const cut = (text: string): string[] => text.match(/[\s\S]{1,255}/g) ?? ['']
const strings = (value: unknown): string[] => {
  const list = (Array.isArray(value) ? value : [value]).flatMap((v) => cut(String(v)))
  return list.length === 0 ? [''] : list
}

interface Node {
  readonly records: ZoneRecord[]
  /** TXT: "NONE" says that there is no TXT, whatever SPF entries say. */
  hasText: boolean
  readonly spf: ZoneRecord[]
  /** What is not found here is never answered. */
  silent: boolean
}

function readNode(name: string, entries: readonly Entry[]): Node {
  const node: Node = { records: [], hasText: false, spf: [], silent: false }
  for (const entry of entries) {
    if (typeof entry === 'string') {
      node.silent ||= entry === 'TIMEOUT'
      continue
    }
    for (const [type, value] of Object.entries(entry)) {
      if (type === 'TXT') node.hasText = true
      if (value === 'NONE') continue
      if (type === 'SPF') node.spf.push({ name, type: 'TXT', ttl, data: strings(value) })
      else if (types.has(type)) node.records.push({ name, type: type as RecordType, ttl, data: strings(value) })
    }
  }
  if (!node.hasText) node.records.push(...node.spf)
  return node
}

export function openSuiteZone(data: SuiteZone): Zone {
  const nodes = new Map(Object.entries(data).map(([name, entries]) => [nameOf(name), readNode(nameOf(name), entries)]))
  const lookup = (type: RecordType, asked: string): ZoneAnswer => {
    const way: ZoneRecord[] = []
    let name = nameOf(asked)
    for (let hops = 0; hops < 10; hops++) {
      const node = nodes.get(name)
      if (node === undefined) return { kind: 'nxdomain' }
      const found = node.records.filter((record) => record.type === type)
      if (found.length > 0) return { kind: 'found', records: [...way, ...found] }
      const alias = node.records.find((record) => record.type === 'CNAME')
      if (alias === undefined) return node.silent ? { kind: 'trouble', trouble: 'TIMEOUT' } : { kind: 'nodata' }
      way.push(alias)
      name = nameOf(alias.data[0] ?? '')
    }
    return { kind: 'trouble', trouble: 'SERVFAIL' }
  }
  return { lookup }
}
