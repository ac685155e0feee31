// SPDX-License-Identifier: Apache-2.0
/** eval: tests by name. Names and arguments of stock tests are SpamAssassin's; ours that it lacks stand in evals-own.ts. */
import type { AuthReport } from '../core/auth.ts'
import { parseDate } from '../message/dates.ts'
import { ownTests } from './evals-own.ts'
import type { EvalTest, Views } from './views.ts'

const hourMs = 3_600_000

/** A number argument; null for 'undef', which means no limit. */
function limit(args: readonly string[], at: number): number | null {
  const text = args[at]
  return text === undefined || text === 'undef' || text === '' ? null : Number(text)
}

/** SpamAssassin's ranges: from the first up to, but not at, the second. */
function within(value: number, args: readonly string[], at: number): boolean {
  const [min, max] = [limit(args, at), limit(args, at + 1)]
  return (min === null || value >= min) && (max === null || value < max)
}

function yes(condition: boolean, detail: string): string | null {
  return condition ? detail : null
}

/** Hours by which Date differs from the time of receipt, which is the newest Received field's or now. */
function shiftedDate(views: Views, args: readonly string[]): string | null {
  const date = parseDate(views.message.headers.text('date'))
  if (date === null) return null
  const hours = (date - views.facts.now) / hourMs
  return yes(within(hours, args, 0), `${Math.round(hours)} h`)
}

function htmlOnly(views: Views): boolean {
  return views.message.texts.some((text) => text.html !== null)
}

function imageArea(views: Views): number {
  return views.message.texts.reduce((sum, text) => sum + (text.html?.imageArea ?? 0), 0)
}

function htmlTextLength(views: Views): number {
  return views.message.texts.reduce((sum, text) => sum + (text.html === null ? 0 : text.visible.trim().length), 0)
}

function tagCount(views: Views, tag: string): number {
  return views.message.texts.reduce((sum, text) => sum + (text.html?.tags.get(tag) ?? 0), 0)
}

/** Bytes of text between two limits, in a mail with an image. */
function imageOnly(views: Views, args: readonly string[]): string | null {
  if (tagCount(views, 'img') === 0) return null
  const length = htmlTextLength(views)
  return yes(within(length, args, 0), `${length} characters of text`)
}

function imageRatio(views: Views, args: readonly string[]): string | null {
  const area = imageArea(views)
  if (area === 0) return null
  const ratio = htmlTextLength(views) / area
  return yes(within(ratio, args, 0), ratio.toFixed(4))
}

function missingTo(views: Views): string | null {
  const { headers } = views.message
  return yes(headers.first('to') === null && headers.first('apparently-to') === null, 'no To field')
}

function subjectIsAllCaps(views: Views): string | null {
  const subject = views.message.headers.text('subject').replace(/^(?:(?:re|fwd?|aw|wg|sv)\s*:\s*)+/i, '')
  const letters = subject.replace(/[^\p{L}]/gu, '')
  const words = subject.trim().split(/\s+/).length
  return yes(
    letters.length >= 10 && words > 1 && letters === letters.toUpperCase() && letters !== letters.toLowerCase(),
    subject,
  )
}

/** Share of capital letters in the visible text, in percent. */
function uppercase(views: Views, args: readonly string[]): string | null {
  const text = views.message.visibleText.slice(0, 20_000)
  const letters = text.replace(/[^A-Za-z]/g, '')
  if (letters.length < 200) return null
  const share = (letters.replace(/[^A-Z]/g, '').length / letters.length) * 100
  return yes(within(share, args, 0), `${Math.round(share)} %`)
}

/** Raw 8-bit characters in a field, where RFC 5322 allows none without SMTPUTF8. */
function illegalChars(views: Views, args: readonly string[]): string | null {
  const [name = 'Subject', ratio = '0', count = '0'] = args
  const value = views.header(name, 'raw') ?? ''
  const found = value.replace(/[^\x80-\xff]/g, '').length
  return yes(found > 0 && found > Number(count) && found / value.length > Number(ratio), `${found} bytes`)
}

