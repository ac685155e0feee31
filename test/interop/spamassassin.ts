// SPDX-License-Identifier: Apache-2.0
/**
 * The rules that hit, by SpamAssassin and by us, on the same messages with the same rule files:
 * `node test/interop/spamassassin.ts FOLDER [MAX]`. Network tests, Bayes and everything that learns are off. Prints the
 * (message, rule) pairs that one side hit alone, by reason (spamassassin-reasons.ts), those without one, and the
 * agreement; fails where less than 99 % agree.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openMessage } from '../../src/message/open.ts'
import type { CompiledRules } from '../../src/rules/compile.ts'
import { loadRules } from '../../src/rules/load.ts'
import { runRules } from '../../src/rules/run.ts'
import { unknownFacts } from '../support/unknown-facts.ts'
import { type Difference, Explainer } from './spamassassin-reasons.ts'

/** Where Debian's package keeps the stock rules and the site's. */
export const stockRules = '/usr/share/spamassassin'
export const siteRules = '/etc/spamassassin'

export interface Comparison {
  readonly messages: number
  /** Pairs of message and rule that both hit. */
  readonly both: number
  /** By rule: messages on which only SpamAssassin hit, and only we. */
  readonly missing: ReadonlyMap<string, readonly string[]>
  readonly extra: ReadonlyMap<string, readonly string[]>
  /** Seconds of processor time: SpamAssassin's with its start taken off, and ours. */
  readonly theirSeconds: number
  readonly ourSeconds: number
}

/** The share of pairs that both hit among those that either did. */
export function agreement({ both, missing, extra }: Comparison): number {
  return both / (both + count(missing) + count(extra))
}

function count(pairs: ReadonlyMap<string, readonly string[]>): number {
  return [...pairs.values()].reduce((sum, list) => sum + list.length, 0)
}

/** True when perl knows SpamAssassin, and its rules are there. */
export function hasSpamAssassin(): boolean {
  return existsSync(stockRules) && spawnSync('perl', ['-MMail::SpamAssassin', '-e', '1']).status === 0
}

interface Listing {
  readonly path: string
  readonly rules: string
  readonly cpuSeconds: number
}

/** Runs both over the files. */
export function compareOn(files: readonly string[]): Comparison {
  const theirs = listRules(files)
  const sites = existsSync(siteRules) ? [siteRules] : []
  const { rules } = loadRules([stockRules, ...sites], 0, true)
  const missing = new Map<string, string[]>()
  const extra = new Map<string, string[]>()
  let both = 0
  const before = process.cpuUsage()
  for (const { path, rules: names } of theirs) {
    const expected = new Set(names.split(',').filter((name) => name !== ''))
    const hits = hitsOf(rules, path)
    for (const name of expected) {
      if (hits.has(name)) both++
      else add(missing, name, path)
    }
    for (const name of hits) if (!expected.has(name)) add(extra, name, path)
  }
  const used = process.cpuUsage(before)
  const [first, last] = [theirs[0]?.cpuSeconds ?? 0, theirs.at(-1)?.cpuSeconds ?? 0]
  const theirSeconds = (last - first) * (theirs.length / Math.max(1, theirs.length - 1))
  return { messages: theirs.length, both, missing, extra, theirSeconds, ourSeconds: (used.user + used.system) / 1e6 }
}

