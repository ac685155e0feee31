// SPDX-License-Identifier: Apache-2.0
/**
 * Custody alone: `node bench/custody.ts [options of npm run bench]`. Queue mode into Maildir with durable writes and
 * without examinations, beside peers that do the same, and beside itself with everything through the queue
 * (queue.mailbox_first = false); then what in-line relay adds to the answer of a sink.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { openSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { awaitArrived, countArrived } from './maildir.ts'
import { inTurn, readMessages } from './messages.ts'
import { type BenchOptions, type Peer, readOptions, usage } from './options.ts'
import { cpuSeconds } from './processes.ts'
import { type ReplayOptions, replay } from './replay.ts'
import { type Figures, printTable, type Round, summarize } from './report.ts'
import { SmtpClient } from './smtp-client.ts'

const gatewayProgram = join(import.meta.dirname, '../test/support/custody-gateway.ts')
const sinkProgram = join(import.meta.dirname, 'sink.ts')
const startMs = 30_000
/** For the answer times: so many messages a second over all connections, far from what either side can bear. */
const pacedPerSecond = 50
const pacedMessages = 400

interface Child {
  readonly process: ChildProcess
  readonly port: number
}

interface Custody extends AsyncDisposable {
  readonly gateway: Child
  readonly sink: Child
  readonly maildir: string
}

const settings = (
  queueDomains: readonly string[],
  sinkPort: number,
  mailboxFirst: boolean,
) => `hostname = "mx.example.org"
data_dir = "data"
[[listeners]]
role = "mx"
address = "127.0.0.1:0"
tls = "none"
${queueDomains.map((domain) => `[domains.${JSON.stringify(domain)}]\ndeliver = "maildir:"\nmode = "queue"\n`).join('')}
[domains."inline.example"]
deliver = "smtp://127.0.0.1:${sinkPort}"
recipients = "any"
[queue]
mailbox_first = ${mailboxFirst}
[smtp]
client_connection_limit = 100000
connection_limit = 100000
[log]
format = "json"
`

async function startCustody(options: BenchOptions, mailboxFirst: boolean): Promise<Custody> {
  const folder = await mkdtemp(join(tmpdir(), 'postern-bench-'))
  await using undo = new AsyncDisposableStack()
  if (process.env.KEEP === undefined) undo.defer(() => rm(folder, { recursive: true, force: true }))
  const sink = await start(sinkProgram, [], join(folder, 'sink'), (text) => /^(\d+)\n/.exec(text)?.[1])
  undo.defer(() => stop(sink))
  const config = join(folder, 'postern.toml')
  const domains = [...new Set(options.to.map((to) => to.slice(to.lastIndexOf('@') + 1)))]
  await writeFile(config, settings(domains, sink.port, mailboxFirst))
  const portOf = (text: string) => /"ports":\["(\d+)"/.exec(text)?.[1]
  const gateway = await start(gatewayProgram, [config, ...options.to], join(folder, 'log'), portOf, options.nodeFlags)
  undo.defer(() => stop(gateway))
  const kept = undo.move()
  return { gateway, sink, maildir: join(folder, 'data', 'mail'), [Symbol.asyncDispose]: () => kept.disposeAsync() }
}

async function start(
  program: string,
  args: readonly string[],
  log: string,
  portOf: (text: string) => string | undefined,
  flags: readonly string[] = [],
): Promise<Child> {
  const out = openSync(log, 'w', 0o600)
  const server = spawn(process.execPath, [...flags, program, ...args], { stdio: ['ignore', out, out] })
  const until = performance.now() + startMs
  while (performance.now() < until && server.exitCode === null) {
    const port = portOf(await readFile(log, 'utf8'))
    if (port !== undefined) return { process: server, port: Number(port) }
    await wait(20)
  }
  server.kill('SIGKILL')
  throw new Error(`${program} did not start:\n${await readFile(log, 'utf8')}`)
}

async function stop({ process: server }: Child): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return
  const ended = once(server, 'exit')
  server.kill('SIGTERM')
  const timer = setTimeout(() => server.kill('SIGKILL'), startMs)
  await ended
  clearTimeout(timer)
}

async function runRound(target: Peer, load: readonly Buffer[], options: BenchOptions): Promise<Round> {
  const { maildir, pids } = target
  const before = maildir === null ? 0 : await countArrived(maildir)
  const cpuBefore = cpuSeconds(pids)
  const from = performance.now()
  const done = await replay(load, { ...options, host: target.host, port: target.port })
  const arrived =
    maildir === null ? null : (await awaitArrived(maildir, before + done.accepted, options.settleMs)) - before
  const endToEndSeconds = (performance.now() - from) / 1000
  return { replay: done, arrived, endToEndSeconds, cpuSeconds: pids.length > 0 ? cpuSeconds(pids) - cpuBefore : null }
}

