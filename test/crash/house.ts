// SPDX-License-Identifier: Apache-2.0
/** A gateway that is started, loaded, killed and started again; then everything it has answered for is looked for. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import type { EpochMs } from '../../src/core/brand.ts'
import { openStores } from '../../src/store/open.ts'
import { LineLog } from '../support/custody.ts'
import { aSink, type Sink } from '../support/sink.ts'
import { type Copies, findCopies, lifeOfProcess, lifeOfSink, madeTwice } from './copies.ts'
import { type Sent, startLoad } from './load.ts'
import { type Call, cutPower, parseCalls } from './power-cut.ts'

/** What happens to the gateway in one round. */
export interface Round {
  /** "OP CLASS NTH HOW" of faults.c; null: killed at a random moment. */
  readonly plan: string | null
  readonly powerCut: boolean
}

export interface Totals {
  readonly rounds: number
  /** Planned faults that came to pass, and the plans of those that did not. */
  readonly fired: number
  readonly idle: readonly string[]
  readonly messages: { readonly taken: number; readonly refused: number; readonly lost: number }
  /** Copies of answered messages that came again because the gateway died before it could note the first. */
  readonly duplicates: number
  readonly undone: { readonly zeroed: number; readonly renamed: number }
  readonly points: readonly string[]
  /** Write points at which a fault came to pass. */
  readonly faulted: readonly string[]
}

const program = join(import.meta.dirname, '../support/custody-gateway.ts')
const clients = 8
const startMs = 20_000
const drainMs = 60_000
/** A planned fault that does not come to pass by then is replaced by a plain kill; a checkpoint may take long to come. */
const patienceMs = (plan: string) => (/ (?:db|spool-tmp) /.test(plan) ? 15_000 : 4_000)

/** Null when there is no C compiler: then faults cannot be injected below Node. */
export function buildFaults(folder: string): string | null {
  const library = join(folder, 'faults.so')
  try {
    const source = join(import.meta.dirname, 'faults.c')
    execFileSync('cc', ['-O2', '-shared', '-fPIC', '-o', library, source, '-ldl', '-pthread'], { stdio: 'pipe' })
    return library
  } catch {
    return null
  }
}

function settings(sinkPort: number, mailboxFirst: boolean): string {
  const domain = (name: string, deliver: string, mode: string) =>
    `[domains."${name}"]\ndeliver = "${deliver}"\nmode = "${mode}"\n${deliver === 'maildir:' ? '' : 'recipients = "any"\n'}`
  const sink = `smtp://127.0.0.1:${sinkPort}`
  return `hostname = "gw.example.org"
data_dir = "data"
[[listeners]]
role = "mx"
address = "127.0.0.1:0"
tls = "none"
${domain('queue.example', sink, 'queue')}${domain('direct.example', sink, 'inline')}
${domain('box.example', 'maildir:', 'inline')}${domain('later.example', 'maildir:', 'queue')}
[queue]
mailbox_first = ${mailboxFirst}
minimal_backoff = "200ms"
maximal_backoff = "400ms"
[log]
format = "json"
`
}

interface Running {
  readonly process: ChildProcess
  readonly port: number
  readonly lines: string[]
  readonly ended: Promise<void>
}

export class CrashHouse implements AsyncDisposable {
  readonly #root: string
  readonly #faults: string | null
  readonly #sink: Sink
  readonly #random: () => number
  readonly #sent: Sent[] = []
  readonly #lines: string[] = []
  readonly #points = new Set<string>()
  readonly #undone = { zeroed: 0, renamed: 0 }
  readonly #idle: string[] = []
  /** Messages that the next hop had at the end of each life. */
  readonly #ends: number[] = []
  readonly #excused = new Set<string>()
  /** Write points at which a fault came to pass. */
  readonly #faulted = new Set<string>()
  #rounds = 0
  #fired = 0

  private constructor(root: string, faults: string | null, sink: Sink, random: () => number) {
    this.#root = root
    this.#faults = faults
    this.#sink = sink
    this.#random = random
  }

