// SPDX-License-Identifier: Apache-2.0
/** What rule files define → what runs: rules numbered, patterns gathered by the text they look at, metas in order. */
import type { SymbolName } from '../core/brand.ts'
import type { SymbolSpec } from '../core/evidence.ts'
import type { Complaint } from '../core/failure.ts'
import { didYouMean } from '../kit/nearest.ts'
import { once } from '../kit/once.ts'
import { evalNames, evalTest } from './evals.ts'
import { compileExpression, namesIn } from './expression.ts'
import { askersOf, isListEval, type ListRule, listEvalNames, listRules } from './list-tests.ts'
import type { Blocked } from './lookups.ts'
import { type MatchEntry, Matcher, newTally, type Tally } from './matcher.ts'
import { type MetaRule, Metas } from './metas.ts'
import { complain, type RuleBook, type RuleDraft } from './parse.ts'
import { search } from './search.ts'
import type { Settings } from './settings.ts'
import type { RuleTest, UriCondition } from './tests.ts'
import type { EvalTest } from './views.ts'

/** Which of four scores counts: 0 plain, 1 with network, 2 with Bayes, 3 with both. */
export type ScoreSet = 0 | 1 | 2 | 3

export interface HeaderEntry extends MatchEntry {
  /** What matches the rule's own text for messages without the field; null for nothing. */
  readonly unsetMatch: () => string | null
  readonly isNegated: boolean
}

export interface HeaderGroup {
  /** As in "From:addr". */
  readonly field: string
  /** Rules that are tried on the value. */
  readonly present: Matcher
  readonly entries: readonly HeaderEntry[]
}

/** Rules ready to run in this thread. */
export interface CompiledRules {
  readonly symbols: readonly SymbolSpec[]
  /** By rule number; rules whose name begins with "__" only feed others. */
  readonly names: readonly string[]
  readonly isReported: readonly boolean[]
  readonly numbers: ReadonlyMap<string, number>
  readonly headers: readonly HeaderGroup[]
  readonly exists: readonly { readonly rule: number; readonly field: string; readonly isNegated: boolean }[]
  readonly mime: readonly HeaderGroup[]
  readonly body: Matcher
  /** Body rules that do not look at the Subject (tflags nosubject). */
  readonly bodyOnly: Matcher
  readonly rawbody: Matcher
  readonly full: Matcher
  readonly uri: Matcher
  readonly uriDetails: readonly { readonly rule: number; readonly conditions: readonly UriCondition[] }[]
  readonly evals: readonly { readonly rule: number; readonly test: EvalTest; readonly args: readonly string[] }[]
  /** Rules that ask DNS lists. */
  readonly lists: readonly ListRule[]
  /** Zones that refused to answer, and until when they are left alone. */
  readonly blocked: Blocked
  /** What matched is not told (tflags nolog). */
  readonly isQuiet: readonly boolean[]
  readonly metas: Metas
  /** What the kinds are used at all: texts that no rule asks for are not made. */
  readonly uses: ReadonlySet<RuleTest['kind']>
  /** Of the message that was read last, where messages are read one at a time. */
  readonly tally: Tally
  readonly settings: Settings
}

const defaultPoints = 1
/** What a rule under test costs when nobody says more. */
const trialPoints = 0.01
const maxMultiple = 1000

