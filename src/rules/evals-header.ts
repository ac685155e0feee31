// SPDX-License-Identifier: Apache-2.0
/** eval tests of header fields. */
import { isUtf8 } from 'node:buffer'
import { fromLatin1 } from '../kit/bytes.ts'
import { hasTopLevel, registeredDomain } from './domains.ts'
import { type EvalTests, isFromTo, yes } from './evals-kit.ts'
import type { Views } from './views.ts'

/** Charsets whose decoded text consists of what looks like capitals. */
export const likelyCapitals =
  /^[-_a-z0-9]*(?:koi|jp|jis|euc|gb|big5|isoir|cp1251|windows-1251|georgianps|pt154|tis)[-_a-z0-9]*$/i

function illegalChars(views: Views, [name = 'Subject', ratio = '0', least = '0']: readonly string[]): string | null {
  const text = views.fields.text(name.endsWith(':raw') ? name : `${name}:raw`)
  if (!/\S/.test(text)) return null
  if (!/[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\xff]/.test(text)) return null
  const isUtf = /[\x80-\xff]/.test(text) && isUtf8(fromLatin1(text))
  if (isUtf && !/[\x00-\x08\x0b\x0c\x0e-\x1f]/.test(text)) return null
  let count = text.match(/[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\xff]/g)?.length ?? 0
  // A single pound, cent or registered sign is honest.
  if (count > 0 && name.toLowerCase() === 'subject' && text.match(/[\xa2\xa3\xae]/g)?.length === 1) count--
  return yes(count / text.length >= Number(ratio) && count >= Number(least), `${count} bytes`)
}

function subjectIsAllCaps(views: Views): string | null {
  const subject = views.fields
    .text('Subject')
    .trim()
    .replace(/^(?:(?:Re|Fwd|Fw|Aw|Antwort|WG|SV|VB|VS|VL):\s*)+/i, '')
  if (!/\s/.test(subject) || subject.length < 10) return null
  const word = /=\?([-_a-z0-9]+)\?/i.exec(views.fields.text('Subject:raw'))?.[1]
  if (word !== undefined && likelyCapitals.test(word)) return null
  const letters = subject.replace(/[^a-zA-Z]/g, '')
  return yes(letters !== '' && letters === letters.toUpperCase(), subject)
}

function toInSubject(views: Views, [what = '']: readonly string[]): string | null {
  const to = views.fields.first('To:addr')
  const subject = views.fields.text('Subject').slice(0, 1000)
  if (to === '') return null
  if (what === 'address') return yes(holdsWord(subject.toLowerCase(), to.toLowerCase()), to)
  if (what !== 'user') return null
  const user = to.replace(/@.*/s, '')
  const [lower, low] = [subject.toLowerCase().replace(/\n$/, ''), user.toLowerCase()]
  const reply = /^(?:re|fw):\s*(?:\w+\s+)?/.exec(lower)
  const found =
    (reply !== null && (lower.slice(reply[0].length) === low || lower.replace(/^(?:re|fw):\s*/, '') === low)) ||
    (subject.startsWith(user) && /^\s*[,:;!?-](?:\s|$)/.test(subject.slice(user.length))) ||
    lower === low ||
    (/^,\s*/.test(lower) &&
      /^[,:;!?-]$/.test(lower.replace(/^,\s*/, '').slice(low.length)) &&
      lower.replace(/^,\s*/, '').startsWith(low))
  return yes(found, user)
}

/** Between word boundaries, as \b sees them. */
function holdsWord(text: string, part: string): boolean {
  const isWord = (char: string | undefined): boolean => char !== undefined && /\w/.test(char)
  for (let at = text.indexOf(part); at >= 0; at = text.indexOf(part, at + 1)) {
    const end = at + part.length
    if (isWord(text[at - 1]) !== isWord(text[at]) && isWord(text[end - 1]) !== isWord(text[end])) return true
  }
  return false
}

interface Recipients {
  readonly isSorted: boolean
  readonly similarity: number
}

/** What the addresses of To, Cc and Bcc have in common: lists of victims are sorted, and alike. */
function recipients(views: Views): Recipients {
  const inputs = [...views.fields.all('ToCc:addr')]
  if (inputs.length < 5) inputs.push(...views.fields.all('Bcc:addr'))
  const list: string[] = []
  for (const one of inputs) {
    if (one === '' || list.length >= 256) break
    if (one.toLowerCase() !== (list.at(-1) ?? '').toLowerCase()) list.push(one)
  }
  const isSorted = list.length >= 7 && list.join() === [...list].sort().join()
  return { isSorted, similarity: list.length < 5 ? 0 : similarityOf(list) }
}

function similarityOf(list: readonly string[]): number {
  const hosts = list.map((one) => /@(.*)/.exec(one)?.[1] ?? '')
  let [hits, pairs] = [0, 0]
  for (let i = 0; i < list.length; i++) {
    for (let j = i + 1; j < list.length; j++) {
      pairs++
      if (list[i]?.slice(0, 2) === list[j]?.slice(0, 2)) hits++
      if (hosts[i]?.slice(0, 2) === hosts[j]?.slice(0, 2) && hosts[i] !== hosts[j]) hits++
    }
  }
  return hits / pairs
}

