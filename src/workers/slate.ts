// SPDX-License-Identifier: Apache-2.0
/**
 * Memory that a worker and the crew's captain share, and that outlives the worker. On it stands for each lane which job
 * is offered or begun, and which one holds the worker up, so that the captain can give the others away; and what has been
 * found so far, so that a message whose worker is killed is judged on it. What is found at last goes this way as well: it
 * stands there for the most part, and JSON costs half of what a message between threads does.
 */
import type { AuthReport } from '../core/auth.ts'
import type { Evidence } from '../core/evidence.ts'
import type { Examination } from '../core/examiner.ts'

/** What is known before all is known. */
export interface Partial {
  readonly auth: AuthReport | null
  readonly evidence: readonly Evidence[]
  readonly stage: string
}

export const nothingYet: Partial = { auth: null, evidence: [], stage: 'start' }

/** Bytes for what is known of one message. Of what is longer the first lines are kept. */
const pageBytes = 64 * 1024
/** Words before the page: the job, and the bytes that are written. */
const headBytes = 8
const laneBytes = headBytes + pageBytes
const wordBytes = 4
const job = 0
const length = 1

type Rest = Omit<Examination, 'auth' | 'evidence'>

/** A line of a page: what has been found since the line before. */
interface Line {
  readonly stage: string
  readonly auth?: AuthReport
  /** How many facts of the lines before hold; those of this one come after. */
  readonly kept: number
  readonly evidence: readonly Evidence[]
  /** What is told at the end alone. */
  readonly rest?: Rest
}

interface Lane {
  readonly head: Int32Array
  readonly page: Buffer
  /** Worker: what its lines have told. */
  auth: AuthReport | null
  told: number
  last: Evidence | undefined
}

export class Slate {
  readonly shared: SharedArrayBuffer
  readonly #lanes: readonly Lane[]
  /** The lane that the worker is busy with, or was last. */
  readonly #busyWith: Int32Array

  /** @param shared the other thread's; a new one is made without it */
  constructor(lanes: number, shared: SharedArrayBuffer = new SharedArrayBuffer(lanes * laneBytes + wordBytes)) {
    this.shared = shared
    this.#busyWith = new Int32Array(shared, lanes * laneBytes, 1)
    this.#lanes = Array.from({ length: lanes }, (_, lane) => ({
      head: new Int32Array(shared, lane * laneBytes, 2),
      page: Buffer.from(shared, lane * laneBytes + headBytes, pageBytes),
      auth: null,
      told: 0,
      last: undefined,
    }))
  }

  /** Captain: the lane is for this job now. @param id 1 to 2^31 - 1 */
  offer(at: number, id: number): void {
    const { head } = this.#lane(at)
    Atomics.store(head, length, 0)
    Atomics.store(head, job, id)
  }

  /** Worker: false when the job was taken back. */
  begin(at: number, id: number): boolean {
    const lane = this.#lane(at)
    Object.assign(lane, { auth: null, told: 0, last: undefined })
    this.turn(at)
    return Atomics.compareExchange(lane.head, job, id, -id) === id
  }

  /** Worker: what it does next is for this lane. */
  turn(at: number): void {
    Atomics.store(this.#busyWith, 0, at)
  }

  /** Captain: a worker that says nothing any more is held up by this lane's job, not by another's. */
  isBusyWith(at: number): boolean {
    return Atomics.load(this.#busyWith, 0) === at
  }

  /** Captain: false when the worker has begun. */
  takeBack(at: number, id: number): boolean {
    return Atomics.compareExchange(this.#lane(at).head, job, id, 0) === id
  }

  /** Worker: what is known now. It costs least where evidence only grows. */
  write(at: number, { stage, auth, evidence }: Partial): void {
    this.#add(this.#lane(at), stage, auth, evidence)
  }

  /** Worker: all there is. False where it is too long. */
  finish(at: number, { auth, evidence, ...rest }: Examination): boolean {
    return this.#add(this.#lane(at), 'end', auth, evidence, rest)
  }

  /** Captain: what was known last. */
  read(at: number): Partial {
    const { auth, evidence, stage } = this.#readLines(at)
    return { auth, evidence, stage }
  }

  /** Captain: all there is, once the worker has finished. */
  readAll(at: number): Examination | null {
    const { auth, evidence, rest } = this.#readLines(at)
    return auth === null || rest === null ? null : { auth, evidence, ...rest }
  }

  #add(lane: Lane, stage: string, auth: AuthReport | null, evidence: readonly Evidence[], rest?: Rest): boolean {
    const kept = evidence[lane.told - 1] === lane.last ? lane.told : 0
    const line: Line = {
      stage,
      ...(auth === null || auth === lane.auth ? {} : { auth }),
      kept,
      evidence: evidence.slice(kept),
      ...(rest === undefined ? {} : { rest }),
    }
    const text = `${JSON.stringify(line)}\n`
    const from = Atomics.load(lane.head, length)
    // What is left out stays untold: a later line, if it is short, would tell it again.
    if (Buffer.byteLength(text) > pageBytes - from) return false
    Object.assign(lane, { auth, told: evidence.length, last: evidence.at(-1) })
    Atomics.store(lane.head, length, from + lane.page.write(text, from))
    return true
  }

  #readLines(at: number): Partial & { readonly rest: Rest | null } {
    const { head, page } = this.#lane(at)
    const lines = page.toString('utf8', 0, Atomics.load(head, length)).split('\n').slice(0, -1)
    let { auth, stage } = nothingYet
    let rest: Rest | null = null
    const evidence: Evidence[] = []
    for (const text of lines) {
      // Written by our own worker, in this shape.
      const line = JSON.parse(text) as Line
      stage = line.stage
      auth = line.auth ?? auth
      rest = line.rest ?? rest
      evidence.length = line.kept
      evidence.push(...line.evidence)
    }
    return { auth, evidence, stage, rest }
  }

  #lane(at: number): Lane {
    const lane = this.#lanes[at]
    if (lane === undefined) throw new RangeError(`lane ${at}`)
    return lane
  }
}
