// SPDX-License-Identifier: Apache-2.0
/** Compiled rules × one message → evidence. Synchronous and CPU only: it belongs in a worker thread under a deadline. */
import { type Evidence, fact } from '../core/evidence.ts'
import { printable } from '../kit/bytes.ts'
import type { Message } from '../message/open.ts'
import type { CompiledRules, HeaderGroup } from './compile.ts'
import type { Matcher, Tally } from './matcher.ts'
import { search } from './pattern.ts'
import { asBytes, fieldText, type RuleFacts, Views } from './views.ts'

/** Characters of the matched text that go into evidence. */
const maxExcerpt = 80

/** Every rule that hits, with the beginning of what matched. Never throws for what a message holds. */
export function runRules(rules: CompiledRules, message: Message, facts: RuleFacts): Evidence[] {
  const views = new Views(message, facts)
  const { tally } = rules
  tally.hits.fill(0)
  for (const group of rules.headers) runHeader(group, views.header(group.name, group.form), tally)
  for (const { rule, name } of rules.exists) if (message.headers.first(name) !== null) hit(tally, rule, name)
  if (rules.mime.length > 0) runMime(rules, message, tally)
  if (rules.uses.has('body')) runAll(rules.body, views.body, tally)
  if (rules.uses.has('rawbody')) runAll(rules.rawbody, views.rawbody, tally)
  if (rules.uses.has('uri')) runAll(rules.uri, views.uris, tally)
  if (rules.uses.has('full')) runAll(rules.full, views.full, tally)
  for (const { rule, test, args } of rules.evals) {
    const found = test(views, args)
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
function runMime(rules: CompiledRules, message: Message, tally: Tally): void {
  for (const group of rules.mime) {
    for (const part of message.parts) {
      const value = fieldText(part.headers, group.name, group.form)
      if (value === null) continue
      group.present.run(value, tally)
    }
    for (const entry of group.entries) {
      if (!entry.isNegated) continue
      const matched = tally.hits[entry.rule] !== 0
      const present = message.parts.some((part) => part.headers.first(group.name) !== null)
      tally.hits[entry.rule] = 0
      if (!matched && present) hit(tally, entry.rule, group.name)
    }
  }
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
