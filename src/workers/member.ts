// SPDX-License-Identifier: Apache-2.0
/** One worker of the crew, as its captain sees it: its lanes, what it was given, when it was last heard of. */
import { Worker } from 'node:worker_threads'
import type { Examination } from '../core/examiner.ts'
import { heapLimits, setHeapFlags } from './heap.ts'
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
    setHeapFlags()
    const workerData: WorkerData = { setup, slate: this.#slate.shared }
    this.#worker = new Worker(module, { name: 'examiner', workerData, resourceLimits: heapLimits })
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