/** Compiles the book. Mistakes found here are added to its complaints. all: rules that no other needs as well. */
export function compileRules(book: RuleBook, scoreSet: ScoreSet, all = false): CompiledRules {
  const points = pointsOf(book, scoreSet)
  const drafts = all
    ? [...book.rules.values()].filter(({ name }) => name.startsWith('__') || points.get(name) !== 0)
    : inUse(book, points)
  const numbers = new Map(drafts.map((draft, number) => [draft.name, number]))
  const of = (kind: RuleTest['kind']): Matcher => new Matcher(entriesOf(drafts, book, kind))
  return {
    symbols: drafts.filter((draft) => !draft.name.startsWith('__')).map((draft) => symbolOf(draft, book, points)),
    names: drafts.map((draft) => draft.name),
    numbers,
    isReported: drafts.map((draft) => !draft.name.startsWith('__')),
    headers: headerGroups(drafts, book, 'header'),
    exists: drafts.flatMap((draft, rule) =>
      draft.test.kind === 'exists' ? [{ rule, field: draft.test.field, isNegated: draft.test.isNegated }] : [],
    ),
    uriDetails: drafts.flatMap((draft, rule) =>
      draft.test.kind === 'uri_detail' ? [{ rule, conditions: draft.test.conditions }] : [],
    ),
    mime: headerGroups(drafts, book, 'mimeheader'),
    body: new Matcher(entriesOf(drafts, book, 'body', (flags) => !flags.includes('nosubject'))),
    bodyOnly: new Matcher(entriesOf(drafts, book, 'body', (flags) => flags.includes('nosubject'))),
    rawbody: of('rawbody'),
    full: of('full'),
    uri: of('uri'),
    evals: evalsOf(drafts, book.complaints),
    lists: listRules(drafts, book, ({ place }, text) => complain(book.complaints, place, text, null)),
    blocked: new Map(),
    isQuiet: drafts.map((draft) => book.flags.get(draft.name)?.includes('nolog') ?? false),
    metas: new Metas(metasOf(drafts, numbers, book), numbers),
    uses: new Set(drafts.map((draft) => draft.test.kind)),
    tally: newTally(drafts.length),
    settings: book.settings,
  }
}

function pointsOf(book: RuleBook, scoreSet: ScoreSet): Map<string, number> {
  const points = new Map<string, number>()
  for (const name of book.rules.keys()) {
    const isNice = book.flags.get(name)?.includes('nice') ?? false
    const assumed = name.startsWith('T_') ? trialPoints : defaultPoints
    points.set(name, isNice ? -assumed : assumed)
  }
  for (const [name, score] of book.scores) {
    const before = points.get(name)
    if (before === undefined) {
      const hint = didYouMean(name, book.rules.keys())
      // Stock score files price rules of plugins that are not here: only a near miss is worth a word.
      if (hint !== null) complain(book.notices, score.place, `score for "${name}", which no rule defines`, hint)
      continue
    }
    const value = score.points[score.points.length === 1 ? 0 : scoreSet] ?? 0
    points.set(name, score.relative ? before + value : value)
  }
  return points
}

/** A rule runs when it has points, or when a rule that runs needs it. */
function inUse(book: RuleBook, points: ReadonlyMap<string, number>): RuleDraft[] {
  const wanted = new Set<string>()
  const visit = (name: string): void => {
    const draft = book.rules.get(name)
    if (draft === undefined || wanted.has(name)) return
    wanted.add(name)
    for (const asker of askersOf(draft, book.rules.values()))
      if (asker.name.startsWith('__') || points.get(asker.name) !== 0) visit(asker.name)
    if (draft.test.kind !== 'meta') return
    for (const needed of namesIn(draft.test.expression)) {
      if (needed.startsWith('__') || points.get(needed) !== 0) visit(needed)
    }
  }
  for (const name of book.rules.keys()) if (!name.startsWith('__') && points.get(name) !== 0) visit(name)
  return [...book.rules.values()].filter((draft) => wanted.has(draft.name))
}

function symbolOf(draft: RuleDraft, book: RuleBook, points: ReadonlyMap<string, number>): SymbolSpec {
  return {
    name: draft.name as SymbolName,
    group: 'rules',
    points: points.get(draft.name) ?? 0,
    describes: book.describes.get(draft.name) ?? draft.name,
    source: `${draft.place.file}:${draft.place.line}`,
  }
}

