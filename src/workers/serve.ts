// SPDX-License-Identifier: Apache-2.0
/** A worker's side of the crew: takes jobs and answers each. */
import { parentPort, workerData } from 'node:worker_threads'
import type { Examination } from '../core/examiner.ts'
import type { Clock, Resolver } from '../core/ports.ts'
import type { OnStage, TakeSteps } from '../pipeline/examine.ts'
import { Lockstep } from './lockstep.ts'
import { Outbox } from './outbox.ts'
import { type CrewSetup, type FromWorker, type Job, lanes, type ToWorker, type WorkerData } from './protocol.ts'
import { remoteResolver } from './remote-resolver.ts'
import { Slate } from './slate.ts'

/** take: runs the steps together with those of other jobs. */
export type ExamineJob = (job: Job, signal: AbortSignal, onStage: OnStage, take: TakeSteps) => Promise<Examination>

/** Called once by the worker's file. @param build what examines, made anew for each setup */
export function serveCrew(build: (setup: CrewSetup, dns: Resolver) => ExamineJob, clock: Clock): void {
  const port = parentPort
  if (port === null) throw new Error('not a worker thread')
  const outbox = new Outbox<FromWorker>((batch) => port.postMessage(batch))
  const tell = (message: FromWorker) => outbox.put(message)
  const dns = remoteResolver((id, question) => tell({ from: 'dns', id, question }), clock)
  const underWay = new Map<number, AbortController>()
  const started = workerData as WorkerData
  const slate = new Slate(lanes, started.slate)
  // No answer waits until others are read.
  const lockstep = new Lockstep(() => outbox.flush())
  let examine = build(started.setup, dns)

  const work = async (id: number, lane: number, job: Job) => {
    if (!slate.begin(lane, id)) return
    const stop = new AbortController()
    underWay.set(id, stop)
    try {
      const examination = await examine(
        job,
        stop.signal,
        (stage, auth, evidence) => slate.write(lane, { stage, auth, evidence }),
        (steps, bytes) => lockstep.run(steps, bytes, () => slate.turn(lane)),
      )
      tell({ from: 'done', id, examination: slate.finish(lane, examination) ? null : examination })
    } catch (error) {
      tell({ from: 'log', level: 'error', event: 'worker.failed', fields: { because: describe(error) } })
      tell({ from: 'failed', id, because: error instanceof Error ? error.message : String(error) })
    } finally {
      underWay.delete(id)
    }
  }

  // What came together begins together.
  const waiting: (() => Promise<void>)[] = []
  const begin = (job: () => Promise<void>) => {
    if (waiting.push(job) > 1) return
    setImmediate(() => {
      outbox.flush()
      for (const next of waiting.splice(0)) void next()
    })
  }

  const obey = (message: ToWorker) => {
    switch (message.to) {
      case 'examine':
        return begin(() => work(message.id, message.lane, message.job))
      case 'abort':
        return underWay.get(message.id)?.abort(new Error('the time for this message is over'))
      case 'dns':
        return dns.settle(message.id, message.answer, message.until)
      case 'setup':
        examine = build(message.setup, dns)
    }
  }
  port.on('message', (batch: readonly ToWorker[]) => batch.forEach(obey))
  tell({ from: 'ready' })
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
