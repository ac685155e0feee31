// SPDX-License-Identifier: Apache-2.0
/**
 * Learning while the gateway runs: whoever has a label hands the message over and need not wait. One thread writes the
 * journal and the table; `postern train` may teach the same model meanwhile, and is heard of within seconds.
 */
import type { Source } from '../bayes/journal.ts'
import type { Reach } from '../bayes/scopes.ts'
import type { Logger, Meter } from '../core/ports.ts'
import { Channel, siblingModule } from './channel.ts'

export interface Lesson {
  /** The message as it was judged: without what we put on top of it. */
  readonly raw: Uint8Array
  readonly spam: boolean
  readonly source: Source
  /** Whose opinion it is: an account, or "" for everybody's. */
  readonly reader: string
  readonly reach: Reach
}

export interface LearnData {
  readonly model: string
  readonly prior: string | null
  readonly buffer: SharedArrayBuffer
  readonly saveEveryMs: number
}

export type LearnApi = {
  readonly learn: { readonly request: Lesson; readonly result: null }
  readonly forget: { readonly request: Uint8Array; readonly result: null }
  readonly keepUp: { readonly request: null; readonly result: null }
}

export interface Learner extends AsyncDisposable {
  /** Resolves when it is durable; learning the same again changes nothing. Rejects when it could not be written. */
  learn(lesson: Lesson): Promise<void>
  /** The same for callers that have nothing to do with the outcome; failures are logged. */
  note(lesson: Lesson): void
  /** Unlearns a message, whoever taught it. */
  forget(raw: Uint8Array): Promise<void>
}

export interface LearnerOptions {
  /** The model file and the prior below it. */
  readonly model: string
  readonly prior: string | null
  /** The table that the crew reads. */
  readonly buffer: SharedArrayBuffer
  readonly log: Logger
  readonly meter: Meter
}

const deadlineMs = 120_000
const restartMs = 500
/** How often other processes' learning is looked for. */
const keepUpMs = 3000
/** A model file spares the next start the journal; it is large, so it is not written for every lesson. */
const saveEveryMs = 300_000
/** Lessons on their way; beyond it new ones are dropped rather than held in memory. */
const maxWaiting = 1000

export async function openLearner({ model, prior, buffer, log, meter }: LearnerOptions): Promise<Learner> {
  const data: LearnData = { model, prior, buffer, saveEveryMs }
  const module = siblingModule('./learn-worker', import.meta.url)
  const channel = await Channel.open<LearnApi>({ module, name: 'learner', data, deadlineMs, restartMs, log })
  let waiting = 0
  const keepUp = () => {
    if (waiting === 0)
      channel.call('keepUp', null).catch((cause: unknown) => log.warn('bayes.behind', { because: String(cause) }))
  }
  const timer = setInterval(keepUp, keepUpMs)
  timer.unref()
  const learn = async (lesson: Lesson): Promise<void> => {
    const labels = { source: lesson.source, label: lesson.spam ? 'spam' : 'ham' }
    if (waiting >= maxWaiting) {
      meter.count('postern_bayes_dropped_total')
      throw new Error('too many lessons are waiting')
    }
    waiting++
    try {
      await channel.call('learn', lesson)
      meter.count('postern_bayes_lessons_total', labels)
    } finally {
      waiting--
    }
  }
  return {
    learn,
    note: (lesson) =>
      void learn(lesson).catch((cause: unknown) => log.error('bayes.not-learnt', cause, { source: lesson.source })),
    forget: async (raw) => void (await channel.call('forget', raw)),
    async [Symbol.asyncDispose]() {
      clearInterval(timer)
      await channel[Symbol.asyncDispose]()
    },
  }
}
