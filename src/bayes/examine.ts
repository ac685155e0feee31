// SPDX-License-Identifier: Apache-2.0
/** A message's probability, for whoever holds the model: a worker thread, a command, the bench. */
import { existsSync } from 'node:fs'
import { type Message, openMessage } from '../message/open.ts'
import { type Push, probabilityOf, score, strongest } from './classify.ts'
import { FeatureSink } from './features.ts'
import { bayesInput } from './from-message.ts'
import { makeSums } from './gather.ts'
import type { BayesInput } from './input.ts'
import { readModel } from './model.ts'
import { everybody, scopeScore, scopesOf } from './scopes.ts'
import { type Table, viewTable } from './table.ts'
import { addMessage } from './tokenize.ts'

/** Tokens shown by an explanation unless another number is asked for. */
const shownTokens = 30

/** What one token contributed. */
export interface Contribution extends Omit<Push, 'feature'> {
  readonly token: string
}

export interface ClassifyOptions {
  readonly why?: boolean
  /**
   * Accounts that will read it; what each has taught counts for it. The verdict is one for all of them, so of several
   * the one who would want the message most is asked.
   */
  readonly readers?: readonly string[]
}

export interface Classification {
  /** P(spam), 0..1; 0.5 from an empty model. */
  readonly probability: number
  /** The tokens that pushed most, strongest first; null unless asked for. */
  readonly why: readonly Contribution[] | null
}

/** Classifies with one model; keeps its working memory, so one thread makes one and keeps it. */
export class Classifier {
  readonly #table: Table
  readonly #sums = makeSums()
  readonly #sink: FeatureSink
  #namer: FeatureSink | null = null
  /** The last message, and the reader it was judged for. */
  #last: { readonly input: BayesInput; readonly reader: string } | null = null

  /** The buffer of an opened model; may be another thread's. */
  constructor(buffer: SharedArrayBuffer) {
    this.#table = viewTable(buffer)
    this.#sink = new FeatureSink(this.#table.seed[0] ?? 0, false)
  }

  /** From raw bytes. Never throws for what a message can be. */
  classifyRaw(raw: Uint8Array, options: ClassifyOptions = {}): Classification {
    return this.classifyMessage(openMessage(raw), options)
  }

  classifyMessage(message: Message, options: ClassifyOptions = {}): Classification {
    return this.classify(bayesInput(message), options)
  }

  classify(input: BayesInput, { why = false, readers = [] }: ClassifyOptions = {}): Classification {
    const sink = this.#sink
    sink.reset()
    addMessage(sink, input)
    const features = sink.view()
    const common = score(this.#table, features, this.#sums)
    let reader = everybody
    let least = readers.length === 0 ? common : Number.POSITIVE_INFINITY
    for (const name of readers) {
      const sum = common + ownScopes(name).reduce((own, scope) => own + scopeScore(this.#table, features, scope), 0)
      if (sum < least) [least, reader] = [sum, name]
    }
    this.#last = { input, reader }
    return { probability: probabilityOf(this.#table, least), why: why ? this.explainLast() : null }
  }

  /**
   * The tokens of the last message that pushed most, strongest first. Its features are still there; it is read once more,
   * for the names of those that are told.
   */
  explainLast(most = shownTokens): readonly Contribution[] {
    if (this.#last === null) return []
    const { input, reader } = this.#last
    const pushes = strongest(this.#table, this.#sink.view(), this.#sums, most, ownScopes(reader))
    this.#namer ??= new FeatureSink(this.#table.seed[0] ?? 0, true)
    this.#namer.reset(new Set(pushes.map(({ feature }) => feature)))
    addMessage(this.#namer, input)
    const names = this.#namer.names()
    return pushes.map(({ feature, ...push }) => ({ token: names.get(feature) ?? `#${feature.toString(16)}`, ...push }))
  }
}

function ownScopes(reader: string): readonly string[] {
  return scopesOf(reader).filter((scope) => scope !== everybody)
}

export interface OpenedModel {
  /** Hand it to worker threads; they classify without locks. */
  readonly buffer: SharedArrayBuffer
  /** Messages learnt beyond the prior. */
  readonly trained: { readonly ham: number; readonly spam: number }
}

/**
 * Opens a model to classify with: the model file, or the shipped prior where there is none yet. UserErrors of readModel.
 */
export function openModel(path: string, prior: string | null): OpenedModel {
  const file = readModel(prior !== null && !existsSync(path) ? prior : path)
  return { buffer: file.table.buffer, trained: file.head.trained }
}
