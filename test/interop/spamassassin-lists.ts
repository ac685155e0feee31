// SPDX-License-Identifier: Apache-2.0
/** Rules that ask DNS lists, by SpamAssassin and by us, about the same messages and the same zone on a real name server. */
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createResolver, resolverDefaults } from '../../src/dns/resolver.ts'
import { openTransport } from '../../src/dns/transport.ts'
import { openMessage } from '../../src/message/open.ts'
import { lookupDefaults, runWithLists } from '../../src/rules/ask-lists.ts'
import { hashed } from '../../src/rules/hashbl-options.ts'
import { loadRules } from '../../src/rules/load.ts'
import { realClock } from '../../src/service/real-world.ts'
import { serveZone } from '../support/dns-server.ts'
import { silentMeter } from '../support/silent.ts'
import { unknownFacts } from '../support/unknown-facts.ts'
import { siteRules, stockRules } from './spamassassin.ts'

/** Rules of every kind, about a made-up zone. */
export const madeUp: RuleSet = {
  rules: join(import.meta.dirname, 'lists'),
  zone: join(import.meta.dirname, 'lists/zone.txt'),
}
/** The stock rules, about lists as they answer. */
export const stock: RuleSet = { rules: stockRules, zone: join(import.meta.dirname, 'lists/stock-zone.txt') }

export interface RuleSet {
  readonly rules: string
  readonly zone: string
}

/** Rules whose difference is meant, by name, with the reason. */
export const meant: ReadonlyMap<string, string> = new Map([
  ['URI_NS', 'SpamAssassin 4.0.1 never asks about addresses of name servers unless a rule has tflags a'],
  ['__RCVD_IN_ZEN', 'a rule without a subtest takes 127.255.255.254 for a listing; here it is a refusal to answer'],
  ['NO_DNS_FOR_FROM', 'SpamAssassin 4.0.1 never lets check_dns_sender hit'],
  ['URI_A', 'SpamAssassin 4.0.1 asks rules with tflags a about addresses of name servers as well'],
])

export interface Differing {
  readonly message: number
  readonly rule: string
  readonly by: 'SpamAssassin' | 'us'
}

/** Both over the messages: pairs of message and rule that both hit, and those that one did. */
export async function compareLists(
  set: RuleSet,
  messages: readonly string[],
): Promise<{ both: string[]; differing: Differing[] }> {
  await using server = await serveZone(withHashes(readFileSync(set.zone, 'utf8')))
  const folder = mkdtempSync(join(tmpdir(), 'postern-sa-lists-'))
  try {
    const files = messages.map((text, i) => {
      const file = join(folder, `${i}.eml`)
      writeFileSync(file, text)
      return file
    })
    const [theirs, ours] = [
      await askSpamAssassin(set, files, server.port, folder),
      await askUs(set, messages, server.address),
    ]
    const names = set === madeUp ? null : listRuleNames(set)
    const both: string[] = []
    const differing: Differing[] = []
    theirs.forEach((all, message) => {
      const expected = new Set([...all].filter((name) => names === null || names.has(name)))
      const found = ours[message] ?? new Set()
      for (const rule of new Set([...expected, ...found])) {
        if (expected.has(rule) && found.has(rule)) both.push(rule)
        else differing.push({ message, rule, by: expected.has(rule) ? 'SpamAssassin' : 'us' })
      }
    })
    return { both, differing }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** "sha1(text)" made what rules ask for; escapes in it are JSON's. */
function withHashes(zone: string): string {
  return zone.replace(/^(md5|sha1|sha256)\((.*?)\)/gm, (_, kind: 'md5' | 'sha1' | 'sha256', text: string) =>
    hashed(JSON.parse(`"${text}"`) as string, kind),
  )
}

/** Of all that stock rules find, what is asked of lists. */
function listRuleNames({ rules: path }: RuleSet): Set<string> {
  const { rules } = loadRules([path], 1, true)
  return new Set(rules.lists.map(({ rule }) => rules.names[rule] ?? ''))
}

/** The server runs in this process, so nothing here may block. */
async function askSpamAssassin(
  set: RuleSet,
  files: readonly string[],
  port: number,
  home: string,
): Promise<Set<string>[]> {
  const script = join(import.meta.dirname, 'spamassassin.pl')
  const child = spawn('perl', [script, set.rules, set === stock ? siteRules : home, home, `127.0.0.1:${port}`], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  child.stdin.end(`${files.join('\n')}\n`)
  let output = ''
  for await (const chunk of child.stdout) output += String(chunk)
  return output
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => new Set((JSON.parse(line) as { rules: string }).rules.split(',').filter((name) => name !== '')))
}

async function askUs(set: RuleSet, messages: readonly string[], server: string): Promise<Set<string>[]> {
  const transport = openTransport({ servers: [server], tryTimeoutMs: 2000, tries: 2, trustAd: false })
  const dns = createResolver({ ...resolverDefaults, transport, clock: realClock, meter: silentMeter })
  const { rules, complaints } = loadRules([set.rules], 1, true)
  if (set === madeUp && complaints.length > 0) throw new Error(JSON.stringify(complaints))
  const asking = new Set(rules.lists.map(({ rule }) => rule))
  const found: Set<string>[] = []
  for (const text of messages) {
    const ports = { dns, clock: realClock, signal: new AbortController().signal }
    await runWithLists(rules, openMessage(Buffer.from(text)), unknownFacts(Date.now()), lookupDefaults, ports)
    found.push(new Set(rules.names.filter((_, i) => rules.tally.hits[i] !== 0 && (set === madeUp || asking.has(i)))))
  }
  return found
}
