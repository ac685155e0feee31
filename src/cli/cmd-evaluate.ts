// SPDX-License-Identifier: Apache-2.0
import { writeFileSync } from 'node:fs'
import type { Command } from 'commander'
import { modelFiles } from '../app/model.ts'
import { type Corpus, evaluate, loadCorpus } from '../bayes/evaluation.ts'
import { cells, evaluationPage } from '../bayes/evaluation-page.ts'
import { readModel } from '../bayes/model.ts'
import { UserError } from '../core/failure.ts'
import { realClock } from '../service/real-world.ts'
import { type Io, printJson, printTable } from './io.ts'
import { type CommonOptions, chooseConfig, withCommon } from './options.ts'

interface EvaluateOptions extends CommonOptions {
  readonly prior: boolean
  readonly folds: string
  readonly report?: string
}

const defaultSeed = 0x506f7374
const head = ['corpus', 'task', 'ham', 'spam', '1-AUC %', 'missed@0.1%', 'missed@1%', 'lam %', 'calibration %']

export function addEvaluate(command: Command, io: Io): void {
  withCommon(command)
    .option('--no-prior', 'start from nothing instead of from the prior that Postern ships')
    .option('--folds <number>', 'parts for cross-validation', '5')
    .option('--report <file>', 'write an HTML page with tables and charts')
    .action((paths: string[], options: EvaluateOptions) => run(paths, options, io))
}

async function run(paths: readonly string[], options: EvaluateOptions, io: Io): Promise<void> {
  const folds = Number(options.folds)
  if (!Number.isInteger(folds) || folds < 2 || folds > 100) throw new UserError(64, '--folds is a number from 2 to 100')
  const { prior: priorPath } = modelFiles(chooseConfig(options).loaded, { prior: options.prior })
  const prior = priorPath === null ? null : readModel(priorPath).table
  const seed = prior?.seed[0] ?? defaultSeed
  const corpora: Corpus[] = []
  const onSkip = (name: string, because: string) => io.err(`${name}: passed over: ${because}\n`)
  for (const path of paths) corpora.push(await loadCorpus(path, { seed, onSkip }))
  const results = evaluate(corpora, { prior, seed, folds })
  if (options.report !== undefined) {
    const model = prior === null ? 'Learning from nothing' : 'Learning on top of the shipped prior'
    writeReport(options.report, evaluationPage(results, { model, at: new Date(realClock.now()) }))
  }
  if (options.json === true) {
    for (const { corpus, task, measures, byLanguage } of results)
      printJson(io, { corpus, task, ...measures, byLanguage })
    return
  }
  printTable(
    io,
    head,
    results.map(({ corpus, task, measures }) => [corpus, task, ...cells(measures)]),
  )
  if (options.report !== undefined) io.out(`${options.report} has the charts\n`)
}

function writeReport(path: string, page: string): void {
  try {
    writeFileSync(path, page)
  } catch (cause) {
    throw new UserError(73, [{ file: path, line: 0, text: (cause as Error).message, hint: null }])
  }
}
