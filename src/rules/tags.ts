// SPDX-License-Identifier: Apache-2.0
/** Tags such as _AUTHORDOMAIN_: what askdns and check_hashbl_tag ask lists about, and what rules capture by name. */
import { parseDomain } from '../core/address.ts'
import type { DkimResult } from '../core/auth.ts'
import { parseIp, reversedLabels } from '../kit/cidr.ts'
import { parseRegex } from '../kit/regex-parse.ts'
import { RegexError } from '../kit/regex-syntax.ts'
import type { Tag } from './askdns.ts'
import { groupsIn } from './captures.ts'
import { fromNameTags } from './evals-fromname.ts'
import { linkedPlaces } from './evals-uridns.ts'
import type { RuleBook, RuleDraft } from './parse.ts'
import { splitPattern, syntaxOf } from './pattern.ts'
import type { Views } from './views.ts'

const tags: Readonly<Record<string, Tag>> = {
  AUTHORDOMAIN: (views) => views.fields.all('From:addr').flatMap(domainOf),
  SENDERDOMAIN: (views) => domainOf(views.fields.envelopeFrom ?? ''),
  DKIMDOMAIN: (views) => validSignatures(views).map((one) => one.domain),
  DKIMSELECTOR: (views) => validSignatures(views).map((one) => one.selector),
  LASTEXTERNALIP: (views) => lastExternal(views, 'ip'),
  LASTEXTERNALREVIP: (views) => lastExternal(views, 'ip').flatMap(reversed),
  LASTEXTERNALRDNS: (views) => lastExternal(views, 'rdns'),
  LASTEXTERNALHELO: (views) => lastExternal(views, 'helo'),
  FIRSTTRUSTEDIP: firstTrusted,
  FIRSTTRUSTEDREVIP: (views) => firstTrusted(views).flatMap(reversed),
  URIHOSTS: (views) => views.once(linkedPlaces).map((place) => place.host),
  URIDOMAINS: (views) => views.once(linkedPlaces).map((place) => place.domain),
  HEADER: (views, argument) => views.fields.all(argument).map((one) => one.trim()),
  ...fromNameTags,
}

function domainOf(address: string): string[] {
  const domain = parseDomain(/@([^@\s]+)$/.exec(address)?.[1] ?? '')
  return domain === null ? [] : [domain]
}

function validSignatures({ facts }: Views): readonly DkimResult[] {
  return (facts.auth?.dkim ?? []).filter((one) => one.result === 'pass')
}

function lastExternal(views: Views, part: 'ip' | 'rdns' | 'helo'): string[] {
  const text = views.relays.external[0]?.[part] ?? ''
  return text === '' ? [] : [text]
}

function firstTrusted(views: Views): string[] {
  const ip = views.relays.trusted.at(-1)?.ip ?? ''
  return ip === '' ? [] : [ip]
}

function reversed(ip: string): string[] {
  const parsed = parseIp(ip)
  return parsed === null ? [] : [reversedLabels(parsed)]
}

interface Capturing {
  readonly draft: RuleDraft
  readonly group: number
  /** Matches of one message that are looked at: as many as count for the rule. */
  readonly most: number
}

/** Rules that capture a text by name, by that name. */
export type CapturingRules = ReadonlyMap<string, readonly Capturing[]>

/** Texts that one rule with tflags multiple captures. */
const maxCaptured = 20

const captureName = /\(\?P?[<']([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*)[>']/

/** Which rules capture, by the name of the tag. */
export function capturingRules(book: RuleBook): CapturingRules {
  const found = new Map<string, Capturing[]>()
  for (const draft of book.rules.values()) {
    if (!('pattern' in draft.test) || !captureName.test(draft.text)) continue
    const most = book.flags.get(draft.name)?.includes('multiple') === true ? maxCaptured : 1
    for (const [name, group] of groupNames(draft.text))
      found.set(name, [...(found.get(name) ?? []), { draft, group, most }])
  }
  return found
}

function groupNames(definition: string): ReadonlyMap<string, number> {
  const split = splitPattern(definition.slice(Math.max(0, definition.search(/\/|\bm\W/))))
  try {
    return split === null ? new Map() : parseRegex(split.source, syntaxOf(split.flags)).names
  } catch (cause) {
    if (cause instanceof RegexError) return new Map()
    throw cause
  }
}

/** The tag of that name; null where neither we nor a rule know it. */
export function tagNamed(name: string, capturing: CapturingRules): Tag | null {
  const rules = capturing.get(name)
  if (rules === undefined) return tags[name] ?? null
  const values = (views: Views): readonly string[] => [...new Set(rules.flatMap((rule) => captured(rule, views)))]
  return (views) => views.once(values)
}

function captured({ draft: { test }, group, most }: Capturing, views: Views): string[] {
  if (!('pattern' in test)) return []
  const found: string[] = []
  let left = most
  for (const text of textsOf(test.kind === 'header' ? test.field : '', test.kind, views)) {
    if (left <= 0) break
    for (const groups of groupsIn(test.pattern, text, left)) {
      left--
      const value = groups[group] ?? ''
      if (value !== '') found.push(value)
    }
  }
  return found
}

function textsOf(field: string, kind: string, views: Views): readonly string[] {
  switch (kind) {
    case 'header': {
      const value = views.fields.joined(field)
      return value === null ? [] : [value]
    }
    case 'body':
      return views.body
    case 'rawbody':
      return views.rawbody
    case 'uri':
      return views.uris
    case 'full':
      return views.full
    default:
      return []
  }
}
