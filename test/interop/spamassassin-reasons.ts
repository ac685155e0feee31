// SPDX-License-Identifier: Apache-2.0
/** Why SpamAssassin and we hit other rules, and how that is recognised; docs/guide/spamassassin-rules.md says more. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isAscii, latin1 } from '../../src/kit/bytes.ts'
import { openMessage } from '../../src/message/open.ts'
import { withoutQuoted } from '../../src/rules/evals-freemail.ts'
import { namesIn } from '../../src/rules/expression.ts'
import { emptyBook, finishBook, parseRules, type RuleBook } from '../../src/rules/parse.ts'
import { search } from '../../src/rules/search.ts'
import type { RuleTest } from '../../src/rules/tests.ts'
import { Views } from '../../src/rules/views.ts'
import { unknownFacts } from '../support/unknown-facts.ts'

export interface Difference {
  readonly path: string
  readonly rule: string
  /** Only we hit; otherwise only they do. */
  readonly isOurs: boolean
}

interface Case {
  readonly rule: string
  readonly isOurs: boolean
  readonly test: RuleTest | null
  readonly views: Views
  /** The header section, and the whole message, as they came. */
  readonly head: string
  readonly raw: string
}

type Explains = (one: Case) => boolean

/** The pattern of a body rule hits as we say, and as SpamAssassin says once the text is changed as it changes it. */
const changes =
  (change: (line: string) => string): Explains =>
  ({ test, views, isOurs }) => {
    if (test?.kind !== 'body') return false
    const hits = (lines: readonly string[]) => lines.some((line) => search(test.pattern, line) !== null)
    return hits(views.body) === isOurs && hits(views.body.map(change)) !== isOurs
  }

const isOfBody: Explains = ({ test }) => test?.kind !== 'header' && test?.kind !== 'exists'
const isOfHtml: Explains = ({ rule }) => /HTML|TAG|FONT|CONTRAST/.test(rule)
const isOfAuthor: Explains = ({ rule }) => /FROM|NAME/.test(rule)
const hasHtml = (pattern: RegExp, { views }: Case): boolean =>
  views.rendered.some((part) => part.isHtml && pattern.test(part.view.bytes))

/** Lines that are no field: SpamAssassin stops at the fourth, and at one that begins with two dashes. */
const isBrokenOff: Explains = ({ head }) => {
  const odd = head.split(/\r?\n/).filter((line) => line !== '' && !/^(?:[ \t]|[!-9;-~]+[ \t]*:)/.test(line))
  return odd.length > 3 || odd.some((line) => line.startsWith('--'))
}

/** A line that begins as a delimiter and goes on, two in a row, or one delimiter for two multiparts. */
const hasOddDelimiters: Explains = ({ views, raw }) => {
  const boundaries = views.message.parts.flatMap((part) => part.contentType.parameters.get('boundary') ?? [])
  if (new Set(boundaries).size < boundaries.length) return true
  const delimiters = boundaries.map((boundary) => `--${boundary}`)
  const lines = raw.split('\n').map((line) => line.trimEnd())
  return lines.some((line, i) =>
    delimiters.includes(line)
      ? line === lines[i + 1]
      : delimiters.some((one) => line.startsWith(one)) && !delimiters.includes(line.replace(/--$/, '')),
  )
}

/** In HTML of ASCII references stand for letters of Latin-1 alone, which are one byte each to SpamAssassin. */
const isLatinByReference: Explains = (one) =>
  one.views.rendered.some((part) => part.isHtml && isAscii(part.view.bytes)) &&
  one.views.body.every((line) => !/[^\0-\xff]/.test(oneByteEach(line))) &&
  changes(oneByteEach)(one)

const windows1252 = Array.from({ length: 32 }, (_, i) => new TextDecoder('windows-1252').decode(Uint8Array.of(128 + i)))
const oneByteEach = (line: string): string =>
  Buffer.from(line, 'latin1')
    .toString('utf8')
    .replace(/[^\0-\xff]/g, (c) => (windows1252.includes(c) ? String.fromCharCode(128 + windows1252.indexOf(c)) : c))

