// SPDX-License-Identifier: Apache-2.0
/** The thread that teaches the model while the gateway runs. Its table is the one that the crew reads. */
import { type Sample, Trainer } from '../bayes/learn.ts'
import { digestOf, makeReader } from '../bayes/train.ts'
import { openMessage } from '../message/open.ts'
import { realClock } from '../service/real-world.ts'
import { type ChannelCall, type ChannelServer, serveChannel } from './channel.ts'
import type { LearnApi, LearnData, Lesson } from './learner.ts'

/** Lessons that are made durable together. */
const maxBatch = 64
const done = { ok: true, value: null } as const

class LearnServer implements ChannelServer<LearnApi> {
  readonly #trainer: Trainer
  readonly #read: ReturnType<typeof makeReader>
  readonly #saveEveryMs: number
  #savedAt = realClock.now()

  constructor({ model, prior, buffer, saveEveryMs }: LearnData) {
    this.#trainer = new Trainer({ path: model, basePath: prior, clock: realClock, into: buffer })
    this.#read = makeReader(this.#trainer)
    this.#saveEveryMs = saveEveryMs
  }

  handle(calls: readonly ChannelCall<LearnApi>[]) {
    let run: Lesson[] = []
    const flush = () => {
      this.#learn(run)
      run = []
    }
    for (const call of calls) {
      if (call.method === 'learn') run.push(call.request as Lesson)
      else {
        flush()
        if (call.method === 'forget')
          this.#trainer.forget([digestOf(openMessage(call.request as Uint8Array))], 'administrator')
        else this.#keepUp()
      }
    }
    flush()
    return calls.map(() => done)
  }

  [Symbol.dispose](): void {
    if (!this.#trainer.isSaved) this.#trainer.save()
    this.#trainer.close()
  }

  /** In the order given: of two labels for one message in one batch the later counts. */
  #learn(lessons: readonly Lesson[]): void {
    let batch: Sample[] = []
    let [first] = lessons
    const flush = () => {
      if (first !== undefined && batch.length > 0) this.#trainer.learn(batch, first.source)
      batch = []
    }
    for (const lesson of lessons) {
      const sample = { ...this.#read(lesson.raw), spam: lesson.spam, reader: lesson.reader, reach: lesson.reach }
      if (lesson.source !== first?.source || batch.some((other) => other.digest === sample.digest)) flush()
      first = lesson
      batch.push(sample)
    }
    flush()
  }

  #keepUp(): void {
    this.#trainer.refresh()
    if (this.#trainer.isSaved || realClock.now() - this.#savedAt < this.#saveEveryMs) return
    this.#trainer.save()
    this.#savedAt = realClock.now()
  }
}

serveChannel<LearnApi>((data) => new LearnServer(data as LearnData), maxBatch)
