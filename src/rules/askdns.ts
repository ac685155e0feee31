// SPDX-License-Identifier: Apache-2.0
/** askdns rules: "askdns RULE _AUTHORDOMAIN_.list.example A /^127\.0\.0\.2$/". */
import { isHostName } from './domains.ts'
import type { ListTest } from './evals-dns.ts'
import type { RecordType } from './lookups.ts'
import { meetsSubtest, parseRecordSubtest, type Subtest } from './subtests.ts'
import type { Views } from './views.ts'

/** What a tag stands for in a message; the argument is what stands in parentheses behind its name. */
export type Tag = (views: Views, argument: string) => readonly string[]

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

/** What stands behind the rule's name; a text says what is wrong with it. */
export function parseAskDns(text: string): AskDns | string {
  const match = /^(\S+)(?:\s+([A-Za-z,]+)(?:\s+(.*?))?)?\s*$/s.exec(text)
  if (match === null) return 'an askdns rule is "askdns NAME _AUTHORDOMAIN_.list.example A /pattern/"'
  const [, template = '', written = 'A', subtest] = match
  const wanted = written.toUpperCase().split(',')
  const unknown = wanted.find((type) => types[type] === undefined)
  if (unknown !== undefined)
    return `records of type "${unknown}" are not asked for: use ${Object.keys(types).join(', ')}`
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

/** The test; a text says what is wrong. tagNamed: what a tag stands for; null for nothing. */
export function askDnsTest(
  { template, types: wanted, subtest }: AskDns,
  tagNamed: (name: string) => Tag | null,
): ListTest | string {
  const marks: Mark[] = []
  for (const [mark, name = '', argument = ''] of template.matchAll(tag)) {
    const known = tagNamed(name)
    if (known === null) return `nothing is known as _${name}_`
    marks.push({ mark, values: (views) => known(views, argument) })
  }
  return (views, inquiry) => {
    let found: string | null = null
    for (const name of namesOf(template, marks, views)) {
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

interface Mark {
  /** As written, underscores and all. */
  readonly mark: string
  readonly values: (views: Views) => readonly string[]
}

/** The template with every value of its tags; none where a tag has no value. */
function namesOf(template: string, marks: readonly Mark[], views: Views): string[] {
  let names = [template]
  for (const { mark, values } of marks) {
    const all = [...new Set(values(views))]
    names = names.flatMap((name) => all.map((value) => name.replace(mark, () => value))).slice(0, maxNames)
  }
  return [...new Set(names.map((name) => name.replace(/\.$/, '').toLowerCase()))].filter(isHostName)
}
