// SPDX-License-Identifier: Apache-2.0
/** Compiled rules × one message → evidence. Synchronous and CPU only: it belongs in a worker thread under a deadline. */
import { type Evidence, fact } from '../core/evidence.ts'
import { printable } from '../kit/bytes.ts'
import type { HeaderList } from '../message/headers.ts'
import type { Message } from '../message/open.ts'
import type { CompiledRules, HeaderGroup } from './compile.ts'
import type { RuleFacts } from './facts.ts'
import { allFields, asBytes, valuesOf } from './field-views.ts'
import type { Matcher, Tally } from './matcher.ts'
import { search } from './pattern.ts'
import { matchingUri } from './uri-detail.ts'
import { Views } from './views.ts'

/** Characters of the matched text that go into evidence. */
const maxExcerpt = 80

/** Every rule that hits, with the beginning of what matched. Never throws for what a message holds. */
export function runRules(rules: CompiledRules, message: Message, facts: RuleFacts): Evidence[] {
  const views = new Views(message, facts, rules.settings)
  const { tally } = rules
  tally.hits.fill(0)
  for (const group of rules.headers) runHeader(group, fieldText(views, group.field), tally)
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
  for (const { rule, value } of rules.metas) {
    const result = value(tally)
    // A meta may be negative or a fraction; that it is not zero is what others may ask.
    if (result !== 0) hit(tally, rule, '')
    tally.hits[rule] = Number.isInteger(result) ? result : Math.ceil(result)
  }
  return report(rules, tally)
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
      const match = search(entry.pattern, entry.unset)
      if (match !== null) hit(tally, entry.rule, match.text)
    }
    if (!entry.isNegated) continue
    if (tally.hits[entry.rule] === 0) hit(tally, entry.rule, value ?? '')
    else tally.hits[entry.rule] = 0
  }
}

/** Fields of every part; a rule hits when it hits on any of them. */
function runMime(rules: CompiledRules, views: Views, tally: Tally): void {
  for (const group of rules.mime) {
    for (const { part } of views.parts) group.present.run(partField(part.headers, group.field), tally)
    // A rule that asks for a field to be otherwise hits always: SpamAssassin's does.
    for (const entry of group.entries) if (entry.isNegated) hit(tally, entry.rule, group.field)
  }
}

function partField(headers: HeaderList, field: string): string {
  const { name, raw } = parsePartField(field)
  if (name === 'ALL') return allFields(headers, raw).join('')
  return valuesOf(headers, name, raw).at(-1) ?? ''
}

function parsePartField(field: string): { name: string; raw: boolean } {
  const [name = '', form] = field.split(':')
  return { name, raw: form === 'raw' }
}

/** The values as header rules see them: one text, or null where there is no such field. */
function fieldText(views: Views, field: string): string | null {
  const values = views.fields.all(field)
  const [first] = values
  return first === undefined ? null : values.join(first.endsWith('\n') ? '' : '\n')
}

function report(rules: CompiledRules, tally: Tally): Evidence[] {
  const evidence: Evidence[] = []
  for (let rule = 0; rule < rules.names.length; rule++) {
    if (tally.hits[rule] === 0 || rules.isReported[rule] !== true) continue
    const excerpt = readable(tally.excerpts[rule] ?? '')
    evidence.push(fact(rules.names[rule] ?? '', ...(excerpt === '' ? [] : [excerpt])))
  }
  return evidence
}

/** Matched bytes as a person reads them. */
function readable(excerpt: string): string {
  const text = excerpt === asBytes(excerpt) ? excerpt : Buffer.from(excerpt, 'latin1').toString('utf8')
  return printable(text, maxExcerpt)
}
