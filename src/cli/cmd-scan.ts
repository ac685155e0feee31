// SPDX-License-Identifier: Apache-2.0
import type { Command } from 'commander'
import { type EnvelopeGuess, openScanner, type ScanResult } from '../app/scanner.ts'
import { UserError } from '../core/failure.ts'
import { explainVerdict, scanLine } from '../verdict/explain.ts'
import { type Io, paint, printJson } from './io.ts'
import { type CommonOptions, chooseConfig, withCommon } from './options.ts'

type ScanOptions = CommonOptions & EnvelopeGuess

export function addScan(command: Command, io: Io): void {
  withCommon(command)
    .option('--client <ip>', 'the address the message came from (default: read from its Received fields)')
    .option('--helo <name>', 'the name the client gave')
    .option('--sender <address>', 'the reverse-path (default: Return-Path)')
    .option('--recipient <address>', 'the recipient')
    .action((files: string[], options: ScanOptions) => scan(files, options, io))
}

async function scan(files: readonly string[], options: ScanOptions, io: Io): Promise<void> {
  await using scanner = await openScanner(chooseConfig(options).loaded)
  const unread: UserError[] = []
  for (const file of files) {
    try {
      print(await scanner.scan(file, options), scanner, options, io)
    } catch (error) {
      if (!(error instanceof UserError)) throw error
      unread.push(error)
    }
  }
  if (unread.length > 0)
    throw new UserError(
      unread[0]?.exitCode ?? 66,
      unread.flatMap((e) => e.complaints),
    )
}

function print(
  result: ScanResult,
  scanner: Awaited<ReturnType<typeof openScanner>>,
  options: ScanOptions,
  io: Io,
): void {
  const { file, verdict } = result
  if (options.json === true) {
    printJson(io, scanLine(file, verdict))
    return
  }
  const [head = '', ...lines] = explainVerdict(verdict, scanner.book)
  const colour = verdict.action.kind === 'accept' ? 'green' : verdict.action.kind === 'reject' ? 'red' : 'yellow'
  io.out(`${paint(io, 'bold', file)}: ${paint(io, colour, head)}\n`)
  for (const line of lines) io.out(`${line}\n`)
  for (const missing of result.incomplete) io.out(paint(io, 'yellow', `  incomplete: ${missing}\n`))
}
