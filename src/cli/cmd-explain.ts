// SPDX-License-Identifier: Apache-2.0
import { type Command, Option } from 'commander'
import { type EnvelopeQuestion, explainEnvelope } from '../app/explain.ts'
import { printReply } from '../core/reply.ts'
import { type Io, paint, printJson, printTable } from './io.ts'
import { type CommonOptions, chooseConfig, withCommon } from './options.ts'

type ExplainOptions = CommonOptions & EnvelopeQuestion

export function addExplain(command: Command, io: Io): void {
  withCommon(command)
    .requiredOption('--client <ip[/name]>', "the client's address, with a name that is taken as confirmed")
    .requiredOption('--helo <name>', 'the name it gives')
    .requiredOption('--sender <address>', 'the reverse-path; <> for the null one')
    .requiredOption('--recipient <address>', 'the recipient')
    .option('--sasl <user>', 'an account that the client has logged in to, on a submission listener')
    .addOption(
      new Option('--listener <role>', 'whose lists: mx, or submission, which is the default with --sasl').choices([
        'mx',
        'submission',
      ]),
    )
    .option('--message <file>', 'a message to judge as well')
    .action((options: ExplainOptions) => explain(options, io))
}

async function explain(options: ExplainOptions, io: Io): Promise<void> {
  const { reply, trace, scan } = await explainEnvelope(chooseConfig(options).loaded, options)
  if (options.json === true) {
    const { code, enhanced, text } = reply
    printJson(io, { reply: { code, enhanced, text }, trace, ...(scan === null ? {} : { scan }) })
    return
  }
  const colours = { reject: 'red', defer: 'yellow', permit: 'green' } as const
  const rows = trace.map((line) => [line.stage, line.restriction, line.ruling, line.because])
  printTable(io, ['stage', 'restriction', 'ruling', 'because'], rows)
  const kind = reply.code < 400 ? 'permit' : reply.code < 500 ? 'defer' : 'reject'
  io.out(`${paint(io, colours[kind], printReply(reply))}\n`)
  for (const line of scan?.lines ?? []) io.out(`${line}\n`)
}
