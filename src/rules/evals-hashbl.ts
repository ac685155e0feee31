// SPDX-License-Identifier: Apache-2.0
/**
 * eval tests that ask DNS lists about what a message holds, mostly by its hash (SpamAssassin's HashBL): addresses of
 * people, links, whatever a pattern finds in the text, tags, attachments.
 */
import { foldAscii } from '../kit/bytes.ts'
import type { Tag } from './askdns.ts'
import { groupsIn } from './captures.ts'
import { type ListTest, listTest, type Question } from './evals-dns.ts'
import { mailAddresses, parseMailSources } from './hashbl-emails.ts'
import { chosen, type HashList, type HashOptions, hashed, parseHashList, parseHashOptions } from './hashbl-options.ts'
import { attachmentHashes, hashableUris, tagValues } from './hashbl-values.ts'
import type { RuleDraft } from './parse.ts'
import { type Pattern, patternOrWhy } from './pattern.ts'
import type { Settings } from './settings.ts'
import { parsePatternSubtest, type Subtest } from './subtests.ts'
import type { Views } from './views.ts'

/** What a rule is made with. */
export interface HashBlContext {
  readonly settings: Settings
  readonly tagNamed: (name: string) => Tag | null
  /** Tells the author of what is no mistake, but means nothing. */
  readonly notice: (text: string) => void
}

/** What is asked about, each value once. Made once a message, however often the rule is run. */
type Values = (views: Views) => readonly string[]

/** The values of a rule by its arguments; a text says what is wrong with them. */
type Maker = (
  draft: RuleDraft,
  args: readonly string[],
  options: HashOptions,
  context: HashBlContext,
) => Values | string

interface Shape {
  readonly values: Maker
  /** Where the pattern stands that answers have to match. */
  readonly subtestAt: number
  readonly standard: string
  /** Values are hashes already. */
  readonly areHashes?: boolean
}

const standard = 'sha1/max=10/shuffle'

const shapes: Readonly<Record<string, Shape>> = {
  check_hashbl_emails: { values: emailValues, subtestAt: 3, standard: 'sha1/notag/noquote/max=10/shuffle' },
  check_hashbl_uris: {
    values: (_, __, options) => (views) => hashableUris(views).map((uri) => folded(uri, options)),
    subtestAt: 2,
    standard,
  },
  check_hashbl_bodyre: { values: textValues, subtestAt: 3, standard },
  check_hashbl_tag: { values: valuesOfTag, subtestAt: 3, standard },
  check_hashbl_attachments: {
    values: (_, __, options) => (views) => attachmentHashes(views, options),
    subtestAt: 2,
    standard,
    areHashes: true,
  },
}

export const hashBlNames: readonly string[] = Object.keys(shapes)

/** The test of a rule; a text says what is wrong with it. */
export function hashBlTest(draft: RuleDraft, name: string, args: readonly string[], context: HashBlContext) {
  const shape = shapes[name]
  if (shape === undefined) return `there is no eval test "${name}"`
  const list = parseHashList(args[0] ?? '')
  if (typeof list === 'string') return list
  const parsed = parseHashOptions(name, args[1] || shape.standard)
  if (typeof parsed === 'string') return parsed
  const { options, idle } = parsed
  if (idle.length > 0) context.notice(`${name} knows no ${idle.join(', ')}: ignored`)
  const written = args[shape.subtestAt] ?? ''
  const subtest: Subtest | string | null = written === '' ? null : parsePatternSubtest(written)
  if (typeof subtest === 'string') return subtest
  const values = shape.values(draft, args, options, context)
  return typeof values === 'string' ? values : asking(list, options, subtest, values, shape.areHashes === true)
}

function asking(
  { zone, type }: HashList,
  options: HashOptions,
  subtest: Subtest | null,
  values: Values,
  areHashes: boolean,
): ListTest {
  const questions = (views: Views): Question[] => {
    const { ignored } = views.settings.hashBl
    return chosen([...new Set(values(views))], options, views).flatMap((value) => {
      const label = areHashes ? value : hashed(value, options.hash)
      if (ignored.has(foldAscii(label)) || ignored.has(foldAscii(value))) return []
      return [{ type, name: `${label}.${zone}`, what: value }]
    })
  }
  return listTest((views) => views.once(questions), subtest)
}

function folded(value: string, { words }: HashOptions): string {
  return words.has('case') ? value : foldAscii(value)
}

function emailValues(_: RuleDraft, args: readonly string[], options: HashOptions, context: HashBlContext) {
  const sources = parseMailSources(args[2] || 'ALLFROM/Reply-To/body')
  if (typeof sources === 'string') return sources
  const access = args[4]?.toLowerCase() ?? null
  if (access !== null && access !== 'all' && !context.settings.hashBl.access.has(access))
    return `no line hashbl_acl_${access} says which domains "${access}" holds`
  return (views: Views) => mailAddresses(views, { sources, options, access })
}

/** What one rule finds in a message: different texts, matches, and matches in a text too long for the platform's engine. */
const most = { texts: 1000, matches: 5000, inLong: 100 } as const

function textValues({ directive }: RuleDraft, args: readonly string[], options: HashOptions): Values | string {
  if (directive !== 'body' && directive !== 'rawbody' && directive !== 'full')
    return 'check_hashbl_bodyre looks at a text: write body, rawbody or full'
  const pattern = bodyPattern(args[2] ?? '')
  if (typeof pattern === 'string') return pattern
  return (views) => {
    const found = new Set<string>()
    let left: number = most.matches
    for (const text of views[directive]) {
      for (const [, group] of groupsIn(pattern, text, text.length > pattern.window ? most.inLong : left)) {
        left--
        const value = folded(group ?? '', options)
        const kept = options.words.has('num') ? value.replace(/\D+/g, '') : value
        if (kept !== '') found.add(kept)
      }
      if (left <= 0 || found.size >= most.texts) break
    }
    return [...found]
  }
}

function bodyPattern(source: string): Pattern | string {
  if (source === '') return 'the pattern that finds what is asked about is missing'
  const pattern = patternOrWhy(source, '')
  if (typeof pattern === 'string' || pattern.groups > 0) return pattern
  return 'the pattern has no group ( ) that says what is asked about'
}

function valuesOfTag(
  _: RuleDraft,
  args: readonly string[],
  options: HashOptions,
  { tagNamed }: HashBlContext,
): Values | string {
  const written = (args[2] ?? '').replace(/^_(.+)_$/, '$1')
  const [, name = '', argument = ''] = /^([^(]*)(?:\((.*)\))?$/.exec(written) ?? []
  if (name === '') return 'the tag whose value is asked about is missing'
  const tag = tagNamed(name.toUpperCase())
  if (tag === null) return `nothing is known as _${name.toUpperCase()}_`
  return (views) =>
    tagValues(
      views,
      tag(views, argument).map((value) => folded(value, options)),
      options,
    )
}
