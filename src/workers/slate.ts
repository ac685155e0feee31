// SPDX-License-Identifier: Apache-2.0
/**
 * Memory that a worker and the crew's captain share, and that outlives the worker. On it stands for each lane which job
 * is offered or begun, so that the captain can take back what a held-up worker has not begun, and what has been found
 * so far, so that a message whose worker is killed is judged on it.
 */
import type { AuthReport } from '../core/auth.ts'
import type { Evidence } from '../core/evidence.ts'

/** What is known before all is known. */
export interface Partial {
  readonly auth: AuthReport | null
  readonly evidence: readonly Evidence[]
  readonly stage: string
}

export const nothingYet: Partial = { auth: null, evidence: [], stage: 'start' }

/** Bytes for what is known of one message; what is longer is not kept, and what was written before it is. */
const sheetBytes = 32 * 1024
/** Words before the two sheets: the job, and the length of the newest sheet (+ the first, - the second). */
const headBytes = 8
const laneBytes = headBytes + 2 * sheetBytes
const job = 0
const length = 1

interface Lane {
  readonly head: Int32Array
  /** Written in turn, so that one is always whole. */
  readonly sheets: readonly [Buffer, Buffer]
}

export class Slate {
  readonly shared: SharedArrayBuffer
  readonly #lanes: readonly Lane[]

  /** @param shared the other thread's; a new one is made without it */
  constructor(lanes: number, shared: SharedArrayBuffer = new SharedArrayBuffer(lanes * laneBytes)) {
    this.shared = shared
    this.#lanes = Array.from({ length: lanes }, (_, lane) => {
      const first = lane * laneBytes + headBytes
      const sheets = [
        Buffer.from(shared, first, sheetBytes),
        Buffer.from(shared, first + sheetBytes, sheetBytes),
      ] as const
      return { head: new Int32Array(shared, lane * laneBytes, 2), sheets }
    })
  }

  /** Captain: the lane is for this job now. @param id 1 to 2^31 - 1 */
  offer(at: number, id: number): void {
    const { head } = this.#lane(at)
    Atomics.store(head, length, 0)
    Atomics.store(head, job, id)
  }

  /** Worker: false when the job was taken back. */
  begin(at: number, id: number): boolean {
    return Atomics.compareExchange(this.#lane(at).head, job, id, -id) === id
  }

  /** Captain: false when the worker has begun. */
  takeBack(at: number, id: number): boolean {
    return Atomics.compareExchange(this.#lane(at).head, job, id, 0) === id
  }

  /** Worker: what is known now. */
  write(at: number, partial: Partial): void {
    const { head, sheets } = this.#lane(at)
    const text = JSON.stringify(partial)
    if (Buffer.byteLength(text) > sheetBytes) return
    const second = Atomics.load(head, length) > 0
    const written = sheets[second ? 1 : 0].write(text)
    Atomics.store(head, length, second ? -written : written)
  }

  /** Captain: what was known last. */
  read(at: number): Partial {
    const { head, sheets } = this.#lane(at)
    const written = Atomics.load(head, length)
    if (written === 0) return nothingYet
    const text = sheets[written < 0 ? 1 : 0].toString('utf8', 0, Math.abs(written))
    // Written by our own worker, in this shape.
    return JSON.parse(text) as Partial
  }

  #lane(at: number): Lane {
    const lane = this.#lanes[at]
    if (lane === undefined) throw new RangeError(`lane ${at}`)
    return lane
  }
}