function authResult(read: (auth: AuthReport) => string, wanted: string): EvalTest {
  return (views) => {
    const auth = views.facts.auth
    return auth !== null && read(auth) === wanted ? wanted : null
  }
}

const dmarcPolicy =
  (policy: 'none' | 'quarantine' | 'reject'): EvalTest =>
  (views) =>
    yes(views.facts.auth?.dmarc.result === 'fail' && views.facts.auth.dmarc.policy === policy, policy)

function dkimSigned(views: Views): string | null {
  return yes(views.message.headers.first('dkim-signature') !== null, '')
}

function dkimValid(aligned: boolean): EvalTest {
  return (views) => {
    const good = views.facts.auth?.dkim.find((one) => one.result === 'pass' && (one.aligned || !aligned))
    return good?.domain ?? null
  }
}

/** Words of the plain alternative that the HTML one does not show, in percent. */
function alternativeDifference(views: Views, args: readonly string[]): string | null {
  const alternative = views.message.parts.find((part) => part.type === 'multipart/alternative')
  if (alternative === undefined) return null
  const inside = views.message.texts.filter((text) => alternative.children.includes(text.part))
  const plain = inside.find((text) => text.html === null)
  const html = inside.find((text) => text.html !== null)
  if (plain === undefined || html === undefined) return null
  const shown = new Set(words(html.visible))
  const written = words(plain.visible)
  if (written.length < 20) return null
  const missing = (written.filter((word) => !shown.has(word)).length / written.length) * 100
  return yes(within(missing, args, 0), `${Math.round(missing)} %`)
}

function words(text: string): string[] {
  return (
    text
      .slice(0, 50_000)
      .toLowerCase()
      .match(/[\p{L}\p{N}]{3,30}/gu) ?? []
  ).slice(0, 5000)
}

/** Raw domains shown in the text of a link that leads to another one over http. */
function httpsMismatch(views: Views): string | null {
  const bad = views.message.links.find(
    (link) => link.kind === 'a' && link.scheme === 'http' && /^https:\/\//i.test(link.shown),
  )
  return bad?.href ?? null
}

export const evalTests: Readonly<Record<string, EvalTest>> = {
  check_for_shifted_date: shiftedDate,
  check_for_missing_to_header: missingTo,
  check_illegal_chars: illegalChars,
  check_for_uppercase: uppercase,
  subject_is_all_caps: subjectIsAllCaps,
  html_image_only: imageOnly,
  html_image_ratio: imageRatio,
  html_tag_exists: (views, args) => yes(tagCount(views, args[0] ?? '') > 0, args[0] ?? ''),
  html_is_present: (views) => yes(htmlOnly(views), ''),
  multipart_alternative_difference: alternativeDifference,
  check_https_http_mismatch: httpsMismatch,
  check_for_spf_pass: authResult((auth) => auth.spf.result, 'pass'),
  check_for_spf_fail: authResult((auth) => auth.spf.result, 'fail'),
  check_for_spf_softfail: authResult((auth) => auth.spf.result, 'softfail'),
  check_for_spf_neutral: authResult((auth) => auth.spf.result, 'neutral'),
  check_for_spf_none: authResult((auth) => auth.spf.result, 'none'),
  check_dkim_signed: dkimSigned,
  check_dkim_valid: dkimValid(false),
  check_dkim_valid_author_sig: dkimValid(true),
  check_dmarc_pass: authResult((auth) => auth.dmarc.result, 'pass'),
  check_dmarc_none: dmarcPolicy('none'),
  check_dmarc_quarantine: dmarcPolicy('quarantine'),
  check_dmarc_reject: dmarcPolicy('reject'),
  ...ownTests,
}

export const evalNames: readonly string[] = Object.keys(evalTests)
