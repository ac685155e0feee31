// SPDX-License-Identifier: Apache-2.0
/** `npm run bench`: the same messages into Postern and into its peers, in turn, in one run. */
import { statfsSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { startGateway } from './gateway.ts'
import { awaitArrived, countArrived } from './maildir.ts'
import { inTurn, readMessages } from './messages.ts'
import { type BenchOptions, type Peer, readOptions, usage } from './options.ts'
import { cpuSeconds, MemoryWatch } from './processes.ts'
import { replay } from './replay.ts'
import { type Figures, printTable, type Round, summarize } from './report.ts'
import { startSink } from './sink.ts'

/** statfs(2): figures on a file system in memory say nothing about durable mail. */
const tmpfs = 0x01021994

async function main(options: BenchOptions): Promise<boolean> {
  const messages = await readMessages(options.dir, options.limit)
  if (messages.length === 0) throw new Error(`no messages in ${options.dir}`)
  const inMemory = statfsSync(tmpdir()).type === tmpfs
  say(`${messages.length} messages × ${options.repeat}, ${options.rounds} rounds, ${options.connections} connections`)
  if (inMemory) say(`${tmpdir()} is in memory: fsync costs nothing here; set TMPDIR to a disk`)
  await using gateway = options.ours ? await startGateway(options) : null
  using sink = options.sink ? await startSink() : null
  const targets = [gateway, sink].flatMap((started) => started?.target ?? [])
  targets.splice(gateway === null ? 0 : 1, 0, ...options.peers)
  const figures = await measure(targets, messages, options)
  const report = { bench: 'smtp-to-maildir', machine: machine(), inMemory, options: shown(options), servers: figures }
  process.stdout.write(options.json ? `${JSON.stringify(report)}\n` : `\n${printTable(figures)}`)
  const lost = figures.filter((f) => f.codes['none'] !== undefined || (f.arrived ?? accepted(f)) < accepted(f))
  for (const { name } of lost) say(`${name}: some messages got no reply, or were accepted and did not arrive`)
  return lost.length === 0
}

/** A B B A: what drifts while the bench runs falls on each server alike. */
async function measure(
  targets: readonly Peer[],
  messages: readonly Buffer[],
  options: BenchOptions,
): Promise<readonly Figures[]> {
  for (const target of targets) await warmUp(target, messages, options)
  const load = Array.from({ length: options.repeat }, () => messages).flat()
  const rounds = new Map<Peer, Round[]>(targets.map((target) => [target, []]))
  using watches = new DisposableStack()
  const memory = new Map(
    targets
      .filter((target) => target.pids.length > 0)
      .map((target) => [target, watches.use(new MemoryWatch(target.pids))]),
  )
  for (let i = 0; i < options.rounds; i++) {
    for (const target of i % 2 === 0 ? targets : targets.toReversed()) {
      const round = await runRound(target, load, options)
      rounds.get(target)?.push(round)
      say(`round ${i + 1}: ${target.name} ${(round.replay.accepted / round.replay.seconds).toFixed(1)} messages/s`)
    }
  }
  return targets.map((target) => summarize(target.name, rounds.get(target) ?? [], memory.get(target)?.peak() ?? null))
}

async function warmUp(target: Peer, messages: readonly Buffer[], options: BenchOptions): Promise<void> {
  const before = target.maildir === null ? 0 : await countArrived(target.maildir)
  const { accepted: taken } = await replay(inTurn(messages, options.warmUp), {
    ...options,
    host: target.host,
    port: target.port,
  })
  if (target.maildir !== null) await awaitArrived(target.maildir, before + taken, options.settleMs)
}

async function runRound(target: Peer, load: readonly Buffer[], options: BenchOptions): Promise<Round> {
  const { maildir, pids } = target
  const before = maildir === null ? 0 : await countArrived(maildir)
  const cpuBefore = cpuSeconds(pids)
  const start = performance.now()
  const done = await replay(load, { ...options, host: target.host, port: target.port })
  const arrived =
    maildir === null ? null : (await awaitArrived(maildir, before + done.accepted, options.settleMs)) - before
  return {
    replay: done,
    arrived,
    endToEndSeconds: (performance.now() - start) / 1000,
    cpuSeconds: pids.length === 0 ? null : cpuSeconds(pids) - cpuBefore,
  }
}

function accepted({ codes }: Figures): number {
  return Object.entries(codes).reduce((sum, [code, count]) => sum + (code.startsWith('2') ? count : 0), 0)
}

function machine(): string {
  return `${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}, Node ${process.versions.node}`
}

function shown(options: BenchOptions): Omit<BenchOptions, 'peers' | 'json'> {
  const { peers: _peers, json: _json, ...rest } = options
  return rest
}

function say(line: string): void {
  process.stderr.write(`${line}\n`)
}

try {
  const options = readOptions(process.argv.slice(2))
  if (options === null) process.stdout.write(usage)
  else if (!(await main(options))) process.exitCode = 1
} catch (error) {
  say(`bench: ${error instanceof Error ? error.message : String(error)}`)
  process.exitCode = 64
}
