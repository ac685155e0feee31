// SPDX-License-Identifier: Apache-2.0
/**
 * A fixed crew of worker threads that examine messages under a deadline. A job that overruns is told to stop; a worker
 * that does not obey is killed and replaced, and the message is judged on what was found until then. What waits behind
 * a message that holds its worker up is given to another.
 */
import type { AuthReport } from '../core/auth.ts'
import type { Examination } from '../core/examiner.ts'
import type { DnsAnswer, Logger, Meter, Resolver } from '../core/ports.ts'
import { siblingModule } from './channel.ts'
import { Member, type Task } from './member.ts'
import type { CrewSetup, DnsQuestion, FromWorker, Job } from './protocol.ts'
import type { Partial } from './slate.ts'

export interface CrewOptions {
  /** Threads that share the work. */
  readonly size: number
  /**
   * Threads beyond those, which get work only while another is held up, or where a message has waited long for room. On
   * busy cores a thread more makes each message dearer: it has code and caches of its own.
   * They start when the first message has been examined: where no mail comes in, their memory is saved.
   */
  readonly reserve: number
  /** Milliseconds for one message, waiting for a free worker not counted. */
  readonly deadlineMs: number
  readonly setup: CrewSetup
  /** The worker's file; content-worker unless a test brings its own. */
  readonly module?: URL
  readonly dns: Resolver
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

/** What a worker gets, after its deadline, to hand over what it has. */
const graceMs = 500
/** A worker that dies so often at start is not started again for this long. */
const restartPauseMs = 1000
/** A worker that has work and says nothing for so long is held up: usual messages together take it 60 ms at most. */
const heldUpMs = 100
/** A message that has waited so long for room is worth a thread from the reserve. */
const patienceMs = 50
/** Ids of jobs fit into a signed word (slate.ts). */
const maxId = 2 ** 31 - 1

export const unknownAuth: AuthReport = {
  spf: { result: 'temperror', domain: null, because: 'not examined' },
  dkim: [],
  arc: { result: 'none', sealers: [] },
  dmarc: { result: 'temperror', policy: null, domain: null },
  header: '',
}

export function startCrew(options: CrewOptions): Crew {
  return new WorkerCrew(options)
}

class WorkerCrew implements Crew {
  readonly #options: CrewOptions
  readonly #members = new Set<Member>()
  readonly #queue: Task[] = []
  readonly #watch: NodeJS.Timeout
  readonly #module: URL
  #setup: CrewSetup
  #lastId = 0
  #hasReserve = false
  #closed = false

  constructor(options: CrewOptions) {
    this.#options = options
    this.#module = options.module ?? siblingModule('./content-worker', import.meta.url)
    this.#setup = options.setup
    for (let i = 0; i < options.size; i++) this.#hire()
    this.#watch = setInterval(() => this.#relieve(), heldUpMs)
    this.#watch.unref()
  }

  get waiting(): number {
    return this.#queue.length
  }

  examine(job: Job): Promise<Examination> {
    return new Promise((resolve) => {
      this.#queue.push({ id: 0, job, resolve, since: performance.now(), timer: null, retried: false })
      this.#dispatch()
    })
  }

