// SPDX-License-Identifier: Apache-2.0
/** Which rules ask DNS lists, and how: from their definitions, flags and settings to tests that can be run. */
import { once } from '../kit/once.ts'
import { askDnsTest, type Tag } from './askdns.ts'
import { askingTests, type ListTest, listTest, type Questions, senderUnknown } from './evals-dns.ts'
import { hashBlNames, hashBlTest } from './evals-hashbl.ts'
import { uriListTest } from './evals-uridns.ts'
import { complain as complainTo, type RuleBook, type RuleDraft } from './parse.ts'
import { parseListSubtest, type Subtest } from './subtests.ts'
import { capturingRules, tagNamed } from './tags.ts'

export interface ListRule {
  readonly rule: number
  readonly test: ListTest
}

const ownNames = ['check_rbl_sub', 'check_uridnsbl', 'check_dns_sender', ...hashBlNames]
/** eval tests that this file makes. */
export const listEvalNames: readonly string[] = [...Object.keys(askingTests), ...ownNames]

export function isListEval(name: string): boolean {
  return askingTests[name] !== undefined || ownNames.includes(name)
}

/** Rules that put questions to a set: what check_rbl_sub of that set looks at. */
export function askersOf(draft: RuleDraft, rules: Iterable<RuleDraft>): RuleDraft[] {
  if (draft.test.kind !== 'eval' || draft.test.name !== 'check_rbl_sub') return []
  const [set] = draft.test.args
  return [...rules].filter(
    ({ test }) => test.kind === 'eval' && askingTests[test.name] !== undefined && test.args[0] === set,
  )
}

/** The tests of those drafts that ask lists. What cannot be made is handed to complain. */
export function listRules(
  drafts: readonly RuleDraft[],
  book: RuleBook,
  complain: (draft: RuleDraft, text: string) => void,
): ListRule[] {
  const capturing = once(() => capturingRules(book))
  const context: Context = { drafts, book, tagNamed: (name) => tagNamed(name, capturing()) }
  return drafts.flatMap((draft, rule): ListRule[] => {
    const test = makeTest(draft, context)
    if (typeof test === 'string') complain(draft, test)
    return test === null || typeof test === 'string' ? [] : [{ rule, test }]
  })
}

/** What tests are made with. */
interface Context {
  readonly drafts: readonly RuleDraft[]
  readonly book: RuleBook
  readonly tagNamed: (name: string) => Tag | null
}

/** null for rules that ask nobody; a text says what is wrong. */
function makeTest(draft: RuleDraft, context: Context): ListTest | string | null {
  const { test, name } = draft
  const { drafts, book } = context
  if (test.kind === 'askdns') return askDnsTest(test.ask, context.tagNamed)
  if (test.kind !== 'eval' || !isListEval(test.name)) return null
  if (hashBlNames.includes(test.name)) {
    const notice = (text: string): void => complainTo(book.notices, draft.place, text, null)
    return hashBlTest(draft, test.name, test.args, { settings: book.settings, tagNamed: context.tagNamed, notice })
  }
  const flags = flagsOf(book, name)
  switch (test.name) {
    case 'check_dns_sender':
      return senderUnknown
    case 'check_uridnsbl': {
      const list = book.settings.dns.uriLists.get(name) ?? book.settings.dns.uriLists.get(test.args[0] ?? '')
      return list === undefined ? `no line such as urirhssub says which list "${name}" asks` : uriListTest(list, flags)
    }
    case 'check_rbl_sub':
      return withSubtest(gathered(askersOf(draft, drafts), book), test.args[1] ?? '')
    default: {
      const questions = askingTests[test.name]?.(test.args, flags)
      return questions === undefined ? null : withSubtest(questions, test.args[2] ?? null)
    }
  }
}

function flagsOf(book: RuleBook, name: string): readonly string[] {
  return book.flags.get(name) ?? []
}

function withSubtest(questions: Questions, text: string | null): ListTest | string {
  const subtest: Subtest | string | null = text === null || text === '' ? null : parseListSubtest(text)
  return typeof subtest === 'string' ? subtest : listTest(questions, subtest)
}

/** What several rules ask, together. */
function gathered(askers: readonly RuleDraft[], book: RuleBook): Questions {
  const all = askers.flatMap(({ name, test }) =>
    test.kind === 'eval' ? (askingTests[test.name]?.(test.args, flagsOf(book, name)) ?? []) : [],
  )
  return (views, inquiry) => all.flatMap((questions) => questions(views, inquiry))
}