function maxHitsOf(book: RuleBook, name: string): number {
  const flags = book.flags.get(name)
  if (flags === undefined || !flags.includes('multiple')) return 1
  const given = flags.find((flag) => flag.startsWith('maxhits='))
  return Math.min(maxMultiple, Number(given?.slice(8)) || maxMultiple)
}

function entriesOf(
  drafts: readonly RuleDraft[],
  book: RuleBook,
  kind: RuleTest['kind'],
  wanted: (flags: readonly string[]) => boolean = () => true,
): MatchEntry[] {
  return drafts.flatMap((draft, rule) =>
    draft.test.kind === kind && 'pattern' in draft.test && wanted(book.flags.get(draft.name) ?? [])
      ? [{ rule, pattern: draft.test.pattern, maxHits: maxHitsOf(book, draft.name) }]
      : [],
  )
}

function headerGroups(drafts: readonly RuleDraft[], book: RuleBook, kind: 'header' | 'mimeheader'): HeaderGroup[] {
  const groups = new Map<string, { field: string; entries: HeaderEntry[] }>()
  for (const [rule, { name: ruleName, test }] of drafts.entries()) {
    if (test.kind !== kind) continue
    const group = groups.get(test.field) ?? { field: test.field, entries: [] }
    const { pattern, unset, isNegated } = test
    group.entries.push({
      rule,
      pattern,
      unsetMatch: once(() => search(pattern, unset)?.text ?? null),
      isNegated,
      maxHits: isNegated ? 1 : maxHitsOf(book, ruleName),
    })
    groups.set(test.field, group)
  }
  return [...groups.values()].map((group) => ({ ...group, present: new Matcher(group.entries) }))
}

function evalsOf(drafts: readonly RuleDraft[], complaints: Complaint[]): CompiledRules['evals'] {
  return drafts.flatMap((draft, rule) => {
    if (draft.test.kind !== 'eval' || isListEval(draft.test.name)) return []
    const test = evalTest(draft.test.name)
    if (test !== undefined) return [{ rule, test, args: draft.test.args }]
    complain(
      complaints,
      draft.place,
      `there is no eval test "${draft.test.name}"`,
      didYouMean(draft.test.name, [...evalNames, ...listEvalNames]),
    )
    return []
  })
}

/** Counts as a rule that never hits, as in SpamAssassin; a mistake only where another spelling was meant. */
function missing({ name, place }: RuleDraft, needed: string, book: RuleBook): void {
  if (book.leftOut.has(needed)) {
    complain(book.notices, place, `"${name}" needs "${needed}", which was left out`, null)
    return
  }
  const hint = didYouMean(needed, book.rules.keys())
  const list = hint === null ? book.notices : book.complaints
  complain(list, place, `"${name}" needs "${needed}", which no rule defines`, hint)
}

/** Each meta after those it needs. Circles are complained about and never hit. */
function metasOf(drafts: readonly RuleDraft[], numbers: ReadonlyMap<string, number>, book: RuleBook): MetaRule[] {
  const order: MetaRule[] = []
  const state = new Map<string, 'open' | 'done'>()
  const visit = (name: string): void => {
    const rule = numbers.get(name)
    const draft = rule === undefined ? undefined : drafts[rule]
    if (rule === undefined || draft?.test.kind !== 'meta' || state.get(name) === 'done') return
    if (state.get(name) === 'open') {
      complain(book.complaints, draft.place, `"${name}" needs itself`, null)
      return
    }
    state.set(name, 'open')
    for (const needed of namesIn(draft.test.expression)) {
      if (!book.rules.has(needed)) missing(draft, needed, book)
      visit(needed)
    }
    state.set(name, 'done')
    const value = compileExpression<Tally>(draft.test.expression, (leaf) => {
      const number = numbers.get(leaf)
      return number === undefined ? () => 0 : (tally) => tally.hits[number] as number
    })
    order.push({ rule, value, expression: draft.test.expression })
  }
  for (const draft of drafts) visit(draft.name)
  return order
}