function headerCount(views: Views, [name = '', min = '0', max = '999']: readonly string[]): string | null {
  const count = new Set(views.fields.all(name)).size
  return yes(count >= Number(min) && count <= Number(max), `${count}`)
}

const templateFree =
  /^(?:X-VMS-To|X-UIDL|X-Face|To|Cc|From|Subject|References|In-Reply-To|(?:X-|Resent-|X-Original-)?Message-Id):/i

const template = /%[A-Z][A-Z_-]/

function unresolvedTemplate(views: Views): string | null {
  const all = views.fields.text('ALL')
  if (!template.test(all)) return null
  return all.split('\n').find((line) => template.test(line) && !templateFree.test(line)) ?? null
}

function ratwareNameId(views: Views): string | null {
  const id = /<[A-Z]{28}\.([^>]+?)>/.exec(views.fields.text('MESSAGEID'))?.[1]
  const from = views.fields.text('From')
  return yes(id !== undefined && /"[^"]+"\s*</.test(from) && from.includes(`<${id}>`), id)
}

/** The envelope sender holds the recipient's address turned around. */
function ratwareEnvelope(views: Views): string | null {
  const from = views.fields.first('EnvelopeFrom:addr') || views.fields.first('EnvelopeFrom')
  const match = /^([^@]+)@(.+)$/.exec(views.fields.first('To:addr'))
  if (from === '' || match === null || /^SRS\d[=+-]/i.test(from)) return null
  const { registry } = views.settings
  const domain = registeredDomain(registry, match[2] ?? '')
  if (!hasTopLevel(registry, domain)) return null
  const at = from.toLowerCase().indexOf(domain)
  const behind = from.toLowerCase().slice(at + domain.length + 1)
  return yes(at >= 0 && behind.startsWith(`${(match[1] ?? '').toLowerCase()}@`), from)
}

function differentDomains(views: Views): string | null {
  const [from, sender] = [lastLabels(views.fields.first('From:addr')), lastLabels(views.fields.first('EnvelopeFrom'))]
  return yes(from !== '' && sender !== '' && from !== sender, `${from}, not ${sender}`)
}

function lastLabels(address: string): string {
  const host = /@([^@]*)$/.exec(address)?.[1] ?? ''
  return host.replace(/^.+\.([^.]+\.[^.]+)$/, '$1').toLowerCase()
}

function sameAsEnvelope(views: Views): string | null {
  return yes(views.fields.first('EnvelopeFrom').toLowerCase() === views.fields.first('From:addr').toLowerCase())
}

/** Charsets of languages whose mail is only welcome where ok_locales names them. */
const localeCharsets: Readonly<Record<string, RegExp>> = {
  ja: /^(?:EUCJP|JIS|ISO2022JP|SHIFTJIS|SJIS|CP932)/,
  ko: /^(?:EUCKR|KSC|ISO2022KR|CP949)/,
  ru: /^(?:KOI8|ISO88595$|WINDOWS1251|CP1251|CP866)/,
  th: /^(?:TIS620|ISO885911$|WINDOWS874)/,
  zh: /^(?:GB|BIG5|HZ|EUCTW|EUCCN|ISO2022CN|CP936|CP950)/,
}

/** True when ok_locales names languages, and the charset is of another. */
export function isFaraway(views: Views, charset: string): boolean {
  const locales = (views.settings.words.get('ok_locales') ?? 'all').split(/\s+/)
  if (locales.includes('all')) return false
  const name = charset.toUpperCase().replace(/[^A-Z0-9]/g, '')
  return Object.entries(localeCharsets).some(([locale, names]) => names.test(name) && !locales.includes(locale))
}

function farawayInHeaders(views: Views): string | null {
  for (const name of ['From:raw', 'Subject:raw']) {
    for (const match of views.fields
      .text(name)
      .slice(0, 4000)
      .matchAll(/=\?([^?]{1,60})\?.\?[^?]*\?=/g))
      if (isFaraway(views, match[1] ?? '')) return match[1] ?? ''
  }
  return null
}

export const headerTests: EvalTests = {
  check_illegal_chars: illegalChars,
  subject_is_all_caps: subjectIsAllCaps,
  check_for_to_in_subject: toInSubject,
  sorted_recipients: (views) => yes(views.once(recipients).isSorted),
  similar_recipients: (views, args) => yes(isFromTo(views.once(recipients).similarity, args, 0)),
  check_header_count_range: headerCount,
  check_for_missing_to_header: (views) =>
    yes(views.fields.text('To') === '' && views.fields.text('Apparently-To') === '', 'no To field'),
  check_unresolved_template: unresolvedTemplate,
  check_ratware_name_id: ratwareNameId,
  check_ratware_envelope_from: ratwareEnvelope,
  check_equal_from_domains: differentDomains,
  check_for_matching_env_and_hdr_from: sameAsEnvelope,
  check_for_faraway_charset_in_headers: farawayInHeaders,
  check_for_unique_subject_id: () => null,
}
