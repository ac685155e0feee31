// SPDX-License-Identifier: Apache-2.0
/** Which command, its help, its exit code (sysexits(3)). The one door to commander. */
import { readFileSync } from 'node:fs'
import { Command, CommanderError } from 'commander'
import { shipped } from '../app/paths.ts'
import { UserError } from '../core/failure.ts'
import { type Io, printComplaints } from './io.ts'

type Add = (command: Command, io: Io) => void

/**
 * Usage and purpose of each command, in the order of a newcomer's needs. What a command is made of is loaded when it is
 * named: a third of a second and tens of megabytes are much for one that prints a line.
 */
const commands: readonly (readonly [usage: string, purpose: string, load: () => Promise<Add>])[] = [
  [
    'serve',
    'run the gateway in the foreground; without a config file, a demo on loopback',
    async () => (await import('./cmd-serve.ts')).addServe,
  ],
  [
    'check',
    'read config, tables, rules, model and certificates; tell everything that is wrong',
    async () => (await import('./cmd-check.ts')).addCheck,
  ],
  [
    'config [name...]',
    'effective settings, where each was set, and what it means',
    async () => (await import('./cmd-config.ts')).addConfig,
  ],
  [
    'explain',
    'what a client would be told, and why: one envelope through the restriction lists, nothing sent',
    async () => (await import('./cmd-explain.ts')).addExplain,
  ],
  ['history', 'what became of mail, and why', async () => (await import('./cmd-history.ts')).addHistory],
  [
    'route <address>',
    'whom an address stands for, and where the mail of each goes; nothing sent',
    async () => (await import('./cmd-route.ts')).addRoute,
  ],
  [
    'scan <file...>',
    'judge messages without sending anything: every symbol, its points and where it came from',
    async () => (await import('./cmd-scan.ts')).addScan,
  ],
  [
    'rules',
    'content rules: what there is, what hits, what is wrong',
    async () => (await import('./cmd-rules.ts')).addRules,
  ],
  [
    'train',
    'teach the classifier; a PATH is a message, an mbox, a Maildir, a folder, a manifest, a .tar, .tar.gz or .tar.xz, or - for standard input',
    async () => (await import('./cmd-train.ts')).addTrain,
  ],
  [
    'forget <path...>',
    'unlearn messages: the model becomes what it would be had it never seen them',
    async () => (await import('./cmd-train.ts')).addForget,
  ],
  [
    'classify <path...>',
    "the classifier's probability of spam alone, without rules and authentication",
    async () => (await import('./cmd-classify.ts')).addClassify,
  ],
  [
    'evaluate <corpus...>',
    'how well the classifier would do on labelled mail; a CORPUS is a manifest, or a folder with spam/ and ham/',
    async () => (await import('./cmd-evaluate.ts')).addEvaluate,
  ],
  ['user', 'accounts: who reads mail here and may send it', async () => (await import('./cmd-user.ts')).addUser],
  [
    'dkim',
    'keys that sign the mail of our users, and the DNS records to publish',
    async () => (await import('./cmd-dkim.ts')).addDkim,
  ],
  ['queue', 'mail on its way to a next hop', async () => (await import('./cmd-queue.ts')).addQueue],
  [
    'quarantine',
    'messages held for a person to look at',
    async () => (await import('./cmd-quarantine.ts')).addQuarantine,
  ],
  [
    'import',
    'take over the configuration of another mail server',
    async () => (await import('./cmd-import.ts')).addImport,
  ],
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
  try {
    for (const [usage, purpose, load] of commands) {
      const command = program.command(usage).description(purpose)
      if (argv.includes(command.name())) (await load())(command, io)
    }
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
