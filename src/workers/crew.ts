// SPDX-License-Identifier: Apache-2.0
/**
 * A fixed crew of worker threads that examine messages under a deadline. A job that overruns is told to stop; a worker
 * that does not obey is killed and replaced, and the message is judged on what was found until then.
 */
import { Worker } from 'node:worker_threads'
import type { AuthReport } from '../core/auth.ts'
import type { Evidence } from '../core/evidence.ts'
import type { Examination } from '../core/examiner.ts'
import type { Clock, DnsAnswer, Logger, Meter, Resolver } from '../core/ports.ts'
import type { CrewSetup, DnsQuestion, FromWorker, Job, Partial, ToWorker } from './protocol.ts'

export interface CrewOptions {
  readonly size: number
  /** Milliseconds for one message, waiting for a free worker not counted. */
  readonly deadlineMs: number
  readonly setup: CrewSetup
  readonly dns: Resolver
  readonly clock: Clock
  readonly log: Logger
  readonly meter: Meter
}

export interface Crew extends AsyncDisposable {
  /** Never rejects for what a message can do; `incomplete` of the examination says what is missing. */
  examine(job: Job): Promise<Examination>
  /** Hands every worker new rules or a new model; messages under way keep the old ones. */
  setup(setup: CrewSetup): void
  readonly waiting: number
}

/** Jobs under way in one worker: while one waits for DNS the next is examined. */
const lanes = 8
/** What a worker gets, after its deadline, to hand over what it has. */
const graceMs = 500
/** A worker that dies so often at start is not started again for this long. */
const restartPauseMs = 1000

interface Task {
  readonly id: number
  readonly job: Job
  readonly resolve: (examination: Examination) => void
  partial: Partial
  timer: NodeJS.Timeout | null
  /** Killed once with somebody else's message: tried once more. */
  retried: boolean
}

interface Member {
  readonly worker: Worker
  readonly tasks: Map<number, Task>
  ready: boolean
}

const nothingYet: Partial = { auth: null, evidence: [], stage: 'start' }

export const unknownAuth: AuthReport = {
  spf: { result: 'temperror', domain: null, because: 'not examined' },
  dkim: [],
  arc: { result: 'none', sealers: [] },
  dmarc: { result: 'temperror', policy: null, domain: null },
  header: '',
}

/** The worker's file beside this one, as TypeScript from src or as JavaScript from dist. */
function workerFile(): URL {
  return new URL(`./content-worker${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url)
}

export function startCrew(options: CrewOptions): Crew {
  return new WorkerCrew(options)
}

class WorkerCrew implements Crew {
  readonly #options: CrewOptions
  readonly #members = new Set<Member>()
  readonly #queue: Task[] = []
  #setup: CrewSetup
  #nextId = 1
  #closed = false

  constructor(options: CrewOptions) {
    this.#options = options
    this.#setup = options.setup
    for (let i = 0; i < options.size; i++) this.#hire()
  }

  get waiting(): number {
    return this.#queue.length
  }

  examine(job: Job): Promise<Examination> {
    return new Promise((resolve) => {
      this.#queue.push({ id: this.#nextId++, job, resolve, partial: nothingYet, timer: null, retried: false })
      this.#dispatch()
    })
  }

  setup(setup: CrewSetup): void {
    this.#setup = setup
    for (const member of this.#members) tell(member, { to: 'setup', setup })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true
    await Promise.all([...this.#members].map((member) => member.worker.terminate()))
    for (const task of this.#queue.splice(0)) this.#settle(task, 'shutting down')
  }

  #hire(): void {
    const worker = new Worker(workerFile(), { workerData: this.#setup })
    const member: Member = { worker, tasks: new Map(), ready: false }
    this.#members.add(member)
    worker.on('message', (message: FromWorker) => this.#hear(member, message))
    worker.on('error', (error) => this.#options.log.error('worker.died', error))
    worker.on('exit', () => this.#bury(member))
  }

  /** A worker is gone: its messages go to another, once; the one that killed it is judged on what is there. */
  #bury(member: Member): void {
    this.#members.delete(member)
    for (const task of member.tasks.values()) {
      if (task.timer !== null) clearTimeout(task.timer)
      if (task.retried) this.#settle(task, 'its worker died')
      else {
        task.retried = true
        task.partial = nothingYet
        this.#queue.unshift(task)
      }
    }
    if (this.#closed) return
    this.#options.meter.count('postern_workers_replaced_total')
    if (member.ready) this.#hire()
    else setTimeout(() => this.#closed || this.#hire(), restartPauseMs).unref()
    this.#dispatch()
  }

  #dispatch(): void {
    while (this.#queue.length > 0) {
      const free = [...this.#members]
        .filter((m) => m.ready && m.tasks.size < lanes)
        .sort((a, b) => a.tasks.size - b.tasks.size)
      const member = free[0]
      const task = member === undefined ? undefined : this.#queue.shift()
      if (member === undefined || task === undefined) return
      member.tasks.set(task.id, task)
      task.timer = setTimeout(() => this.#overrun(member, task), this.#options.deadlineMs)
      tell(member, { to: 'examine', id: task.id, job: task.job })
    }
  }

  #overrun(member: Member, task: Task): void {
    tell(member, { to: 'abort', id: task.id })
    task.timer = setTimeout(() => {
      member.tasks.delete(task.id)
      this.#settle(task, 'deadline')
      this.#options.log.warn('worker.killed', { stage: task.partial.stage, waiting: member.tasks.size })
      void member.worker.terminate()
    }, graceMs)
  }

  #hear(member: Member, message: FromWorker): void {
    if (message.from === 'ready') member.ready = true
    else if (message.from === 'log') this.#log(message)
    else if (message.from === 'dns') void this.#ask(member, message.id, message.question)
    else {
      const task = member.tasks.get(message.id)
      if (task === undefined) return
      if (message.from === 'partial') {
        task.partial = message.partial
        return
      }
      member.tasks.delete(task.id)
      if (task.timer !== null) clearTimeout(task.timer)
      if (message.from === 'done') task.resolve(message.examination)
      else this.#settle(task, message.because)
    }
    this.#dispatch()
  }

  #settle(task: Task, because: string): void {
    const evidence: readonly Evidence[] = task.partial.evidence
    const incomplete = [`${task.partial.stage}: ${because}`]
    task.resolve({ auth: task.partial.auth ?? unknownAuth, evidence, probability: null, spentMs: {}, incomplete })
  }

  async #ask(member: Member, id: number, question: DnsQuestion): Promise<void> {
    const answer: DnsAnswer<unknown> = await this.#options.dns[question.kind](question.name)
    if (this.#members.has(member)) tell(member, { to: 'dns', id, answer })
  }

  #log(message: Extract<FromWorker, { from: 'log' }>): void {
    const { log } = this.#options
    if (message.level === 'error') log.error(message.event, message.fields['because'] ?? '', message.fields)
    else log[message.level](message.event, message.fields)
  }
}

function tell(member: Member, message: ToWorker): void {
  member.worker.postMessage(message)
}