function listRules(files: readonly string[]): Listing[] {
  const home = mkdtempSync(join(tmpdir(), 'postern-sa-'))
  try {
    const script = join(import.meta.dirname, 'spamassassin.pl')
    const output = execFileSync('perl', [script, stockRules, siteRules, home], {
      input: files.join('\n'),
      maxBuffer: 1 << 30,
      stdio: ['pipe', 'pipe', 'ignore'],
    })
    return output
      .toString('utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Listing)
  } finally {
    rmSync(home, { recursive: true, force: true })
  }
}

/** Nobody knows how the message came: its own fields say, as SpamAssassin reads them. */
const facts = unknownFacts(Date.now())

function hitsOf(rules: CompiledRules, path: string): Set<string> {
  runRules(rules, openMessage(readFileSync(path)), facts)
  return new Set(rules.names.filter((_, i) => rules.tally.hits[i] !== 0))
}

function add(pairs: Map<string, string[]>, name: string, path: string): void {
  const list = pairs.get(name)
  if (list === undefined) pairs.set(name, [path])
  else list.push(path)
}

/** Messages of a folder and those below it, at most `max` of them, evenly spread. */
export function messagesIn(folder: string, max: number): string[] {
  const files = filesIn(folder)
  const step = Math.max(1, files.length / max)
  return Array.from({ length: Math.min(max, files.length) }, (_, i) => files[Math.floor(i * step)] ?? '')
}

function filesIn(folder: string): string[] {
  return readdirSync(folder)
    .sort()
    .flatMap((name) => {
      const path = join(folder, name)
      return statSync(path).isDirectory() ? filesIn(path) : /\.(?:eml|msg)$/.test(name) ? [path] : []
    })
}

/** One line a rule that differs, the most frequent first. */
export function differences({ missing, extra }: Comparison): string[] {
  const line = (kind: string, pairs: Comparison['missing']): [number, string][] =>
    [...pairs].map(([name, paths]) => [
      paths.length,
      `${String(paths.length).padStart(6)}  ${kind}  ${name}  ${paths[0]}`,
    ])
  return [...line('not ours  ', missing), ...line('not theirs', extra)]
    .sort(([a], [b]) => b - a)
    .map(([, text]) => text)
}

/** What differs, by reason; the pairs without a listed one are at "". */
export function byReason({ missing, extra }: Comparison): Map<string, Difference[]> {
  const ofMessage = new Map<string, Map<string, boolean>>()
  for (const [pairs, isOurs] of [
    [missing, false],
    [extra, true],
  ] as const)
    for (const [rule, paths] of pairs)
      for (const path of paths) ofMessage.set(path, (ofMessage.get(path) ?? new Map()).set(rule, isOurs))
  const explainer = new Explainer([stockRules, siteRules].filter((folder) => existsSync(folder)))
  const found = new Map<string, Difference[]>([['', []]])
  for (const [path, rules] of ofMessage)
    for (const { reason, ...one } of explainer.explain(path, rules))
      found.set(reason, [...(found.get(reason) ?? []), one])
  return found
}

function printReasons(found: ReadonlyMap<string, readonly Difference[]>): void {
  const name = ({ rule, isOurs }: Difference) => `${isOurs ? '+' : '-'}${rule}`
  const named = [...found].filter(([reason]) => reason !== '').sort(([, a], [, b]) => b.length - a.length)
  for (const [reason, list] of named) {
    const messages = new Set(list.map(({ path }) => path))
    const rules = [...new Set(list.map(name))]
    const shown = rules.slice(0, 6).join(' ') + (rules.length > 6 ? ` and ${rules.length - 6} more` : '')
    console.log(`${String(list.length).padStart(6)}  ${reason}\n        ${messages.size} messages: ${shown}`)
  }
  const others = found.get('') ?? []
  console.log(`${String(others.length).padStart(6)}  without a listed reason`)
  for (const one of others) console.log(`        ${name(one)} ${one.path}`)
}

if (process.argv[1] === import.meta.filename) {
  const [folder = 'corpus', max = '1000'] = process.argv.slice(2)
  if (!hasSpamAssassin()) throw new Error('SpamAssassin is not installed')
  const result = compareOn(messagesIn(folder, Number(max)))
  const { messages, both, theirSeconds, ourSeconds } = result
  printReasons(byReason(result))
  console.log(`${messages} messages, ${both} pairs that both hit, agreement ${(agreement(result) * 100).toFixed(2)} %`)
  console.log(
    `${(messages / theirSeconds).toFixed(1)} and ${(messages / ourSeconds).toFixed(1)} messages a second of processor time`,
  )
  if (agreement(result) < 0.99) process.exitCode = 1
}