  static async open(root: string, faults: string | null, random: () => number): Promise<CrashHouse> {
    // Answers that take a while widen the window between the next hop's answer and our note of it.
    const sink = await aSink({
      answer: (step) => (step === 'END' ? wait(random() * 15).then(() => undefined) : undefined),
    })
    const house = new CrashHouse(root, faults, sink, random)
    house.#configure(true)
    const running = await house.#start(null)
    running.process.kill('SIGTERM')
    await running.ended
    await house.#addAccounts()
    return house
  }

  /** One life of the gateway. */
  async round({ plan, powerCut }: Round): Promise<void> {
    const name = `r${this.#rounds++}`
    // Every other life takes mail for mailboxes through the queue.
    this.#configure(this.#rounds % 2 === 0)
    const running = await this.#start(plan)
    let over = false
    const { sent, done } = startLoad(running.port, name, clients, () => over)
    const dead = running.ended.then(() => true)
    // A fault that lets the gateway live is given time to do harm.
    if (plan === null) await Promise.race([dead, wait(30 + this.#random() * 700)])
    else await Promise.race([dead, this.#fails(plan) ? wait(1_200) : wait(patienceMs(plan))])
    running.process.kill('SIGKILL')
    await running.ended
    over = true
    await done
    // What the dead one had sent may still be on its way: it belongs to this life.
    await this.#sink.settled()
    this.#ends.push(this.#sink.messages.length)
    if (plan !== null && this.#fails(plan) && / (wal|db) /.test(plan)) {
      this.#excused.add(lifeOfSink(this.#ends.length - 1)).add(lifeOfProcess(running.process.pid ?? 0))
    }
    this.#sent.push(...sent)
    const calls = this.#calls()
    const fired = calls.some(({ op }) => op === 'fault')
    if (fired) {
      this.#fired += 1
      this.#faulted.add(plan?.split(' ').slice(0, 2).join(' ') ?? '')
    } else if (plan !== null) this.#idle.push(plan)
    for (const { op, className } of calls) if (op !== 'fault') this.#points.add(`${op} ${className}`)
    if (!powerCut) return
    const undone = cutPower(calls, () => this.#random() < 0.5)
    this.#undone.zeroed += undone.zeroed
    this.#undone.renamed += undone.renamed
  }

  #configure(mailboxFirst: boolean): void {
    writeFileSync(join(this.#root, 'postern.toml'), settings(this.#sink.port, mailboxFirst))
  }

  /** Of these write points, those at which nothing has gone wrong yet. */
  spared(points: readonly string[]): string[] {
    return points.filter((point) => !this.#faulted.has(point))
  }

  /** A last life without faults, until nothing waits; then every promise is checked. Throws on the first broken one. */
  async reckon(): Promise<Totals> {
    const running = await this.#start(null)
    await this.#drained()
    running.process.kill('SIGTERM')
    await running.ended
    await this.#sink.settled()
    this.#ends.push(this.#sink.messages.length)
    const copies = findCopies(this.#sink.messages, this.#ends, join(this.#root, 'data', 'mail'))
    this.#noneTwiceInOneLife(copies)
    const missing: string[] = []
    let duplicates = 0
    for (const { token, to, answer, reply } of this.#sent) {
      if (answer !== 'taken') continue
      for (const recipient of to) {
        const number = copies.get(`${token} ${recipient}`)?.length ?? 0
        if (number === 0) missing.push(`${token} ${recipient} (${reply})`)
        duplicates += Math.max(number - 1, 0)
      }
    }
    if (missing.length > 0)
      throw new Error(`${missing.length} answered 250 and lost: ${missing.slice(0, 9).join('; ')}`)
    this.#noneAfterItsEnd()
    const count = (answer: Sent['answer']) => this.#sent.filter((one) => one.answer === answer).length
    return {
      rounds: this.#rounds,
      fired: this.#fired,
      idle: this.#idle,
      messages: { taken: count('taken'), refused: count('refused'), lost: count('lost') },
      duplicates,
      undone: this.#undone,
      points: [...this.#points].sort(),
      faulted: [...this.#faulted].sort(),
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#sink[Symbol.asyncDispose]()
  }

  #fails(plan: string): boolean {
    return /ENOSPC|EIO|short/.test(plan)
  }

  async #start(plan: string | null): Promise<Running> {
    rmSync(join(this.#root, 'calls'), { force: true })
    const faults =
      this.#faults === null
        ? {}
        : {
            LD_PRELOAD: this.#faults,
            FAULTS_ROOT: join(this.#root, 'data'),
            FAULTS_LOG: join(this.#root, 'calls'),
            ...(plan === null ? {} : { FAULTS_PLAN: plan }),
          }
    const child = spawn(process.execPath, [program, join(this.#root, 'postern.toml')], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...faults },
    })
    const lines: string[] = []
    let rest = ''
    let errors = ''
    child.stderr.on('data', (chunk: Buffer) => {
      errors += chunk.toString()
    })
    const ended = new Promise<void>((resolve) => child.once('close', () => resolve()))
    const port = await new Promise<number>((resolve, reject) => {
      const late = setTimeout(() => reject(new Error(`the gateway did not start: ${errors}`)), startMs)
      child.stdout.on('data', (chunk: Buffer) => {
        const parts = (rest + chunk.toString()).split('\n')
        rest = parts.pop() ?? ''
        lines.push(...parts)
        this.#lines.push(...parts)
        const ready = parts.find((line) => line.includes('"service.ready"'))
        if (ready === undefined) return
        clearTimeout(late)
        resolve(Number((JSON.parse(ready) as { ports: string[] }).ports[0]))
      })
      void ended.then(() => {
        clearTimeout(late)
        // A fault may well strike before the gateway is ready; nothing was answered then.
        if (child.signalCode === 'SIGKILL' || plan !== null) resolve(1)
        else reject(new Error(`the gateway ended: ${errors}`))
      })
    })
    return { process: child, port, lines, ended }
  }

  #calls(): Call[] {
    const path = join(this.#root, 'calls')
    return existsSync(path) ? parseCalls(readFileSync(path, 'utf8')) : []
  }

  async #addAccounts(): Promise<void> {
    await using stores = await this.#stores()
    for (const name of ['u@box.example', 'u@later.example']) {
      await stores.accounts.add({ name, password: 'x', addresses: [], createdAt: 0 as EpochMs })
    }
  }

  #stores() {
    return openStores(`sqlite:${join(this.#root, 'data', 'state.db')}`, {
      log: new LineLog(),
      deadlineMs: 30_000,
      maxLosable: 100,
      greylistKeepMs: 1_000,
    })
  }

  async #drained(): Promise<void> {
    await using stores = await this.#stores()
    const until = Date.now() + drainMs
    for (;;) {
      const { waiting, held } = await stores.queue.depth()
      if (waiting + held === 0) return
      if (Date.now() > until) throw new Error(`${waiting} messages still wait, ${held} are held`)
      await wait(50)
    }
  }

  /** Only a store that failed may make a life deliver again what it had delivered: it could not write down the first. */
  #noneTwiceInOneLife(copies: Copies): void {
    const again = madeTwice(copies, this.#excused)
    if (again.length > 0) throw new Error(`delivered twice in one life: ${again.slice(0, 9).join('; ')}`)
  }

  /** Once an entry's end was written down it never comes back: an entry that ends twice was delivered twice for nothing. */
  #noneAfterItsEnd(): void {
    const ends = this.#lines
      .filter((line) => line.includes('"queue.removed"'))
      .map((line) => (JSON.parse(line) as { queueId: string }).queueId)
    const again = ends.filter((id, i) => ends.indexOf(id) !== i)
    if (again.length > 0) throw new Error(`delivered again after their end was written down: ${again.join(' ')}`)
  }
}
