// SPDX-License-Identifier: Apache-2.0
import type { Command } from 'commander'
import { modelFiles } from '../app/model.ts'
import { readCorpus } from '../bayes/corpus.ts'
import { Classifier, openModel } from '../bayes/examine.ts'
import { withModel } from './cmd-train.ts'
import { type Io, paint, printJson } from './io.ts'
import { type CommonOptions, chooseConfig } from './options.ts'

interface ClassifyOptions extends CommonOptions {
  readonly model?: string
  readonly prior: boolean
  readonly why?: boolean
  readonly reader?: string
}

export function addClassify(command: Command, io: Io): void {
  withModel(command)
    .option('--reader <account>', 'as this account would have it, by what it and its domain have taught')
    .option('--why', 'the tokens that pushed most, and by how much')
    .action((paths: string[], options: ClassifyOptions) => classify(paths, options, io))
}

async function classify(paths: readonly string[], options: ClassifyOptions, io: Io): Promise<void> {
  const { model, prior } = modelFiles(chooseConfig(options).loaded, options)
  const classifier = new Classifier(openModel(model, prior).buffer)
  const readers = options.reader === undefined ? [] : [options.reader]
  const onSkip = (name: string, because: string) => io.err(`${name}: passed over: ${because}\n`)
  for await (const { name, raw } of readCorpus(paths, { label: null, stdin: io.input, onSkip })) {
    const { probability, why } = classifier.classifyRaw(raw, { why: options.why === true, readers })
    if (options.json === true) {
      printJson(io, { file: name, probability, ...(why === null ? {} : { why }) })
      continue
    }
    const colour = probability > 0.9 ? 'red' : probability < 0.1 ? 'green' : 'yellow'
    io.out(`${paint(io, colour, probability.toFixed(4))}  ${name}\n`)
    for (const { push, token, field, ham, spam } of why ?? []) {
      io.out(`  ${push >= 0 ? '+' : ''}${push.toFixed(2)}  ${field}  ${token}  (${spam} spam, ${ham} ham)\n`)
    }
  }
}
