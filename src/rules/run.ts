// SPDX-License-Identifier: Apache-2.0
/** Compiled rules × one message → evidence. Synchronous and CPU only: it belongs in a worker thread under a deadline. */
import { type Evidence, fact } from '../core/evidence.ts'
import { printable } from '../kit/bytes.ts'
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
  return runOn(rules, new Views(message, facts, rules.settings))
}

/** The same on views that may hold what DNS lists answered (ask-lists.ts). */
export function runOn(rules: CompiledRules, views: Views): Evidence[] {
  const { tally } = rules
  tally.hits.fill(0)
  for (const group of rules.headers) runHeader(group, views.fields.joined(group.field), tally)
  for (const { rule, field, isNegated } of rules.exists)
    if (views.fields.all(field).length > 0 !== isNegated) hit(tally, rule, field)
  if (rules.mime.length > 0) runMime(rules, views, tally)
  if (rules.uses.has('body')) {
    runAll(rules.body, views.body, tally)
    runAll(rules.bodyOnly, views.body.slice(1), tally)
  }
  if (rules.uses.has('rawbody')) runAll(rules.rawbody, views.rawbody, tally)
  if (rules.uses.has('uri')) runAll(rules.uri, views.uris, tally)
  if (rules.uses.has('full')) runAll(rules.full, views.full, tally)
  for (const { rule, conditions } of rules.uriDetails) {
    const uri = matchingUri(views.uriList, conditions)
    if (uri !== null) hit(tally, rule, uri)
  }
  for (const { rule, test, args } of rules.evals) {
    const found = test(views, args, rules.names[rule] ?? '')
    if (found !== null) hit(tally, rule, found)
  }
  const unknowns = runLists(rules, views)
  if (unknowns.size > 0) runUncertain(rules, unknowns)
  else rules.metas.run(tally, (rule, value) => hitTimes(tally, rule, value))
  blockRefusing(rules, views)
  return report(rules, tally)
}

/** The rules of which nobody knows whether they hit, since a list gave no answer. */
function runLists({ lists, tally }: CompiledRules, views: Views): Map<number, Range> {
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
function runUncertain({ metas, tally, numbers }: CompiledRules, unknowns: Map<number, Range>): void {
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
function blockRefusing({ settings, numbers, blocked, tally }: CompiledRules, views: Views): void {
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

function runAll(matcher: Matcher, texts: readonly string[], tally: Tally): void {
  for (const text of texts) matcher.run(text, tally)
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
