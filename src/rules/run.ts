// SPDX-License-Identifier: Apache-2.0
/** Compiled rules × one message → evidence. Synchronous and CPU only: it belongs in a worker thread under a deadline. */
import { type Evidence, fact } from '../core/evidence.ts'
import { printable } from '../kit/bytes.ts'
import { runSteps, type Steps } from '../kit/steps.ts'
import type { HeaderList } from '../message/headers.ts'
import type { Message } from '../message/open.ts'
import type { CompiledRules, HeaderGroup } from './compile.ts'
import type { RuleFacts } from './facts.ts'
import { allFields, asBytes, valueLine } from './field-views.ts'
import { blockZone, Inquiry } from './lookups.ts'
import type { Matcher, Tally } from './matcher.ts'
import { exactly, type Range, rangeOf, unknown } from './uncertain.ts'
import { matchingUri } from './uri-detail.ts'
import { Views } from './views.ts'

/** Characters of the matched text that go into evidence. */
const maxExcerpt = 80

/** Every rule that hits, with the beginning of what matched. Never throws for what a message holds. No list is asked. */
export function runRules(rules: CompiledRules, message: Message, facts: RuleFacts): Evidence[] {
  return runSteps(stepsOn(rules, new Views(message, facts, rules.settings), rules.tally))
}

/**
 * The same in steps, on views that may hold what DNS lists answered (ask-lists.ts). What is made for the first rule that
 * asks is made in steps of its own here: many rules ask for it, and each has code and tables that fill a cache.
 */
export function* stepsOn(rules: CompiledRules, views: Views, tally: Tally): Steps<Evidence[]> {
  tally.hits.fill(0)
  void views.message.headers
  yield
  for (const group of rules.headers) {
    runHeader(group, views.fields.joined(group.field), tally)
    yield
  }
  for (const { rule, field, isNegated } of rules.exists)
    if (views.fields.all(field).length > 0 !== isNegated) hit(tally, rule, field)
  if (rules.mime.length > 0) runMime(rules, views, tally)
  yield* textsOf(rules, views)
  if (rules.uses.has('body')) {
    yield* runAll(rules.body, views.body, tally)
    yield* runAll(rules.bodyOnly, views.body.slice(1), tally)
  }
  if (rules.uses.has('rawbody')) yield* runAll(rules.rawbody, views.rawbody, tally)
  if (rules.uses.has('uri')) yield* runAll(rules.uri, views.uris, tally)
  if (rules.uses.has('full')) yield* runAll(rules.full, views.full, tally)
  for (const { rule, conditions } of rules.uriDetails) {
    const uri = matchingUri(views.uriList, conditions)
    if (uri !== null) hit(tally, rule, uri)
  }
  for (const { rule, test, args } of rules.evals) {
    yield
    const found = test(views, args, rules.names[rule] ?? '')
    if (found !== null) hit(tally, rule, found)
  }
  yield
  const unknowns = runLists(rules, views, tally)
  if (unknowns.size > 0) runUncertain(rules, unknowns, tally)
  else rules.metas.run(tally, (rule, value) => hitTimes(tally, rule, value))
  blockRefusing(rules, views, tally)
  return report(rules, tally)
}

/** The rules of which nobody knows whether they hit, since a list gave no answer. */
function runLists({ lists }: CompiledRules, views: Views, tally: Tally): Map<number, Range> {
  const unknowns = new Map<number, Range>()
  if (views.lookups === null) return unknowns
  for (const { rule, test } of lists) {
    const inquiry = new Inquiry(views.lookups)
    const found = test(views, inquiry)
    if (found !== null) hit(tally, rule, found)
    else if (inquiry.isOpen) unknowns.set(rule, unknown)
  }
  return unknowns
}

