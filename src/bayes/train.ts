// SPDX-License-Identifier: Apache-2.0
/** `postern train` and `postern forget`: files → model. */
import { UserError } from '../core/failure.ts'
import type { Clock } from '../core/ports.ts'
import { type Message, openMessage } from '../message/open.ts'
import { type CorpusMessage, readCorpus } from './corpus.ts'
import { messageDigest } from './digest.ts'
import { FeatureSink } from './features.ts'
import { bayesInput } from './from-message.ts'
import type { Source } from './journal.ts'
import { type Sample, Trainer } from './learn.ts'
import { addMessage } from './tokenize.ts'

/** Messages held in memory before they are learnt: a few megabytes of features. */
const batchSize = 4096

export interface TrainOptions {
  /** The model file; made when absent. */
  readonly model: string
  /** The shipped prior; null learns from nothing. */
  readonly prior: string | null
  readonly spam: readonly string[]
  readonly ham: readonly string[]
  readonly source: Source
  readonly clock: Pick<Clock, 'now'>
  readonly stdin: AsyncIterable<Uint8Array> | null
  readonly onProgress: (progress: TrainProgress) => void
  readonly onSkip: (name: string, because: string) => void
}

export interface TrainProgress {
  readonly spam: number
  readonly ham: number
}

export interface TrainTotals {
  readonly learned: number
  readonly moved: number
  readonly known: number
  readonly skipped: number
  /** What the model now knows beyond its prior. */
  readonly trained: { readonly ham: number; readonly spam: number }
  readonly modelBytes: number
}

/**
 * Learns corpora. Each message once; interrupted, it can be run again. UserErrors: of readCorpus; 65 when nothing was
 * found, or when a model without prior would know one class only; 75 when somebody else holds the model for too long.
 */
export async function trainFiles(options: TrainOptions): Promise<TrainTotals> {
  if (options.spam.length + options.ham.length === 0) {
    throw new UserError(64, 'nothing to learn: name files with --spam or --ham')
  }
  return withTrainer(options, async (trainer) => {
    const totals = { learned: 0, moved: 0, known: 0, skipped: 0 }
    const seen = { spam: 0, ham: 0 }
    const onSkip = (name: string, because: string) => {
      totals.skipped++
      options.onSkip(name, because)
    }
    let batch: Sample[] = []
    const flush = () => {
      const outcome = trainer.learn(batch, options.source)
      totals.learned += outcome.learned
      totals.moved += outcome.moved
      totals.known += outcome.known
      batch = []
      options.onProgress({ ...seen })
    }
    const read = makeReader(trainer)
    const spam = readCorpus(options.spam, { label: 'spam', stdin: options.stdin, onSkip })
    const ham = readCorpus(options.ham, { label: 'ham', stdin: options.stdin, onSkip })
    for await (const { message, isSpam } of alternate(spam, ham)) {
      seen[isSpam ? 'spam' : 'ham']++
      batch.push({ ...read(message.raw), spam: isSpam })
      if (batch.length >= batchSize) flush()
    }
    flush()
    checkTrained(options, seen, trainer)
    return { ...totals, trained: trainer.trained, modelBytes: trainer.save() }
  })
}

/** Learns single messages, durably when it returns; the model file is left to whoever learns more. UserErrors of Trainer. */
export function teachMessages(
  options: Pick<TrainOptions, 'model' | 'prior' | 'source' | 'clock'>,
  messages: readonly { readonly raw: Uint8Array; readonly spam: boolean }[],
): void {
  const trainer = new Trainer({ path: options.model, basePath: options.prior, clock: options.clock })
  try {
    const read = makeReader(trainer)
    trainer.learn(
      messages.map(({ raw, spam }) => ({ ...read(raw), spam })),
      options.source,
    )
  } finally {
    trainer.close()
  }
}

export interface ForgetOptions extends Omit<TrainOptions, 'spam' | 'ham' | 'onProgress'> {
  readonly paths: readonly string[]
}

/** Unlearns messages exactly. Returns how many were known and how many were not. */
export async function forgetFiles(options: ForgetOptions): Promise<{ forgotten: number; unknown: number }> {
  return withTrainer(options, async (trainer) => {
    const digests: string[] = []
    const { stdin, onSkip } = options
    for await (const message of readCorpus(options.paths, { label: null, stdin, onSkip })) {
      digests.push(identify(message.raw))
    }
    const forgotten = trainer.forget(digests, options.source)
    trainer.save()
    return { forgotten, unknown: digests.length - forgotten }
  })
}

/** The digest by which a message is known, whatever trace fields are on top of it. */
export function identify(raw: Uint8Array): string {
  return digestOf(openMessage(raw))
}

export function digestOf(message: Message): string {
  return messageDigest((name) => message.headers.first(name)?.value ?? '', message.raw, message.bodyStart)
}

/** Raw bytes → digest and features under a model's seed; keeps its working memory. */
export function makeReader(model: { readonly table: { readonly seed: Uint32Array } }) {
  const sink = new FeatureSink(model.table.seed[0] ?? 0, false)
  return (raw: Uint8Array): { readonly digest: string; readonly features: Uint32Array } => {
    const message = openMessage(raw)
    sink.reset()
    addMessage(sink, bayesInput(message))
    return { digest: digestOf(message), features: sink.view().slice() }
  }
}

function checkTrained(options: TrainOptions, seen: TrainProgress, trainer: Trainer): void {
  if (seen.spam + seen.ham === 0) throw new UserError(65, 'no message was found: nothing was learnt')
  const { ham, spam } = trainer.trained
  if (options.prior === null && (ham === 0 || spam === 0)) {
    const missing = ham === 0 ? 'ham' : 'spam'
    throw new UserError(
      65,
      `the model knows no ${missing} yet, so it cannot classify: teach it some (--${missing} PATH)`,
    )
  }
}

interface Labelled {
  readonly message: CorpusMessage
  readonly isSpam: boolean
}

/** Takes from both in turn, so that no batch is of one class while the other has messages left. */
async function* alternate(
  spam: AsyncGenerator<CorpusMessage>,
  ham: AsyncGenerator<CorpusMessage>,
): AsyncGenerator<Labelled> {
  const open = new Map([
    [true, spam],
    [false, ham],
  ])
  while (open.size > 0) {
    for (const [isSpam, source] of [...open]) {
      const next = await source.next()
      if (next.done === true) open.delete(isSpam)
      else yield { message: next.value, isSpam }
    }
  }
}

async function withTrainer<T>(
  options: Pick<TrainOptions, 'model' | 'prior' | 'clock'>,
  work: (trainer: Trainer) => Promise<T>,
): Promise<T> {
  const trainer = new Trainer({ path: options.model, basePath: options.prior, clock: options.clock })
  try {
    return await work(trainer)
  } finally {
    trainer.close()
  }
}