  setup(setup: CrewSetup): void {
    this.#setup = setup
    for (const member of this.#members) member.tell({ to: 'setup', setup })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true
    clearInterval(this.#watch)
    await Promise.all([...this.#members].map((member) => member.terminate()))
    for (const task of this.#queue.splice(0)) settle(task, null, 'shutting down')
  }

  #hireReserve(): void {
    if (this.#hasReserve) return
    this.#hasReserve = true
    for (let i = 0; i < this.#options.reserve; i++) this.#hire()
  }

  #hire(): void {
    const member: Member = new Member(this.#module, this.#setup, {
      heard: (batch) => this.#hear(member, batch),
      died: (error) => this.#options.log.error('worker.died', error),
      gone: () => this.#bury(member),
    })
    this.#members.add(member)
  }

  /** A worker is gone: its messages go to another, once; the one that killed it is judged on what is there. */
  #bury(member: Member): void {
    this.#members.delete(member)
    this.#reclaim(member)
    for (const task of member.tasks) {
      this.#stopTimer(task)
      if (task.retried) settle(task, member.foundOf(task.id), 'its worker died')
      else this.#queue.unshift(Object.assign(task, { retried: true }))
    }
    if (this.#closed) {
      for (const task of this.#queue.splice(0)) settle(task, null, 'shutting down')
      return
    }
    this.#options.meter.count('postern_workers_replaced_total')
    if (member.ready) this.#hire()
    else setTimeout(() => this.#closed || this.#hire(), restartPauseMs).unref()
    this.#dispatch()
  }

  /** To the one with the least to do; the last ones are in reserve. It is called again when a message is done. */
  #dispatch(): void {
    while (this.#queue.length > 0) {
      const member = this.#choose()
      const task = member === null ? undefined : this.#queue.shift()
      if (member === null || task === undefined) return
      this.#lastId = (this.#lastId % maxId) + 1
      task.id = this.#lastId
      task.timer = setTimeout(() => this.#overrun(member, task), this.#options.deadlineMs)
      member.give(task)
    }
  }

  #choose(): Member | null {
    const free = [...this.#members].filter((member) => member.ready && !member.isHeldUp(heldUpMs))
    const reserve = this.#hasReserve ? this.#options.reserve : 0
    const onDuty = free.slice(0, Math.max(1, free.length - reserve))
    const isHeld = this.#members.size > free.length
    const isLate = performance.now() - (this.#queue[0]?.since ?? 0) > patienceMs
    const isEnough = !isHeld && (!isLate || onDuty.some((m) => m.hasRoom))
    const least = (isEnough ? onDuty : free).filter((m) => m.hasRoom).sort((a, b) => a.busy - b.busy)
    return least[0] ?? null
  }

  /** What waits behind a message that takes long is taken away and given to the others. */
  #relieve(): void {
    for (const member of this.#members) {
      if (member.isHeldUp(heldUpMs)) this.#reclaim(member)
    }
    this.#dispatch()
  }

  /** What a worker has not begun waits again, and what it has begun but cannot go on with. */
  #reclaim(member: Member): void {
    const tasks = member.takeBack()
    for (const task of tasks) this.#stopTimer(task)
    this.#queue.unshift(...tasks)
  }

  #overrun(member: Member, { id }: Task): void {
    member.tell({ to: 'abort', id })
    const task = member.tasks.find((t) => t.id === id)
    if (task === undefined) return
    task.timer = setTimeout(() => {
      const found = member.foundOf(id)
      if (member.take(id) === null) return
      settle(task, found, 'deadline')
      this.#options.log.warn('worker.killed', { stage: found.stage, waiting: member.busy })
      void member.terminate()
    }, graceMs)
  }

  #hear(member: Member, batch: readonly FromWorker[]): void {
    for (const message of batch) {
      if (message.from === 'ready') member.ready = true
      else if (message.from === 'log') this.#log(message)
      else if (message.from === 'dns') void this.#ask(member, message.id, message.question)
      else this.#end(member, message)
    }
    this.#dispatch()
  }

  #end(member: Member, message: Extract<FromWorker, { from: 'done' | 'failed' }>): void {
    const { id } = message
    const found = message.from === 'failed' ? member.foundOf(id) : null
    const examination = message.from === 'done' ? (message.examination ?? member.examinationOf(id)) : null
    const ended = member.take(id)
    if (ended === null || (ended.isLeft && !this.#leaveQueue(ended.task))) return
    const { task } = ended
    this.#stopTimer(task)
    if (examination !== null) task.resolve(examination)
    else settle(task, found, message.from === 'failed' ? message.because : 'its findings are lost')
    this.#hireReserve()
  }

  /** What was taken from a held-up worker, which has ended it now: false where another is at it. */
  #leaveQueue(task: Task): boolean {
    const at = this.#queue.indexOf(task)
    if (at >= 0) this.#queue.splice(at, 1)
    return at >= 0
  }

  #stopTimer(task: Task): void {
    if (task.timer !== null) clearTimeout(task.timer)
    task.timer = null
  }

  async #ask(member: Member, id: number, question: DnsQuestion): Promise<void> {
    const { dns } = this.#options
    const answer: DnsAnswer<unknown> = await dns[question.kind](question.name)
    const until = dns.known?.(question.kind, question.name)?.until ?? 0
    if (this.#members.has(member)) member.tell({ to: 'dns', id, answer, until })
  }

  #log(message: Extract<FromWorker, { from: 'log' }>): void {
    const { log } = this.#options
    if (message.level === 'error') log.error(message.event, message.fields['because'] ?? '', message.fields)
    else log[message.level](message.event, message.fields)
  }
}

/** A message that could not be examined whole, with what was found of it. */
function settle(task: Task, found: Partial | null, because: string): void {
  task.resolve({
    auth: found?.auth ?? unknownAuth,
    evidence: found?.evidence ?? [],
    authors: [],
    probability: null,
    spentMs: {},
    incomplete: [`${found?.stage ?? 'start'}: ${because}`],
  })
}
