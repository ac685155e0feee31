// SPDX-License-Identifier: Apache-2.0
/**
 * Learning while the gateway runs: whoever has a label hands the message over and need not wait. One thread writes the
 * journal and the table; `postern train` may teach the same model meanwhile, and is heard of within seconds. The thread
 * takes tens of megabytes, and most gateways learn now and then: it comes with the first lesson and goes when none come.
 */
import { existsSync } from 'node:fs'
import type { Source } from '../bayes/journal.ts'
import { journalStamp } from '../bayes/journal-file.ts'
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
  /** Milliseconds; for tests. */
  readonly keepUpMs?: number
  readonly idleMs?: number
}

const deadlineMs = 120_000
const restartMs = 500
/** How often other processes' learning is looked for. */
const usualKeepUpMs = 3000
/** A model file spares the next start the journal; it is large, so it is not written for every lesson. */
const saveEveryMs = 300_000
/** Without lessons for so long, the thread ends. */
const usualIdleMs = 600_000
/** Lessons on their way; beyond it new ones are dropped rather than held in memory. */
const maxWaiting = 1000

/** Rejects with a UserError where what was learnt before cannot be read. */
export async function openLearner(options: LearnerOptions): Promise<Learner> {
  const learner = new LazyLearner(options)
  try {
    await learner.takeUp()
  } catch (error) {
    await learner[Symbol.asyncDispose]()
    throw error
  }
  return learner
}

class LazyLearner implements Learner {
  readonly #options: LearnerOptions
  readonly #timer: NodeJS.Timeout
  /** The thread, from when it is wanted until it has nothing to do. */
  #thread: Promise<Channel<LearnApi>> | null = null
  /** Two threads of one process may not write one journal: the next waits until the last has ended. */
  #ended: Promise<void> = Promise.resolve()
  #waiting = 0
  /** Milliseconds of performance.now(). */
  #usedAt = 0
  /** Of the journal as it was when the last thread ended. */
  #stamp = ''

  constructor(options: LearnerOptions) {
    this.#options = options
    this.#timer = setInterval(() => this.#look(), options.keepUpMs ?? usualKeepUpMs)
    this.#timer.unref()
  }

  /** What was learnt before this process began, and is perhaps not in the model file yet. */
  async takeUp(): Promise<void> {
    const { model } = this.#options
    if (existsSync(model) || journalStamp(model) !== '') await this.#call('keepUp', null)
  }

  async learn(lesson: Lesson): Promise<void> {
    const { meter } = this.#options
    if (this.#waiting >= maxWaiting) {
      meter.count('postern_bayes_dropped_total')
      throw new Error('too many lessons are waiting')
    }
    await this.#call('learn', lesson)
    meter.count('postern_bayes_lessons_total', { source: lesson.source, label: lesson.spam ? 'spam' : 'ham' })
  }

  note(lesson: Lesson): void {
    const { log } = this.#options
    this.learn(lesson).catch((cause: unknown) => log.error('bayes.not-learnt', cause, { source: lesson.source }))
  }

  async forget(raw: Uint8Array): Promise<void> {
    await this.#call('forget', raw)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer)
    const thread = await this.#thread?.catch(() => null)
    await thread?.[Symbol.asyncDispose]()
    await this.#ended
  }

  async #call<M extends keyof LearnApi & string>(method: M, request: LearnApi[M]['request']): Promise<void> {
    this.#waiting++
    this.#usedAt = performance.now()
    this.#thread ??= this.#start()
    try {
      await (await this.#thread).call(method, request)
    } finally {
      this.#waiting--
    }
  }

  async #start(): Promise<Channel<LearnApi>> {
    const { model, prior, buffer, log } = this.#options
    const data: LearnData = { model, prior, buffer, saveEveryMs }
    const module = siblingModule('./learn-worker', import.meta.url)
    await this.#ended
    try {
      return await Channel.open<LearnApi>({ module, name: 'learner', data, deadlineMs, restartMs, log })
    } catch (error) {
      this.#thread = null
      throw error
    }
  }

  /** Has anybody else learnt something? And is the thread still of use? */
  #look(): void {
    const { model, log, idleMs = usualIdleMs } = this.#options
    if (this.#waiting > 0) return
    const thread = this.#thread
    if (thread !== null && performance.now() - this.#usedAt > idleMs) {
      this.#thread = null
      this.#ended = this.#end(thread)
    } else if (thread !== null || journalStamp(model) !== this.#stamp) {
      const used = thread === null ? performance.now() : this.#usedAt
      this.#call('keepUp', null).catch((cause: unknown) => log.warn('bayes.behind', { because: String(cause) }))
      this.#usedAt = used
    }
  }

  async #end(thread: Promise<Channel<LearnApi>>): Promise<void> {
    const { model, log } = this.#options
    try {
      const channel = await thread
      // Before the last look: what is written after it is seen by the stamp.
      this.#stamp = journalStamp(model)
      await channel.call('keepUp', null)
      await channel[Symbol.asyncDispose]()
    } catch (cause) {
      this.#stamp = ''
      log.warn('bayes.behind', { because: String(cause) })
    }
  }
}
