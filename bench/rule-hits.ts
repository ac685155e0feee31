// SPDX-License-Identifier: Apache-2.0
/**
 * Which rules hit how much of a folder of messages: `node bench/rule-hits.ts FOLDER [MAX]`.
 * Prints a table of rules, how many messages reach which score, and messages per second of one thread.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { EpochMs } from '../src/core/brand.ts'
import { printComplaint } from '../src/core/failure.ts'
import { parseDate } from '../src/message/dates.ts'
import { openMessage } from '../src/message/open.ts'
import type { RuleFacts } from '../src/rules/facts.ts'
import { loadRules } from '../src/rules/load.ts'
import { runRules } from '../src/rules/run.ts'

function filesUnder(folder: string): string[] {
  return readdirSync(folder)
    .sort()
    .flatMap((name) => {
      const path = join(folder, name)
      return statSync(path).isDirectory() ? filesUnder(path) : [path]
    })
}

/** Every n-th file, so that the sample spans the folder. */
function sample<T>(list: readonly T[], max: number): T[] {
  const step = Math.max(1, list.length / max)
  return Array.from({ length: Math.min(max, list.length) }, (_, i) => list[Math.floor(i * step)] as T)
}

const [folder = '.', max = '1000', ...paths] = process.argv.slice(2)
const rulePaths = paths.length > 0 ? paths : [join(import.meta.dirname, '../rules')]
const { rules, complaints } = loadRules(rulePaths, 3)
for (const complaint of complaints) console.log(printComplaint(complaint))
const messages = sample(filesUnder(folder), Number(max)).map((file) => ({ file, raw: readFileSync(file) }))
const facts = (now: EpochMs): RuleFacts => ({
  reversePath: null,
  clientIp: '192.0.2.1',
  clientName: 'unknown',
  helo: 'unknown',
  recipients: [],
  auth: null,
  now,
})

const hits = new Map<string, number>()
const scores: { file: string; score: number; symbols: string[] }[] = []
const points = new Map(rules.symbols.map((symbol) => [symbol.name, symbol.points]))
for (const { file, raw } of messages) {
  const message = openMessage(raw)
  // Old mail is judged as if it had just come.
  const now = message.received[0]?.at ?? parseDate(message.headers.text('date')) ?? (0 as EpochMs)
  const evidence = runRules(rules, message, facts(now))
  for (const { symbol } of evidence) hits.set(symbol, (hits.get(symbol) ?? 0) + 1)
  const score = evidence.reduce((sum, { symbol }) => sum + (points.get(symbol) ?? 0), 0)
  scores.push({ file, score, symbols: evidence.map(({ symbol }) => symbol) })
}
const rounds = 5
const begun = performance.now()
for (let round = 0; round < rounds; round++) {
  for (const { raw } of messages) runRules(rules, openMessage(raw), facts(0 as EpochMs))
}
const seconds = (performance.now() - begun) / 1000

for (const [name, count] of [...hits].sort((a, b) => b[1] - a[1]).slice(0, 45)) {
  const share = ((count / messages.length) * 100).toFixed(1).padStart(6)
  console.log(`${share} %  ${String(points.get(name as never) ?? '').padStart(6)}  ${name}`)
}
for (const limit of [1, 2, 3, 4, 6, 10]) {
  const above = scores.filter(({ score }) => score >= limit).length
  console.log(`score >= ${limit}: ${above} of ${scores.length} (${((above / scores.length) * 100).toFixed(1)} %)`)
}
for (const { file, score, symbols } of scores.sort((a, b) => b.score - a.score).slice(0, 5)) {
  console.log(score.toFixed(1), file, symbols.join(' '))
}
const bytes = messages.reduce((sum, { raw }) => sum + raw.length, 0)
const rate = (messages.length * rounds) / seconds
console.log(
  `${rules.names.length} rules, ${messages.length} messages of ${Math.round(bytes / messages.length)} bytes: ${rate.toFixed(0)} messages/s`,
)