function peerOf(name: string, { gateway, maildir }: Custody): Peer {
  const pids = gateway.process.pid === undefined ? [] : [gateway.process.pid]
  return { name, host: '127.0.0.1', port: gateway.port, maildir, pids }
}

async function queueMode(
  targets: readonly Peer[],
  messages: readonly Buffer[],
  options: BenchOptions,
): Promise<readonly Figures[]> {
  const rounds = new Map<Peer, Round[]>(targets.map((target) => [target, []]))
  const warmUp = inTurn(messages, options.warmUp)
  if (warmUp.length > 0) for (const target of targets) await runRound(target, warmUp, options)
  const load = Array.from({ length: options.repeat }, () => messages).flat()
  for (let i = 0; i < options.rounds; i++) {
    for (const target of i % 2 === 0 ? targets : targets.toReversed()) {
      const round = await runRound(target, load, options)
      rounds.get(target)?.push(round)
      say(`round ${i + 1}: ${target.name} ${(load.length / round.endToEndSeconds).toFixed(1)} messages/s end to end`)
    }
  }
  return targets.map((target) => summarize(target.name, rounds.get(target) ?? [], null))
}

/** Milliseconds from the last byte of each message to its reply, at an even pace over all connections. */
async function paced(port: number, messages: readonly Buffer[], options: BenchOptions): Promise<number[]> {
  const times: number[] = []
  const everyMs = (1000 / pacedPerSecond) * options.connections
  const lane = async (first: number) => {
    const client = new SmtpClient('127.0.0.1', port, options.timeoutMs)
    await client.reply()
    await client.ask(`EHLO ${options.helo}\r\n`)
    for (let n = first, due = (first * 1000) / pacedPerSecond + began; n < pacedMessages; n += options.connections) {
      await wait(Math.max(0, due - performance.now()))
      due += everyMs
      await client.ask(`MAIL FROM:<${options.from}>\r\n`)
      await client.ask('RCPT TO:<u@inline.example>\r\n')
      await client.ask('DATA\r\n')
      const { code, ms } = await client.askTimed(messages[n % messages.length] ?? Buffer.from('.\r\n'))
      if (code !== 250) throw new Error(`${code} at the end of a message`)
      times.push(ms)
    }
    client.close()
  }
  const began = performance.now() + 100
  await Promise.all(Array.from({ length: options.connections }, (_, i) => lane(i)))
  return times
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}

async function inlineMode({ gateway, sink }: Custody, messages: readonly Buffer[], options: BenchOptions) {
  const through: ReplayOptions = { ...options, host: '127.0.0.1', port: gateway.port, to: ['u@inline.example'] }
  await replay(messages.slice(0, options.warmUp), through)
  const figures: { sinkMs: number; inlineMs: number }[] = []
  for (let i = 0; i < options.rounds; i++) {
    const sinkMs = median(await paced(sink.port, messages, options))
    figures.push({ sinkMs, inlineMs: median(await paced(gateway.port, messages, options)) })
  }
  const full = await replay(messages, through)
  const sinkP50 = median(figures.map(({ sinkMs }) => sinkMs))
  const inlineP50 = median(figures.map(({ inlineMs }) => inlineMs))
  return {
    pacedPerSecond,
    sinkP50Ms: rounded(sinkP50),
    inlineP50Ms: rounded(inlineP50),
    addedP50Ms: rounded(inlineP50 - sinkP50),
    saturatedPerSecond: rounded(full.accepted / full.seconds),
    saturatedP50Ms: rounded(median(full.replyMs)),
  }
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100
}

function say(line: string): void {
  process.stderr.write(`${line}\n`)
}

const options = readOptions(process.argv.slice(2))
if (options === null) process.stdout.write(usage)
else {
  const messages = await readMessages(options.dir, options.limit)
  await using custody = await startCustody(options, true)
  await using queueing = await startCustody(options, false)
  const targets = [peerOf('postern', custody), ...options.peers, peerOf('all queued', queueing)]
  const queue = await queueMode(targets, messages, options)
  const inline = await inlineMode(custody, messages, options)
  if (options.json) process.stdout.write(`${JSON.stringify({ bench: 'custody', queue, inline })}\n`)
  else process.stdout.write(`${printTable(queue)}\nin-line: ${JSON.stringify(inline)}\n`)
}
