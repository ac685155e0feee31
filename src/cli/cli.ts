// SPDX-License-Identifier: Apache-2.0
/** Which command, its help, its exit code (sysexits(3)). The one door to commander. */
import { readFileSync } from 'node:fs'
import { Command, CommanderError } from 'commander'
import { shipped } from '../app/paths.ts'
import { UserError } from '../core/failure.ts'
import { addCheck } from './cmd-check.ts'
import { addClassify } from './cmd-classify.ts'
import { addConfig } from './cmd-config.ts'
import { addDkim } from './cmd-dkim.ts'
import { addEvaluate } from './cmd-evaluate.ts'
import { addExplain } from './cmd-explain.ts'
import { addHistory } from './cmd-history.ts'
import { addImport } from './cmd-import.ts'
import { addQuarantine } from './cmd-quarantine.ts'
import { addQueue } from './cmd-queue.ts'
import { addRoute } from './cmd-route.ts'
import { addRules } from './cmd-rules.ts'
import { addScan } from './cmd-scan.ts'
import { addServe } from './cmd-serve.ts'
import { addTrain } from './cmd-train.ts'
import { addUser } from './cmd-user.ts'
import { type Io, printComplaints } from './io.ts'

/** The name that a command is given in its help, in the order of a newcomer's needs. */
const commands = [
  addServe,
  addCheck,
  addConfig,
  addExplain,
  addHistory,
  addRoute,
  addScan,
  addRules,
  addTrain,
  addClassify,
  addEvaluate,
  addUser,
  addDkim,
  addQueue,
  addQuarantine,
  addImport,
]

/** Runs one command to its end and resolves with the exit code. Never rejects. */
export async function run(argv: readonly string[], io: Io): Promise<number> {
  const program = new Command('postern')
    .description('An anti-spam mail gateway: judges mail, explains why, and delivers it.')
    .version(version(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .configureOutput({ writeOut: io.out, writeErr: io.err })
    .showHelpAfterError('(postern --help tells what there is)')
    .exitOverride()
  for (const add of commands) add(program, io)
  try {
    await program.parseAsync(argv, { from: 'user' })
    return Number(process.exitCode ?? 0)
  } catch (error) {
    return exitCodeOf(error, io, argv.includes('--json'))
  }
}

function exitCodeOf(error: unknown, io: Io, json: boolean): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 64
  if (error instanceof UserError) {
    printComplaints(io, error.complaints, json)
    return error.exitCode
  }
  // A bug of ours, not of the user's: the place helps whoever mends it.
  io.err(`postern: internal error: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`)
  return 70
}

function version(): string {
  const manifest: unknown = JSON.parse(readFileSync(shipped.manifest, 'utf8'))
  return typeof manifest === 'object' && manifest !== null && 'version' in manifest
    ? String(manifest.version)
    : 'unknown'
}
