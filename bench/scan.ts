// SPDX-License-Identifier: Apache-2.0
/**
 * What the whole examination of a message costs a core: read, authenticate with warm DNS, rules, Bayes; beside it
 * rspamd, which scans the same messages over HTTP. Processor time is compared, not the clock: other work on the machine
 * hardly changes it.
 *
 *   node bench/scan.ts --dir FOLDER [--limit 800] [--rounds 4] [--at-once 8] [--warm-up 1600]
 *     [--set KEY=VALUE] [--rspamd HOST:PORT --rspamd-pid PID|FILE] [--json]
 */
import { existsSync, readFileSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { parseArgs } from 'node:util'
import { prepareBench } from '../src/app/judge.ts'
import { readConfig } from '../src/config/load.ts'
import { createResolver, resolverDefaults } from '../src/dns/resolver.ts'
import { silentLogger } from '../src/log/logger.ts'
import { silentMeter } from '../src/metrics/registry.ts'
import { realClock } from '../src/service/real-world.ts'
import { type Crew, startCrew } from '../src/workers/crew.ts'
import { aRecipient, aSender, aSession } from '../test/support/builders.ts'
import { inTurn, readMessages } from './messages.ts'
import { readSetting } from './options.ts'
import { cpuSeconds } from './processes.ts'

interface Scanned {
  readonly name: string
  /** Processor seconds of the round. */
  readonly cpu: number
  readonly seconds: number
}

const client = '127.0.0.1'
const helo = 'client.sender.example'
const from = 's@sender.example'
const to = 'u@example.org'

const { values } = parseArgs({
  options: {
    dir: { type: 'string', default: 'corpus' },
    limit: { type: 'string', default: '800' },
    rounds: { type: 'string', default: '4' },
    /** Messages under way at once, for both. */
    'at-once': { type: 'string', default: '8' },
    /** Messages into ours before anything counts: V8 still compiles at the ten-thousandth. */
    'warm-up': { type: 'string', default: '1600' },
    /** Of Postern's config, to see what is left without it: --set rules.builtin=false */
    set: { type: 'string', multiple: true, default: [] },
    rspamd: { type: 'string' },
    'rspamd-pid': { type: 'string' },
    json: { type: 'boolean', default: false },
  },
})

const atOnce = Number(values['at-once'])

/** The message as a server has it after DATA: without the final dot, doubled dots undone. */
function received(wire: Buffer): Buffer {
  return Buffer.from(wire.subarray(0, -3).toString('latin1').replace(/^\.\./gm, '.'), 'latin1')
}

async function forEach(messages: readonly Buffer[], scan: (message: Buffer) => Promise<unknown>): Promise<number> {
  const start = performance.now()
  let next = 0
  const lane = async () => {
    for (let message = messages[next++]; message !== undefined; message = messages[next++]) await scan(message)
  }
  await Promise.all(Array.from({ length: atOnce }, lane))
  return (performance.now() - start) / 1000
}

/** One worker, as in the gateway, with our own rules and the model that is shipped; no name exists, at once. */
function openCrew(): Crew {
  const set = values.set.map(readSetting).map(([key, value]) => `${key} = ${value}\n`)
  const { loaded } = readConfig(`hostname = "mx.example.org"\ndata_dir = "/nonexistent"\n${set.join('')}`, 'bench.toml')
  const transport = { query: async () => ({ kind: 'nxdomain' }) as const }
  const dns = createResolver({ ...resolverDefaults, transport, clock: realClock, meter: silentMeter })
  const { setup } = prepareBench(loaded)
  return startCrew({ size: 1, reserve: 0, deadlineMs: 60_000, setup, dns, log: silentLogger, meter: silentMeter })
}

async function scanOurs(crew: Crew, messages: readonly Buffer[]): Promise<Scanned> {
  const session = aSession({
    client: { ip: client, port: 1, ptr: { kind: 'absent' } },
    helo: { verb: 'EHLO', name: helo },
  })
  const envelope = { ...aSender(from), recipients: [aRecipient(to)] }
  const before = process.cpuUsage()
  const seconds = await forEach(messages, async (raw) => {
    const { incomplete } = await crew.examine({ session, envelope, raw })
    if (incomplete.length > 0) throw new Error(`not examined whole: ${incomplete.join(', ')}`)
  })
  const { user, system } = process.cpuUsage(before)
  return { name: 'postern', cpu: (user + system) / 1e6, seconds }
}

async function scanRspamd(address: string, pid: number, messages: readonly Buffer[]): Promise<Scanned> {
  const [host = '', port = ''] = address.split(':')
  const agent = new Agent({ keepAlive: true, maxSockets: atOnce })
  const headers = { IP: client, Helo: helo, From: from, Rcpt: to }
  const before = cpuSeconds([pid])
  const seconds = await forEach(messages, (message) => {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const asked = request({ agent, host, port, path: '/checkv2', method: 'POST', headers }, (answer) => {
      answer
        .resume()
        .on('end', () => (answer.statusCode === 200 ? resolve() : reject(new Error(`${answer.statusCode}`))))
    })
    asked.on('error', reject).end(message)
    return promise
  })
  agent.destroy()
  return { name: 'rspamd', cpu: cpuSeconds([pid]) - before, seconds }
}

function pidOf(text: string): number {
  return Number(existsSync(text) ? readFileSync(text, 'utf8').trim() : text)
}

/** Messages a second of one core: of all rounds, and of the best one, which other work disturbed least. */
function summarize(name: string, all: readonly Scanned[], messages: number) {
  const rounds = all.filter((scanned) => scanned.name === name)
  const cpu = rounds.reduce((sum, scanned) => sum + scanned.cpu, 0)
  return {
    name,
    rounds: rounds.length,
    perCore: Math.round((messages * rounds.length) / cpu),
    bestPerCore: Math.round(messages / Math.min(...rounds.map((scanned) => scanned.cpu))),
    cpuMsPerMessage: Number(((cpu / rounds.length / messages) * 1000).toFixed(2)),
  }
}

const messages = (await readMessages(values.dir, Number(values.limit))).map(received)
if (messages.length === 0) throw new Error(`no messages in ${values.dir}`)
await using crew = openCrew()
const { rspamd } = values
const pid = pidOf(values['rspamd-pid'] ?? '0')
const done: Scanned[] = []
// Warm: compiled code, kept answers. Neither server is measured cold.
await scanOurs(crew, inTurn(messages, Number(values['warm-up'])))
if (rspamd !== undefined) await scanRspamd(rspamd, pid, messages)
for (let i = 0; i < Number(values.rounds); i++) {
  const ours = async () => done.push(await scanOurs(crew, messages))
  const theirs = async () => rspamd !== undefined && done.push(await scanRspamd(rspamd, pid, messages))
  for (const turn of i % 2 === 0 ? [ours, theirs] : [theirs, ours]) await turn()
}
const servers = [...new Set(done.map(({ name }) => name))].map((name) => summarize(name, done, messages.length))
if (values.json) process.stdout.write(`${JSON.stringify({ bench: 'scan', messages: messages.length, servers })}\n`)
else {
  for (const { name, perCore, bestPerCore, cpuMsPerMessage } of servers)
    process.stdout.write(
      `${name}: ${perCore} messages/s per core (best round ${bestPerCore}), ${cpuMsPerMessage} ms of processor time each\n`,
    )
  const [first, second] = servers
  if (first !== undefined && second !== undefined)
    process.stdout.write(
      `ratio ${(first.perCore / second.perCore).toFixed(2)} (best rounds ${(first.bestPerCore / second.bestPerCore).toFixed(2)})\n`,
    )
}
