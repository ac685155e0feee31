// SPDX-License-Identifier: Apache-2.0
/**
 * Content rules against `spamd -L` with one child, on the same messages with the same stock rule set, in one run:
 * `node bench/rules.ts FOLDER [MAX]`. Both are counted in seconds of processor time, so one core is compared with one.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { isMainThread, parentPort, Worker } from 'node:worker_threads'
import { openMessage } from '../src/message/open.ts'
import type { CompiledRules } from '../src/rules/compile.ts'
import { loadRules } from '../src/rules/load.ts'
import { newTally } from '../src/rules/matcher.ts'
import { stepsOn } from '../src/rules/run.ts'
import { Views } from '../src/rules/views.ts'
import { heapLimits, setHeapFlags } from '../src/workers/heap.ts'
import { Lockstep } from '../src/workers/lockstep.ts'
import { messagesIn, stockRules } from '../test/interop/spamassassin.ts'
import { unknownFacts } from '../test/support/unknown-facts.ts'

const goal = 50
const ticksPerSecond = 100
const warmUp = 5
const turns = 6

/** Seconds of processor time of a process and its children, waited for or not (proc(5), stat). */
function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ')
  const own = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0) / ticksPerSecond
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim()
  return children === '' ? own : own + children.split(' ').reduce((sum, child) => sum + cpuSeconds(Number(child)), 0)
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address !== null ? address.port : 0
}

/** One CHECK of the SPAMC protocol; the answer is read to its end. */
function check(port: number, raw: Buffer): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.write(`CHECK SPAMC/1.2\r\nContent-length: ${raw.length}\r\n\r\n`)
      socket.end(raw)
    })
    let answer = ''
    socket.setEncoding('latin1').on('data', (text: string) => {
      answer += text
    })
    socket.once('end', () => resolve(answer)).once('error', reject)
  })
}

async function startSpamd(port: number, home: string): Promise<ChildProcess> {
  const child = spawn(
    'spamd',
    ['-L', '-m', '1', '-x', '-i', '127.0.0.1', '-p', String(port), '-H', home, '-s', 'null', '-C', stockRules],
    { stdio: 'ignore' },
  )
  for (let i = 0; i < 600; i++) {
    await sleep(100)
    const isUp = await check(port, Buffer.from('Subject: x\r\n\r\nx\r\n')).then(
      (answer) => answer.startsWith('SPAMD/'),
      () => false,
    )
    if (isUp) return child
  }
  child.kill()
  throw new Error('spamd does not answer')
}

/** Messages that wait together in a worker of a busy gateway, which examines them in step; spamd's children take one. */
const atOnce = 16

interface Contender {
  readonly name: string
  /** Processor seconds that it takes for these. */
  readonly scan: (messages: readonly Buffer[]) => Promise<number>
  messages: number
  seconds: number
}

function contender(name: string, scan: Contender['scan']): Contender {
  return { name, scan, messages: 0, seconds: 0 }
}

function ours(rules: CompiledRules, together: number): Contender['scan'] {
  const facts = unknownFacts(Date.now())
  const lockstep = new Lockstep(() => undefined)
  const examine = (raw: Buffer) => {
    const views = new Views(openMessage(raw), facts, rules.settings)
    return lockstep.run(stepsOn(rules, views, newTally(rules.names.length)), raw.length, () => undefined)
  }
  return async (messages) => {
    const before = process.cpuUsage()
    for (let at = 0; at < messages.length; at += together)
      await Promise.all(messages.slice(at, at + together).map(examine))
    const { user, system } = process.cpuUsage(before)
    return (user + system) / 1e6
  }
}

/** In turns, so that all of them see the same machine. */
async function compare(contenders: readonly Contender[], spamd: Contender, messages: readonly Buffer[]): Promise<void> {
  // Warm, as in a gateway that runs: what V8 compiles, and the states of the automata, come with the first messages.
  for (let i = 0; i < warmUp; i++) for (const { scan } of contenders) await scan(messages)
  await spamd.scan(messages.slice(0, warmUp))
  const add = async (one: Contender, some: readonly Buffer[]) => {
    one.seconds += await one.scan(some)
    one.messages += some.length
  }
  const share = Math.ceil(messages.length / turns)
  for (let at = 0; at < messages.length; at += share) {
    for (const one of contenders) await add(one, messages)
    await add(spamd, messages.slice(at, at + share))
  }
}

/** Returns how many times as many messages as spamd. */
async function main(): Promise<number> {
  const [folder = 'corpus', max = '100'] = process.argv.slice(2)
  const messages = messagesIn(folder, Number(max)).map((path) => readFileSync(path))
  const bytes = messages.reduce((sum, raw) => sum + raw.length, 0)
  const home = mkdtempSync(join(tmpdir(), 'postern-spamd-'))
  const port = await freePort()
  const child = await startSpamd(port, home)
  const { rules } = loadRules([stockRules], 0)
  const stock = contender(`Postern, stock rules, ${atOnce} at once`, ours(rules, atOnce))
  const single = contender('Postern, stock rules, one at a time', ours(rules, 1))
  const spamd = contender('spamd -L, stock rules, one child', async (some) => {
    const before = cpuSeconds(child.pid ?? 0)
    for (const raw of some) await check(port, raw)
    return cpuSeconds(child.pid ?? 0) - before
  })
  try {
    await compare([stock, single], spamd, messages)
  } finally {
    child.kill()
    rmSync(home, { recursive: true, force: true })
  }
  console.log(
    `${messages.length} messages, ${Math.round(bytes / messages.length)} bytes on average; a second of processor time:`,
  )
  const rate = (one: Contender) => one.messages / one.seconds
  for (const one of [stock, single, spamd]) console.log(`${one.name.padEnd(36)} ${rate(one).toFixed(1)}`)
  const ratio = rate(stock) / rate(spamd)
  console.log(
    `Postern by spamd ${ratio.toFixed(1)} (goal ${goal}), one at a time ${(rate(single) / rate(spamd)).toFixed(1)}`,
  )
  return ratio
}

if (isMainThread) {
  // The rules run in a thread like those of a gateway that examine.
  setHeapFlags()
  const thread = new Worker(new URL(import.meta.url), { argv: process.argv.slice(2), resourceLimits: heapLimits })
  thread.once('message', (ratio: number) => {
    process.exitCode = ratio >= goal ? 0 : 1
  })
} else parentPort?.postMessage(await main())
