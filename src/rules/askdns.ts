// SPDX-License-Identifier: Apache-2.0
/** askdns rules: "askdns RULE _AUTHORDOMAIN_.list.example A /^127\.0\.0\.2$/". */
import { parseDomain } from '../core/address.ts'
import { parseIp, reversedLabels } from '../kit/cidr.ts'
import { isHostName } from './domains.ts'
import type { ListTest } from './evals-dns.ts'
import { fromNameTags } from './evals-fromname.ts'
import { linkedPlaces } from './evals-uridns.ts'
import type { RecordType } from './lookups.ts'
import { meetsSubtest, parseRecordSubtest, type Subtest } from './subtests.ts'
import type { Views } from './views.ts'

export interface AskDns {
  /** The name with its tags, as written. */
  readonly template: string
  readonly types: readonly RecordType[]
  /** null: any record of these types; a set: which codes of the answer count, as numbers. */
  readonly subtest: Subtest | ReadonlySet<number> | null
}

const types: Readonly<Record<string, RecordType>> = {
  A: 'a',
  AAAA: 'aaaa',
  MX: 'mx',
  NS: 'ns',
  TXT: 'txt',
  CNAME: 'cname',
}
/** RFC 1035 §4.1.1. A server that fails (2) is trouble, which never hits. */
const codes: Readonly<Record<string, number>> = { NOERROR: 0, NXDOMAIN: 3 }
const tag = /_([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*)(?:\(([^)]*)\))?_/g
/** Names that one rule asks for, whatever the message holds. */
const maxNames = 20

const tags: Readonly<Record<string, (views: Views, argument: string) => readonly string[]>> = {
  AUTHORDOMAIN: (views) => views.fields.all('From:addr').flatMap(domainOf),
  SENDERDOMAIN: (views) => domainOf(views.fields.envelopeFrom ?? ''),
  DKIMDOMAIN: (views) => (views.facts.auth?.dkim ?? []).filter((one) => one.result === 'pass').map((one) => one.domain),
  LASTEXTERNALIP: (views) => lastExternal(views, 'ip'),
  LASTEXTERNALREVIP: (views) =>
    lastExternal(views, 'ip').flatMap((ip) => {
      const parsed = parseIp(ip)
      return parsed === null ? [] : [reversedLabels(parsed)]
    }),
  LASTEXTERNALRDNS: (views) => lastExternal(views, 'rdns'),
  LASTEXTERNALHELO: (views) => lastExternal(views, 'helo'),
  URIHOSTS: (views) => views.once(linkedPlaces).map((place) => place.host),
  URIDOMAINS: (views) => views.once(linkedPlaces).map((place) => place.domain),
  HEADER: (views, argument) => views.fields.all(argument).map((one) => one.trim()),
  ...fromNameTags,
}

function domainOf(address: string): string[] {
  const domain = parseDomain(/@([^@\s]+)$/.exec(address)?.[1] ?? '')
  return domain === null ? [] : [domain]
}

function lastExternal(views: Views, part: 'ip' | 'rdns' | 'helo'): string[] {
  const text = views.relays.external[0]?.[part] ?? ''
  return text === '' ? [] : [text]
}

/** What stands behind the rule's name; a text says what is wrong with it. */
export function parseAskDns(text: string): AskDns | string {
  const match = /^(\S+)(?:\s+([A-Za-z,]+)(?:\s+(.*?))?)?\s*$/s.exec(text)
  if (match === null) return 'an askdns rule is "askdns NAME _AUTHORDOMAIN_.list.example A /pattern/"'
  const [, template = '', written = 'A', subtest] = match
  const wanted = written.toUpperCase().split(',')
  const unknown = wanted.find((type) => types[type] === undefined)
  if (unknown !== undefined)
    return `records of type "${unknown}" are not asked for: use ${Object.keys(types).join(', ')}`
  for (const [, name = ''] of template.matchAll(tag))
    if (tags[name] === undefined) return `nothing is known as _${name}_`
  const parsed = subtest === undefined ? null : (parseCodes(subtest) ?? parseRecordSubtest(subtest))
  return typeof parsed === 'string'
    ? parsed
    : { template, types: wanted.map((type) => types[type] ?? 'a'), subtest: parsed }
}

/** "[NXDOMAIN,0]"; null for what is no list of codes. */
function parseCodes(text: string): ReadonlySet<number> | null {
  const inner = /^\[([A-Z0-9,\s]+)\]$/i.exec(text)?.[1]
  if (inner === undefined) return null
  return new Set(inner.split(',').map((word) => codes[word.trim().toUpperCase()] ?? Number(word)))
}

export function askDnsTest({ template, types: wanted, subtest }: AskDns): ListTest {
  return (views, inquiry) => {
    let found: string | null = null
    for (const name of namesOf(template, views)) {
      for (const type of wanted) {
        const answer = inquiry.answer(type, name)
        if (answer === null) continue
        if (subtest instanceof Set) {
          if (subtest.has(answer.kind === 'nxdomain' ? 3 : 0)) found ??= name
        } else if (answer.kind === 'found') {
          const record = answer.records.find((one) => subtest === null || meetsSubtest(subtest as Subtest, one))
          if (record !== undefined) found ??= `${name} says ${record}`
        }
      }
    }
    return found
  }
}

/** The template with every value of its tags; none where a tag has no value. */
function namesOf(template: string, views: Views): string[] {
  let names = [template]
  for (const [mark, word = '', argument = ''] of template.matchAll(tag)) {
    const values = [...new Set(tags[word]?.(views, argument) ?? [])]
    names = names.flatMap((name) => values.map((value) => name.replace(mark, () => value))).slice(0, maxNames)
  }
  return [...new Set(names.map((name) => name.replace(/\.$/, '').toLowerCase()))].filter(isHostName)
}