/** Metas hit where they would whatever the missing answers were. */
function runUncertain({ metas, numbers }: CompiledRules, unknowns: Map<number, Range>, tally: Tally): void {
  for (const { rule, value, expression } of metas.inOrder) {
    const range = rangeOf(expression, (name) => {
      const number = numbers.get(name)
      return number === undefined ? exactly(0) : (unknowns.get(number) ?? exactly(tally.hits[number] ?? 0))
    })
    if (range.zero === 'maybe') unknowns.set(rule, range)
    else hitTimes(tally, rule, range.zero === 'yes' ? 0 : value(tally) || 1)
  }
}

/** A meta may be negative or a fraction; that it is not zero is what others may ask. */
function hitTimes(tally: Tally, rule: number, result: number): void {
  if (result !== 0) hit(tally, rule, '')
  tally.hits[rule] = Number.isInteger(result) ? result : Math.ceil(result)
}

/** Lists that say they refuse our questions are left alone for a while (dns_block_rule). */
function blockRefusing({ settings, numbers, blocked }: CompiledRules, views: Views, tally: Tally): void {
  if (views.lookups === null) return
  for (const { rule, zone } of settings.dns.blockRules) {
    const number = numbers.get(rule)
    if (number !== undefined && tally.hits[number] !== 0) blockZone(blocked, settings.dns, zone, views.facts.now)
  }
}

function hit(tally: Tally, rule: number, excerpt: string): void {
  tally.hits[rule] = 1
  tally.excerpts[rule] = excerpt
}

/** What several kinds of rules ask for, piece by piece. */
function* textsOf({ uses }: CompiledRules, views: Views): Steps<void> {
  if (!uses.has('body') && !uses.has('uri')) return
  void views.parts
  yield
  for (const part of views.parts) if (part.isLeaf && part.effectiveType === 'text/html') void part.html
  yield
  void views.rendered
  yield
  void views.body
  yield
}

function* runAll(matcher: Matcher, texts: readonly string[], tally: Tally): Steps<void> {
  for (const text of texts) matcher.run(text, tally)
  yield
}

function runHeader(group: HeaderGroup, value: string | null, tally: Tally): void {
  if (value !== null) group.present.run(value, tally)
  for (const entry of group.entries) {
    if (value === null) {
      const match = entry.unsetMatch()
      if (match !== null) hit(tally, entry.rule, match)
    }
    if (!entry.isNegated) continue
    if (tally.hits[entry.rule] === 0) hit(tally, entry.rule, value ?? '')
    else tally.hits[entry.rule] = 0
  }
}

/** Fields of every part; a rule hits when it hits on any of them. */
function runMime(rules: CompiledRules, views: Views, tally: Tally): void {
  for (const group of rules.mime) {
    const [name = '', form] = group.field.split(':')
    for (const { part } of views.parts) group.present.run(partField(part.headers, name, form === 'raw'), tally)
    // A rule that asks for a field to be otherwise hits always: SpamAssassin's does.
    for (const entry of group.entries) if (entry.isNegated) hit(tally, entry.rule, group.field)
  }
}

function partField(headers: HeaderList, name: string, raw: boolean): string {
  if (name === 'ALL') return allFields(headers, raw).join('')
  const field = headers.all(name).at(-1)
  return field === undefined ? '' : valueLine(field, raw)
}

function report(rules: CompiledRules, tally: Tally): Evidence[] {
  const evidence: Evidence[] = []
  for (let rule = 0; rule < rules.names.length; rule++) {
    if (tally.hits[rule] === 0 || rules.isReported[rule] !== true) continue
    const excerpt = rules.isQuiet[rule] === true ? '' : readable(tally.excerpts[rule] ?? '')
    evidence.push(fact(rules.names[rule] ?? '', ...(excerpt === '' ? [] : [excerpt])))
  }
  return evidence
}

/** Matched bytes as a person reads them. */
function readable(excerpt: string): string {
  const text = excerpt === asBytes(excerpt) ? excerpt : Buffer.from(excerpt, 'latin1').toString('utf8')
  return printable(text, maxExcerpt)
}
