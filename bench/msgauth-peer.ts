// SPDX-License-Identifier: Apache-2.0
/**
 * The same message judged twice, by us and by mailauth's authenticate(), over one invented DNS in which every name has
 * answers: keys for every selector (so that every signature is really verified), SPF records of several kinds, DMARC policies.
 */
import { createHash, generateKeyPairSync } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { authenticate } from 'mailauth'
import type { Domain } from '../src/core/brand.ts'
import type { DnsAnswer, RecordKind, Resolver } from '../src/core/ports.ts'
import { type AssessInput, assess, defaultAssessLimits } from '../src/msgauth/assess.ts'
import { realClock } from '../src/service/real-world.ts'

/** What both say, in words that can be compared. */
export interface Said {
  readonly spf: string
  /** "domain/selector result" of each signature, in the order of the header, and whether its body hash is the body's. */
  readonly dkim: readonly string[]
  readonly arc: string
  readonly dmarc: string
}

export interface Case {
  readonly file: string
  /** As it would travel: CRLF line ends, the last line's too, without an mbox's first line. */
  readonly raw: Buffer
  readonly ip: string
  readonly helo: string
  readonly sender: string
}

const key = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey
const keyRecord = `v=DKIM1; k=rsa; p=${key.export({ type: 'spki', format: 'der' }).toString('base64')}`

const dice = (name: string, sides: number): number => (createHash('sha1').update(name).digest()[0] ?? 0) % sides

const spfRecords = (domain: string): readonly string[] => [
  'v=spf1 a mx -all',
  `v=spf1 include:spf.${domain} ~all`,
  'v=spf1 ip4:192.0.2.0/24 exists:%{ir}.list.example -all',
  'v=spf1 a:a.example ip4:203.0.113.0/24 ip6:2001:db8::/32 ?all',
]

function textOf(name: string): string[] {
  if (name.includes('._domainkey.')) return [keyRecord]
  if (name.startsWith('_dmarc.')) {
    const domain = name.slice(7)
    const policy = [null, 'v=DMARC1; p=reject', 'v=DMARC1; p=none; adkim=s; aspf=s'][dice(name, 3)]
    return policy === null || policy === undefined || domain.split('.').length > 3 ? [] : [policy]
  }
  if (name.startsWith('spf.')) return ['v=spf1 ip4:198.51.100.0/24 ip4:192.0.2.128/25 a mx -all']
  return dice(name, 5) === 0 ? [] : [spfRecords(name)[dice(name, 4)] ?? '']
}

const memory = new Map<string, readonly string[]>()

/** Answers of the invented DNS; each is made once: a warm cache. */
function answersFor(type: string, name: string): readonly string[] {
  const question = `${type} ${name}`
  const known = memory.get(question)
  if (known !== undefined) return known
  const made =
    type === 'TXT'
      ? textOf(name)
      : type === 'A'
        ? [`198.51.100.${dice(name, 200) + 1}`]
        : type === 'MX'
          ? [`mx.${name}`]
          : []
  memory.set(question, made)
  return made
}

function found(kind: RecordKind, name: string): DnsAnswer<unknown> {
  const texts = kind === 'ptr' ? [] : answersFor(kind.toUpperCase(), name)
  const records = kind === 'mx' ? texts.map((exchange) => ({ preference: 10, exchange })) : texts
  return records.length === 0 ? { kind: 'nodata' } : { kind: 'found', records, ttlSeconds: 300, secure: false }
}

const asked =
  <T>(kind: RecordKind) =>
  async (name: string) =>
    found(kind, name) as DnsAnswer<T>

/** As a worker's: what it knows it tells at once. */
const dns: Resolver = {
  known: (kind, name) => ({ answer: found(kind, name), until: Number.POSITIVE_INFINITY }),
  a: asked('a'),
  aaaa: asked('aaaa'),
  mx: asked('mx'),
  ns: asked('ns'),
  txt: asked('txt'),
  cname: asked('cname'),
  ptr: asked<Domain>('ptr'),
}

async function resolver(name: string, type: string): Promise<string[][]> {
  const records = answersFor(type, name.toLowerCase())
  if (records.length === 0) throw Object.assign(new Error('no such record'), { code: 'ENODATA' })
  if (type === 'TXT') return records.map((record) => [record])
  return (type === 'MX' ? records.map((exchange) => ({ priority: 10, exchange })) : records) as unknown as string[][]
}

