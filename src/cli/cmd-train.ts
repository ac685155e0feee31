// SPDX-License-Identifier: Apache-2.0
import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Command } from 'commander'
import { modelFiles } from '../app/model.ts'
import { forgetFiles, type TrainProgress, trainFiles } from '../bayes/train.ts'
import { realClock } from '../service/real-world.ts'
import { type Io, paint, printJson } from './io.ts'
import { type CommonOptions, chooseConfig, withCommon } from './options.ts'

interface ModelOptions extends CommonOptions {
  readonly model?: string
  /** False with --no-prior. */
  readonly prior: boolean
}

interface TrainOptions extends ModelOptions {
  readonly spam?: readonly string[]
  readonly ham?: readonly string[]
}

export function addTrain(command: Command, io: Io): void {
  withModel(command)
    .option('--spam <path...>', 'messages that are spam')
    .option('--ham <path...>', 'messages that are not')
    .action((options: TrainOptions) => train(options, io))
}

export function addForget(command: Command, io: Io): void {
  withModel(command).action((paths: string[], options: ModelOptions) => forget(paths, options, io))
}

export function withModel(command: Command): Command {
  return withCommon(command)
    .option('--model <file>', "the model file (default: the gateway's own)")
    .option('--no-prior', 'start from nothing instead of from the prior that Postern ships')
}

async function train(options: TrainOptions, io: Io): Promise<void> {
  const { model, prior } = modelFiles(chooseConfig(options).loaded, options)
  mkdirSync(dirname(model), { recursive: true, mode: 0o700 })
  const startedAt = realClock.now()
  const progress = progressLine(io, startedAt)
  const totals = await trainFiles({
    model,
    prior,
    spam: options.spam ?? [],
    ham: options.ham ?? [],
    source: 'administrator',
    clock: realClock,
    stdin: io.input,
    onProgress: progress.show,
    onSkip: (name, because) => io.err(`${name}: passed over: ${because}\n`),
  })
  progress.clear()
  const seconds = (realClock.now() - startedAt) / 1000
  if (options.json === true) {
    printJson(io, { model, ...totals, seconds })
    return
  }
  const { ham, spam } = totals.trained
  io.out(
    `learnt ${totals.learned}, moved ${totals.moved}, known before ${totals.known}, passed over ${totals.skipped}\n`,
  )
  io.out(
    `${model} knows ${ham} ham and ${spam} spam${prior === null ? '' : ' beyond its prior'} (${seconds.toFixed(1)} s)\n`,
  )
  if (ham === 0 || spam === 0)
    io.out(paint(io, 'yellow', `It has seen no ${ham === 0 ? 'ham' : 'spam'} of yours yet: teach both.\n`))
}

async function forget(paths: readonly string[], options: ModelOptions, io: Io): Promise<void> {
  const { model, prior } = modelFiles(chooseConfig(options).loaded, options)
  const { forgotten, unknown } = await forgetFiles({
    model,
    prior,
    paths,
    source: 'administrator',
    clock: realClock,
    stdin: io.input,
    onSkip: (name, because) => io.err(`${name}: passed over: ${because}\n`),
  })
  if (options.json === true) printJson(io, { model, forgotten, unknown })
  else io.out(`forgot ${forgotten}, not known ${unknown}\n`)
}

/** One line that is written over, on a terminal, for work of more than a second. */
function progressLine(io: Io, startedAt: number): { show(progress: TrainProgress): void; clear(): void } {
  const elapsed = () => (realClock.now() - startedAt) / 1000
  return {
    show({ spam, ham }) {
      if (!io.isTerminal || elapsed() < 1) return
      io.err(`\r${spam} spam, ${ham} ham, ${Math.round((spam + ham) / elapsed())} a second\x1b[K`)
    },
    clear() {
      if (io.isTerminal && elapsed() >= 1) io.err('\r\x1b[K')
    },
  }
}
