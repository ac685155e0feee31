// SPDX-License-Identifier: Apache-2.0
/** eval tests of addresses at providers where anybody gets one in a minute. */

import { hasTopLevel } from './domains.ts'
import { withoutLinks } from './email-text.ts'
import { type EvalTests, expressionOf, matches } from './evals-kit.ts'
import { allFrom } from './evals-lists.ts'
import { matchesGlob } from './globs.ts'
import type { Views } from './views.ts'

/** Addresses that are no persons'. */
export const official =
  /^(?:abuse|support|sales|info|helpdesk|contact|kontakt|(?:post|host|domain)master|undisclosed.*|request-[a-f0-9]{16}|bounced?-|[a-f0-9]{8}(?:\.[a-f0-9]{8}|-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{12})|.+=.+=.+)@/i
const bulkSender =
  /(?:^(?:post|host|domain)master|^double-bounce|^(?:sentto|owner|return|(?:gr)?bounced?)-.+|-(?:request|bounces?|admin|owner)|\b(?:do[._-t]?)?no[._-t]?repl(?:y|ies)|.+=.+)@/i

function isFreemail(views: Views, email: string): boolean {
  const { domains, wildcards, safe } = views.settings.freemail
  const domain = email.slice(email.lastIndexOf('@') + 1)
  if (email === '' || email.length > 320 || safe.has(email) || safe.has(domain) || official.test(email)) return false
  return domains.has(domain) || [...wildcards].some((glob) => matchesGlob(glob, domain) && dots(glob) === dots(domain))
}

function dots(text: string): number {
  return text.split('.').length
}

function firstOf(views: Views, emails: readonly string[], pattern: string | undefined): string | null {
  const regex = pattern === undefined ? null : expressionOf(pattern)
  if (pattern !== undefined && regex === null) return null
  return emails.find((email) => isFreemail(views, email) && (regex === null || matches(regex, email))) ?? null
}

function lower(emails: readonly string[]): string[] {
  return emails.map((email) => email.toLowerCase())
}

const local = String.raw`[a-z0-9!#$%&'*+/=?^_\`{|}~-]{1,64}`
const emailText = new RegExp(
  String.raw`(?<![a-z0-9!#$%&'*+/=?^_\`{|}~-])(${local}(?:\.${local}){0,20}@(?:[a-z0-9](?:[a-z0-9-]{0,59}[a-z0-9])?\.){1,4}[a-z0-9-]{2,24})`,
  'gi',
)

/** Addresses in the text and in its links, lower case; null when there are too many to mean anything. */
function bodyFreemails(views: Views): readonly string[] | null {
  const { registry, freemail } = views.settings
  const emails = new Set<string>()
  for (const [uri, detail] of views.uriList.details) {
    if (!detail.types.has('a') || detail.types.has('parsed') || emails.size >= 20) continue
    emailText.lastIndex = 0
    const email = /^mailto:/i.test(uri) ? emailText.exec(uri.slice(7))?.[1] : undefined
    if (email !== undefined) emails.add(email.toLowerCase())
  }
  for (const line of views.body) {
    if (!line.includes('@') || emails.size >= 40) continue
    for (const match of withoutQuoted(line).matchAll(emailText)) {
      const email = (match[1] ?? '').toLowerCase()
      if (hasTopLevel(registry, email)) emails.add(email)
    }
  }
  const limit = (name: string, otherwise: number): number => freemail.numbers.get(name) ?? otherwise
  const found = [...emails].filter((email) => isFreemail(views, email))
  const tooMany =
    emails.size >= limit('freemail_max_body_emails', 5) || found.length >= limit('freemail_max_body_freemails', 3)
  return tooMany && limit('freemail_skip_when_over_max', 1) !== 0 ? null : found
}

/** Addresses in links and in quoted headers are nobody's contact. */
export function withoutQuoted(line: string): string {
  return withoutLinks(line).replace(quoted, ' ')
}

const quoted = new RegExp(
  String.raw`<?(?<!mailto:)${emailText.source}(?:>|\s{1,10}(?!(?:fa(?:x|csi)|tel|phone|e?-?mail))[a-z]{2,11}:)`,
  'gi',
)

function replyTo(views: Views, [what = 'replyto']: readonly string[]): string | null {
  const skipsBulk = (views.settings.freemail.numbers.get('freemail_skip_bulk_envfrom') ?? 1) !== 0
  if (skipsBulk && bulkSender.test((views.fields.envelopeFrom ?? '').slice(0, 320))) return null
  const from = lower(views.fields.all('From:addr'))
  const reply = lower(views.fields.all('Reply-To:addr'))
  const fromIs = from.some((email) => isFreemail(views, email))
  const replyIs = reply.some((email) => isFreemail(views, email))
  if (fromIs && replyIs && !from.some((email) => reply.includes(email))) return `${from.join()}, ${reply.join()}`
  if (what === 'replyto' ? !replyIs : (reply.length > 0 && !replyIs) || !fromIs) return null
  const answers = what === 'replyto' || replyIs ? reply : from
  for (const email of views.once(bodyFreemails) ?? [])
    for (const answer of answers) if (answer !== email) return `${answer}, ${email}`
  return null
}

export const freemailTests: EvalTests = {
  check_freemail_from: (views, [pattern]) => firstOf(views, lower(allFrom(views)), pattern),
  check_freemail_header: (views, [field = '', pattern]) =>
    firstOf(views, lower(views.fields.all(`${field}:addr`)), pattern),
  check_freemail_body: (views, [pattern]) => firstOf(views, views.once(bodyFreemails) ?? [], pattern),
  check_freemail_replyto: replyTo,
}