/** The first that explains a difference is its reason. */
const reasons: readonly (readonly [reason: string, explains: Explains])[] = [
  ['a header section is broken off by lines that are no field', isBrokenOff],
  [
    'an attached message is encoded',
    (one) =>
      isOfBody(one) &&
      one.views.message.parts.some(({ type, encoding }) => type === 'message/rfc822' && encoding !== 'identity'),
  ],
  [
    'text in ISO-2022 has bytes beyond ASCII',
    (one) =>
      isOfBody(one) &&
      one.views.parts.some(({ charset, bytes }) => /^iso-2022/i.test(charset ?? '') && !isAscii(bytes)),
  ],
  ['the FreeMail plugin takes addresses out of the text', changes(withoutQuoted)],
  ['references to Latin-1 are one byte each', isLatinByReference],
  [
    'bytes of UTF-8 are compared as letters of Latin-1, whatever their case',
    ({ rule, isOurs, views }) =>
      !isOurs && views.settings.replace.rules.has(rule) && views.body.some((line) => !isAscii(line)),
  ],
  ['the name of a tag begins with "_"', (one) => isOfBody(one) && hasHtml(/<_/, one)],
  ['delimiters of multiparts are odd', (one) => isOfBody(one) && hasOddDelimiters(one)],
  [
    'the author has no end, or stands behind another in a comment',
    (one) => isOfAuthor(one) && /^From:[^\n]*(?:<[^>\n]*\r?$|"[^"\n]*@[^"\n]*"\s*\()/im.test(one.head),
  ],
  ['an encoded word is in UTF-16', (one) => isOfAuthor(one) && /^From:.*=\?utf-16/im.test(one.head)],
  [
    'recipients are parted by commas without a space',
    (one) => /RECIPS/.test(one.rule) && /^(?:To|Cc):.*>,</im.test(one.head),
  ],
  [
    'a name has white space before its colon',
    ({ test, head }) => test?.kind === 'header' && test.field === 'ALL:raw' && /^[!-9;-~]+[ \t]+:/m.test(head),
  ],
  [
    'a colour has no value, or white space before its colon',
    (one) => isOfHtml(one) && hasHtml(/color(?:\s+:|:\s+;)/i, one),
  ],
  ['a "<" stands in the name of a tag', (one) => isOfHtml(one) && hasHtml(/<\w+</, one)],
  ['more than twenty empty lines are twenty', (one) => isOfHtml(one) && /(?:\n[ \t\r]*){22}/.test(one.raw)],
  ['uuencoded text looks like an address', ({ rule, raw }) => /UR[IL]/.test(rule) && /^begin \d{3} \S/m.test(raw)],
]

/** Explains differences with the rules of these folders. */
export class Explainer {
  readonly #book: RuleBook

  constructor(folders: readonly string[]) {
    this.#book = emptyBook()
    for (const folder of folders)
      for (const name of readdirSync(folder).sort())
        if (name.endsWith('.cf'))
          parseRules(readFileSync(join(folder, name), 'latin1'), name, this.#book, () => undefined)
    finishBook(this.#book)
  }

  /** Each rule that differs on a message, with its reason; "" where none is listed. Rules: whether we hit them. */
  explain(path: string, rules: ReadonlyMap<string, boolean>): (Difference & { readonly reason: string })[] {
    const message = openMessage(readFileSync(path))
    const { raw, headers } = message
    const views = new Views(message, unknownFacts(Date.now()), this.#book.settings)
    const known = { views, raw: latin1(raw, 0, raw.length), head: latin1(raw, headers.start, headers.end) }
    const found = new Map<string, string>()
    const reasonOf = (rule: string, isOurs: boolean): string => {
      const before = found.get(rule)
      if (before !== undefined) return before
      found.set(rule, '')
      const test = this.#book.rules.get(rule)?.test ?? null
      let reason = reasons.find(([, explains]) => explains({ ...known, rule, isOurs, test }))?.[0] ?? ''
      // A meta differs because a rule that it asks about does.
      const asked = reason === '' && test?.kind === 'meta' ? namesIn(test.expression) : []
      for (const name of asked) if (reason === '' && rules.has(name)) reason = reasonOf(name, rules.get(name) === true)
      found.set(rule, reason)
      return reason
    }
    return [...rules].map(([rule, isOurs]) => ({ path, rule, isOurs, reason: reasonOf(rule, isOurs) }))
  }
}
