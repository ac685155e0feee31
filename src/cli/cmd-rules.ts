// SPDX-License-Identifier: Apache-2.0
import type { Command } from 'commander'
import { rulePathsOf, rulesSetup } from '../app/judge.ts'
import { openNetwork } from '../app/network.ts'
import { readCorpus } from '../bayes/corpus.ts'
import type { EpochMs } from '../core/brand.ts'
import { UserError } from '../core/failure.ts'
import { openMessage } from '../message/open.ts'
import { silentMeter } from '../metrics/registry.ts'
import { runWithLists } from '../rules/ask-lists.ts'
import type { RuleFacts } from '../rules/facts.ts'
import { loadRules } from '../rules/load.ts'
import { previewRules } from '../rules/preview.ts'
import { runRules } from '../rules/run.ts'
import { realClock } from '../service/real-world.ts'
import { type Io, paint, printComplaints, printJson, printTable } from './io.ts'
import { type CommonOptions, chooseConfig, withCommon } from './options.ts'

export function addRules(rules: Command, io: Io): void {
  withCommon(rules.command('list').description('every rule with its points and place')).action(
    (options: CommonOptions) => list(options, io),
  )
  withCommon(rules.command('test <path...>').description('which rules hit which messages, and on what text')).action(
    (paths: string[], options: CommonOptions) => test(paths, options, io),
  )
  withCommon(
    rules.command('lint [path...]').description('what is wrong with the rules, or with the named files'),
  ).action((paths: string[], options: CommonOptions) => lint(paths, options, io))
}

function list(options: CommonOptions, io: Io): void {
  const { rules } = load(options, io)
  const symbols = [...rules.symbols].sort((a, b) => (a.name < b.name ? -1 : 1))
  if (options.json === true) for (const symbol of symbols) printJson(io, symbol)
  else
    printTable(
      io,
      ['symbol', 'points', 'describes', 'source'],
      symbols.map((s) => [s.name, s.points, s.describes, s.source]),
    )
}

async function test(paths: readonly string[], options: CommonOptions, io: Io): Promise<void> {
  const { rules } = load(options, io)
  const { loaded } = chooseConfig(options)
  const { lists } = rulesSetup(loaded)
  const dns = openNetwork(loaded, realClock, silentMeter)
  const ports = { dns, clock: realClock, signal: new AbortController().signal }
  const onSkip = (name: string, because: string) => io.err(`${name}: passed over: ${because}\n`)
  for await (const { name, raw } of readCorpus(paths, { label: null, stdin: io.input, onSkip })) {
    const message = openMessage(raw)
    const found =
      lists === null ? runRules(rules, message, noFacts) : await runWithLists(rules, message, noFacts, lists, ports)
    const hits = previewRules(rules, found)
    const score = hits.reduce((sum, hit) => sum + hit.symbol.points, 0)
    if (options.json === true) {
      const evidence = hits.map(({ symbol, matched }) => ({
        symbol: symbol.name,
        points: symbol.points,
        details: matched === '' ? [] : [matched],
        source: symbol.source,
      }))
      printJson(io, { file: name, score: Number(score.toFixed(3)), evidence })
      continue
    }
    io.out(`${paint(io, 'bold', name)}: ${score.toFixed(1)}\n`)
    for (const { symbol, matched } of hits)
      io.out(
        `${symbol.points.toFixed(1).padStart(7)}  ${symbol.name}  ${matched}  ${paint(io, 'dim', symbol.source)}\n`,
      )
  }
}

function lint(paths: readonly string[], options: CommonOptions, io: Io): void {
  const { loaded } = chooseConfig(options)
  const { rules, complaints, notices } = loadRules(
    paths.length > 0 ? paths : rulePathsOf(loaded),
    rulesSetup(loaded).scoreSet,
  )
  printComplaints(io, notices, options.json === true)
  if (complaints.length > 0) throw new UserError(78, complaints)
  if (options.json !== true)
    io.out(`${rules.symbols.length} rules, nothing wrong${notices.length > 0 ? `, ${notices.length} notices` : ''}\n`)
}

function load(options: CommonOptions, io: Io) {
  const { loaded } = chooseConfig(options)
  const read = loadRules(rulePathsOf(loaded), rulesSetup(loaded).scoreSet)
  printComplaints({ ...io, out: io.err }, read.complaints, options.json === true)
  return read
}

/** A message on its own: nobody knows how it came. */
const noFacts: RuleFacts = {
  reversePath: null,
  clientIp: '',
  clientName: 'unknown',
  helo: '',
  recipients: [],
  auth: null,
  now: realClock.now() as EpochMs,
}
