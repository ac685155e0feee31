// SPDX-License-Identifier: Apache-2.0
/** One worker of the crew, as its captain sees it: its lanes, what it was given, when it was last heard of. */
import { setFlagsFromString } from 'node:v8'
import { Worker } from 'node:worker_threads'
import type { Examination } from '../core/examiner.ts'
import { Outbox } from './outbox.ts'
import { type CrewSetup, type FromWorker, type Job, lanes, type ToWorker, type WorkerData } from './protocol.ts'
import { nothingYet, type Partial, Slate } from './slate.ts'

export interface Task {
  /** Another each time that it is given away. */
  id: number
  readonly job: Job
  readonly resolve: (examination: Examination) => void
  /** Milliseconds of performance.now() when it came. */
  readonly since: number
  timer: NodeJS.Timeout | null
  /** Its worker died with it once: it is not given to another again. */
  retried: boolean
}

/** What stands in a lane. Of a task that was taken back: the lane is free when the worker is done with it. */
interface Given {
  readonly id: number
  readonly task: Task
  readonly isLeft: boolean
}

export interface MemberEvents {
  heard(batch: readonly FromWorker[]): void
  died(error: unknown): void
  gone(): void
}

/**
 * Megabytes. A message of some kilobytes leaves a megabyte of rubbish, and those that are read together live for as long
 * as all of them take: with a smaller young generation they are copied twice and then kept, and an old generation that
 * is limited more narrowly is collected ten times as often.
 */
const resourceLimits = { maxYoungGenerationSizeMb: 32, maxOldGenerationSizeMb: 1024 } as const
/**
 * Flags of the whole process, set before a thread is started. The program's own keeps the main thread's young generation
 * small, and would win over these limits. And V8 learns from messages that are read together that what is made for one
 * lives long, and makes it in the old generation from then on, where it is rubbish that keeps all it refers to.
 */
const flags = ['--max-semi-space-size=0', '--no-allocation-site-pretenuring'] as const

export class Member {
  readonly #worker: Worker
  readonly #outbox: Outbox<ToWorker>
  readonly #slate = new Slate(lanes)
  readonly #lanes: (Given | null)[] = Array.from({ length: lanes }, () => null)
  #busy = 0
  ready = false
  /** Milliseconds of performance.now(): its last message, or the first task after it had none. */
  #heardAt = 0

  constructor(module: URL, setup: CrewSetup, events: MemberEvents) {
    for (const flag of flags) setFlagsFromString(flag)
    const workerData: WorkerData = { setup, slate: this.#slate.shared }
    this.#worker = new Worker(module, { name: 'examiner', workerData, resourceLimits })
    this.#outbox = new Outbox((batch) => this.#worker.postMessage(batch))
    this.#worker.on('message', (batch: readonly FromWorker[]) => {
      this.#heardAt = performance.now()
      events.heard(batch)
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
    return this.#lanes.flatMap((given) => (given === null || given.isLeft ? [] : [given.task]))
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
    this.#lanes[lane] = { id: task.id, task, isLeft: false }
    this.#busy++
    this.#slate.offer(lane, task.id)
    this.tell({ to: 'examine', id: task.id, lane, job: task.job })
  }

  /** The task that ends; null when it has ended already. What was taken back may have been given to another. */
  take(id: number): { readonly task: Task; readonly isLeft: boolean } | null {
    const lane = this.#laneOf(id)
    const given = this.#lanes[lane] ?? null
    if (given === null) return null
    this.#lanes[lane] = null
    this.#busy--
    return given
  }

  #laneOf(id: number): number {
    return this.#lanes.findIndex((given) => given?.id === id)
  }

  /** What has been found about the message of a task that has not been taken yet. */
  foundOf(id: number): Partial {
    const lane = this.#laneOf(id)
    return lane < 0 ? nothingYet : this.#slate.read(lane)
  }

  /** Of a task that is done and has not been taken yet. */
  examinationOf(id: number): Examination | null {
    const lane = this.#laneOf(id)
    return lane < 0 ? null : this.#slate.readAll(lane)
  }

  /** What it has not begun, and will not begin any more, and of what it has begun all but what it is busy with. */
  takeBack(): Task[] {
    return this.#lanes.flatMap((given, lane) => {
      if (given === null || given.isLeft) return []
      if (this.#slate.takeBack(lane, given.id)) {
        this.#lanes[lane] = null
        this.#busy--
      } else if (this.#slate.isBusyWith(lane)) return []
      else this.#lanes[lane] = { ...given, isLeft: true }
      return [given.task]
    })
  }

  async terminate(): Promise<void> {
    await this.#worker.terminate()
  }
}
