// SPDX-License-Identifier: Apache-2.0
/** One worker of the crew, as its captain sees it: its lanes, what it was given, when it was last heard of. */
import { Worker } from 'node:worker_threads'
import type { Examination } from '../core/examiner.ts'
import { Outbox } from './outbox.ts'
import { type CrewSetup, type FromWorker, type Job, lanes, type ToWorker, type WorkerData } from './protocol.ts'
import { nothingYet, type Partial, Slate } from './slate.ts'

export interface Task {
  readonly id: number
  readonly job: Job
  readonly resolve: (examination: Examination) => void
  /** Milliseconds of performance.now() when it came. */
  readonly since: number
  timer: NodeJS.Timeout | null
  /** Its worker died with it once: it is not given to another again. */
  retried: boolean
}

export interface MemberEvents {
  heard(message: FromWorker): void
  died(error: unknown): void
  gone(): void
}

/**
 * Megabytes. A message of some kilobytes leaves a few megabytes of rubbish: with V8's own limits, made for machines
 * with gigabytes to spare, a worker grew to three times of what it needs.
 */
const resourceLimits = { maxYoungGenerationSizeMb: 32, maxOldGenerationSizeMb: 512 } as const

export class Member {
  readonly #worker: Worker
  readonly #outbox: Outbox<ToWorker>
  readonly #slate = new Slate(lanes)
  readonly #lanes: (Task | null)[] = Array.from({ length: lanes }, () => null)
  #busy = 0
  ready = false
  /** Milliseconds of performance.now(): its last message, or the first task after it had none. */
  #heardAt = 0

  constructor(module: URL, setup: CrewSetup, events: MemberEvents) {
    const workerData: WorkerData = { setup, slate: this.#slate.shared }
    this.#worker = new Worker(module, { name: 'examiner', workerData, resourceLimits })
    this.#outbox = new Outbox((batch) => this.#worker.postMessage(batch))
    this.#worker.on('message', (batch: readonly FromWorker[]) => {
      this.#heardAt = performance.now()
      for (const message of batch) events.heard(message)
    })
    this.#worker.on('error', (error) => events.died(error))
    this.#worker.on('exit', () => events.gone())
  }

  get busy(): number {
    return this.#busy
  }

  get hasRoom(): boolean {
    return this.ready && this.#busy < lanes
  }

  get tasks(): readonly Task[] {
    return this.#lanes.filter((task) => task !== null)
  }

  /** True when it has work and has said nothing for so long. */
  isHeldUp(ms: number): boolean {
    return this.#busy > 0 && performance.now() - this.#heardAt > ms
  }

  tell(message: ToWorker): void {
    this.#outbox.put(message)
  }

  /** Call only where there is room. */
  give(task: Task): void {
    const lane = this.#lanes.indexOf(null)
    if (this.#busy === 0) this.#heardAt = performance.now()
    this.#lanes[lane] = task
    this.#busy++
    this.#slate.offer(lane, task.id)
    this.tell({ to: 'examine', id: task.id, lane, job: task.job })
  }

  /** The task that ends, or null when it has ended already. */
  take(id: number): Task | null {
    const lane = this.#lanes.findIndex((task) => task?.id === id)
    const task = this.#lanes[lane] ?? null
    if (task === null) return null
    this.#lanes[lane] = null
    this.#busy--
    return task
  }

  /** What has been found about the message of a task that has not been taken yet. */
  foundOf(id: number): Partial {
    const lane = this.#lanes.findIndex((task) => task?.id === id)
    return lane < 0 ? nothingYet : this.#slate.read(lane)
  }

  /** Of a task that is done and has not been taken yet. */
  examinationOf(id: number): Examination | null {
    const lane = this.#lanes.findIndex((task) => task?.id === id)
    return lane < 0 ? null : this.#slate.readAll(lane)
  }

  /** What it has not begun: it will not begin it any more. */
  takeBack(): Task[] {
    return this.#lanes.flatMap((task, lane) => {
      if (task === null || !this.#slate.takeBack(lane, task.id)) return []
      this.#lanes[lane] = null
      this.#busy--
      return [task]
    })
  }

  async terminate(): Promise<void> {
    await this.#worker.terminate()
  }
}