/** The messages below a folder, evenly spread over it where there are more than the limit; 0: all. */
export async function readCases(folder: string, limit: number): Promise<Case[]> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true })
  const files = entries
    .filter((entry) => entry.isFile() && entry.name.endsWith('.eml'))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
  const step = limit === 0 ? 1 : Math.max(1, files.length / limit)
  const count = limit === 0 ? files.length : Math.min(limit, files.length)
  const wanted = Array.from({ length: count }, (_, i) => files[Math.floor(i * step)] ?? '')
  const cases: Case[] = []
  for (const file of wanted) cases.push(toCase(file.slice(folder.length + 1), await readFile(file)))
  return cases
}

function toCase(file: string, stored: Buffer): Case {
  const text = stored
    .toString('latin1')
    .replace(/^From [^\r\n]*(?:\r\n|\r|\n)/, '')
    .replace(/\r\n|\r|\n/g, '\r\n')
    .replace(/([^\n])$/, '$1\r\n')
  const head = text.slice(0, text.indexOf('\r\n\r\n') + 2)
  const sender = /^(?:Return-Path|From):.*?([A-Za-z0-9._+-]+@[A-Za-z0-9.-]+\.[A-Za-z]+)/im.exec(head)?.[1] ?? ''
  const helo = `mail.${sender.slice(sender.indexOf('@') + 1) || 'example.net'}`.toLowerCase()
  return { file, raw: Buffer.from(text, 'latin1'), ip: '192.0.2.7', helo, sender: sender.toLowerCase() }
}

/** As it stands: what no server would take as an address is judged all the same. */
function pathOf(sender: string): AssessInput['reversePath'] {
  const at = sender.lastIndexOf('@')
  return at < 0 ? null : { localPart: sender.slice(0, at), domain: sender.slice(at + 1) as Domain }
}

export function inputFor(one: Case): AssessInput {
  return {
    raw: one.raw,
    ip: one.ip,
    helo: one.helo,
    reversePath: pathOf(one.sender),
    hostname: 'gw.example.org',
    clientName: 'unknown',
    dns,
    clock: realClock,
    signal: new AbortController().signal,
    trustedSealers: new Set(),
    limits: { ...defaultAssessLimits, signatures: 50 },
    sample: () => 0,
  }
}

/** Both use the same words where the body is not the one that was signed; keys are asked for only where it is. */
const bodyOf = (because: string): string => (because === 'body hash did not verify' ? '' : ' body')

/** Signatures, and those among them whose body hash is that of the stored body. */
export function bodies(said: Said): { readonly signatures: number; readonly whole: number } {
  return { signatures: said.dkim.length, whole: said.dkim.filter((text) => / (?:pass|fail) body$/.test(text)).length }
}

export async function ours(one: Case): Promise<Said> {
  const { spf, dkim, arc, dmarc } = (await assess(inputFor(one))).findings
  return {
    spf: spf.result,
    dkim: dkim.map((d) => `${d.domain}/${d.selector} ${d.result}${bodyOf(d.because)}`),
    arc: arc.result,
    dmarc: `${dmarc.result} ${dmarc.domain}`,
  }
}

/** @param strict mailauth's strict mode, which follows the RFCs; its plain one is more lenient */
export async function theirs(one: Case, strict: boolean): Promise<Said> {
  const { ip, helo, sender } = one
  const options = { ip, helo, sender, resolver, strict, mta: 'gw.example.org', disableBimi: true }
  const { spf, dkim, arc, dmarc } = await authenticate(one.raw, options)
  const signatures = (dkim.results ?? []).filter((result) => result.status.result !== 'none')
  return {
    spf: spf === false ? 'none' : spf.status.result,
    dkim: signatures.map(
      ({ signingDomain = '', selector = '', status }) =>
        `${signingDomain.toLowerCase()}/${selector} ${status.result}${bodyOf(String(status.comment ?? ''))}`,
    ),
    arc: arc === false ? 'none' : (arc.status?.result ?? 'none'),
    dmarc:
      dmarc === false
        ? 'permerror '
        : `${dmarc.status.result} ${(dmarc.status.header?.from ?? dmarc.domain).toLowerCase()}`,
  }
}

/** What they disagree on, in words; none where they agree. */
export function disagreements(a: Said, b: Said): string[] {
  const list: string[] = []
  for (const part of ['spf', 'dkim', 'arc', 'dmarc'] as const) {
    const [x, y] = [String(a[part]), String(b[part])]
    if (x !== y) list.push(`${part}: ours ${x}, theirs ${y}`)
  }
  return list
}
