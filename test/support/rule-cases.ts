// SPDX-License-Identifier: Apache-2.0
/**
 * Small stories of rules, many in a file (test/stories/rules/*.story): a line with rule names, then cases, each with a
 * mail that they hit, and near misses.
 *
 *   BODY_LOTTERY
 *     hits    [Subject: good news] You have won! Claim your prize.
 *     misses  The lottery is closed on Mondays.
 *
 * What is not said is that of an ordinary letter (letter, below). Brackets before the text change it:
 *
 *   [Subject: x]          a field; [Date] leaves it out
 *   [html]                the text is HTML
 *   [attach name text]    an attachment; its type is application/octet-stream
 *   [zip name a.txt b.exe] an attached ZIP of these files; ":locked" behind one says that it needs a password, ":9" that
 *                         it unpacks to 9 bytes
 *   [nest 3]              the text lies in a multipart in a multipart in a multipart
 *   [client IP name]      who handed it over, with a confirmed name where one is given
 *   [helo x] [sender x]   what was said to us
 *   [auth spf=pass dkim=example.org]   what sender authentication found; the signature is the author's
 *
 * In fields and texts "\n" is a line end and "\xNN" a byte; "\]" is a bracket inside brackets. A "#" begins a comment.
 */
import { readFileSync } from 'node:fs'
import { type Address, parseAddress } from '../../src/core/address.ts'
import type { AuthReport } from '../../src/core/auth.ts'
import type { EpochMs } from '../../src/core/brand.ts'
import { noAuth } from '../../src/pipeline/examine.ts'
import type { RuleFacts } from '../../src/rules/facts.ts'
import { aZip, type ZipFile } from './a-zip.ts'

export interface RuleCase {
  /** file:line */
  readonly place: string
  readonly rules: readonly string[]
  readonly isHit: boolean
  readonly mail: Buffer
  readonly facts: RuleFacts
}

const letter: readonly (readonly [string, string])[] = [
  [
    'Received',
    'from mail.sender.example (mail.sender.example [192.0.2.10]) by mx.example.org; Sat, 21 Nov 2026 18:00:00 +0000',
  ],
  ['From', 'Ann Miller <ann@sender.example>'],
  ['To', 'Demo <demo@example.org>'],
  ['Subject', 'the walk on Sunday'],
  ['Date', 'Sat, 21 Nov 2026 18:00:00 +0000'],
  ['Message-ID', '<walk-1@sender.example>'],
  ['MIME-Version', '1.0'],
]
const plainText = 'Shall we meet at the station at nine? The forecast is good, and the path is open again.'
const now = Date.UTC(2026, 10, 21, 18, 1) as EpochMs

/** Throws where a line cannot be read. */
export function readCases(file: string): RuleCase[] {
  const cases: RuleCase[] = []
  let rules: readonly string[] = []
  for (const [i, line] of readFileSync(file, 'utf8').split('\n').entries()) {
    const place = `${file}:${i + 1}`
    if (/^\s*(?:#|$)/.test(line)) continue
    const told = /^\s+(hits|misses)(?:\s+(.*))?$/.exec(line)
    if (told !== null) cases.push({ place, rules, isHit: told[1] === 'hits', ...readMail(told[2] ?? '', place) })
    else if (/^[A-Z][A-Z\d_ ]*$/.test(line)) rules = line.trim().split(/\s+/)
    else throw new Error(`${place}: neither names of rules nor a case`)
  }
  return cases
}

interface Draft {
  fields: [string, string][]
  isHtml: boolean
  depth: number
  readonly attachments: (readonly [name: string, content: string])[]
  readonly facts: Record<string, string>
}

function readMail(text: string, place: string): Pick<RuleCase, 'mail' | 'facts'> {
  const draft: Draft = {
    fields: letter.map(([name, value]) => [name, value]),
    isHtml: false,
    depth: 0,
    attachments: [],
    facts: {},
  }
  let rest = text
  for (let next = take(rest); next !== null; next = take(rest)) {
    change(draft, next.inner, place)
    rest = next.rest
  }
  return { mail: writeMail(draft, rest === '' ? plainText : rest), facts: factsOf(draft.facts) }
}

function take(text: string): { inner: string; rest: string } | null {
  const match = /^\[((?:[^\]\\]|\\.)*)\]\s*/.exec(text)
  return match === null ? null : { inner: match[1] ?? '', rest: text.slice(match[0].length) }
}

function change(draft: Draft, inner: string, place: string): void {
  const [, word = '', value = ''] = /^(\S+)\s*(.*)$/s.exec(inner) ?? []
  const field = /^([A-Z][\w-]*)(?::(?:\s*(.*))?)?$/s.exec(inner)
  if (word === 'html') draft.isHtml = true
  else if (word === 'nest') draft.depth = Number(value)
  else if (word === 'attach') {
    const [, name = '', content = ''] = /^(\S+)\s*(.*)$/s.exec(value) ?? []
    draft.attachments.push([name, content])
  } else if (word === 'zip') {
    const [name = '', ...files] = value.split(/\s+/)
    draft.attachments.push([name, escaped(aZip(files.map(zipFile)))])
  } else if (['client', 'helo', 'sender', 'auth'].includes(word)) draft.facts[word] = value
  else if (field !== null) {
    const [, name = '', written] = field
    const rest = draft.fields.filter(([one]) => one.toLowerCase() !== name.toLowerCase())
    draft.fields = written === undefined ? rest : [...rest, [name, written]]
  } else throw new Error(`${place}: what is [${inner}]?`)
}

function zipFile(text: string): ZipFile {
  const [name = '', mark] = text.split(':')
  if (mark === undefined) return { name, text: 'x' }
  return mark === 'locked' ? { name, text: 'x', flags: 1 } : { name, text: 'x', size: Number(mark) }
}

function escaped(bytes: Buffer): string {
  return [...bytes].map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('')
}

/** "\n", "\xNN" and "\]" made what they stand for; the rest as bytes of UTF-8. */
function bytesOf(text: string): Buffer {
  const plain = Buffer.from(text, 'utf8').toString('latin1')
  const escaped = plain.replace(
    /\\(?:n|x([\da-f]{2})|(\]))/gi,
    (_, hex: string | undefined, bracket: string | undefined) =>
      hex !== undefined ? String.fromCharCode(Number.parseInt(hex, 16)) : (bracket ?? '\r\n'),
  )
  return Buffer.from(escaped, 'latin1')
}

function writeMail({ fields, isHtml, depth, attachments }: Draft, text: string): Buffer {
  const type = `text/${isHtml ? 'html' : 'plain'}; charset=utf-8`
  const nested = Array.from(
    { length: depth },
    (_, i) => `Content-Type: multipart/mixed; boundary=n${i}.\\n\\n--n${i}.\\n`,
  )
  const own = fields.some(([name]) => name.toLowerCase() === 'content-type')
  const mixed = attachments.length > 0
  const content: [string, string][] = own ? [] : [['Content-Type', mixed ? 'multipart/mixed; boundary=cut' : type]]
  if (depth > 0) return bytesOf(`${headOf(fields)}${nested.join('')}\\n${text}\\n`)
  const head = headOf([...fields, ...content])
  if (!mixed) return bytesOf(`${head}\\n${text}\\n`)
  const parts = attachments.map(
    ([name, inside]) =>
      `--cut\\nContent-Type: application/octet-stream\\nContent-Disposition: attachment; filename="${name}"\\n\\n${inside}\\n`,
  )
  return bytesOf(`${head}\\n--cut\\nContent-Type: ${type}\\n\\n${text}\\n${parts.join('')}--cut--\\n`)
}

function headOf(fields: readonly (readonly [string, string])[]): string {
  return fields.map(([name, value]) => `${name}: ${value}\\n`).join('')
}

function factsOf(told: Readonly<Record<string, string>>): RuleFacts {
  const [ip = '192.0.2.10', name = 'mail.sender.example'] = told.client?.split(/\s+/) ?? []
  return {
    reversePath: parseAddress(told.sender ?? 'ann@sender.example'),
    clientIp: ip,
    clientName: told.client === undefined || told.client.includes(' ') ? name : 'unknown',
    helo: told.helo ?? 'mail.sender.example',
    recipients: [parseAddress('demo@example.org') as Address],
    auth: told.auth === undefined ? null : authOf(told.auth),
    now,
  }
}

function authOf(text: string): AuthReport {
  const [spf, signer] = ['spf', 'dkim'].map((word) => new RegExp(`${word}=(\\S+)`).exec(text)?.[1])
  return {
    ...noAuth,
    spf: { ...noAuth.spf, result: (spf ?? 'none') as AuthReport['spf']['result'] },
    dkim: signer === undefined ? [] : [{ result: 'pass', domain: signer as never, selector: 's', aligned: true }],
  }
}
